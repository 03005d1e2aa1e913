import Domain
import HTTP
import Journal
import Keepers

/// The feeds of the SKUs of a loop that somebody watches: it looks at their keepers now and then, and says what has changed.
///
/// A purchase knows nothing of it.
///
/// - Isolation: one loop.
struct FeedDesk: ~Copyable {
    private struct Entry {
        var feed: Feed
        let name: [UInt8]
        let partition: Partition
        let keeper: SKUKeeper
        /// What was said last: the count of changes, and the status.
        var tag: EntityTag?
        /// What waits for the disk.
        var pending: (bytes: [UInt8], isLast: Bool, dependsOn: JournalPosition)?
        /// Whether the last text was published.
        var isOver = false
        /// When something may be said again.
        var restsUntil: UInt64 = 0
    }

    private var entries: [Entry] = []
    private var places: [[UInt8]: Int] = [:]
    /// The entry that is looked at next.
    private var cursor = 0
    private var scratch = ByteWriter(capacity: 1_024, bytesMax: 16 << 10)

    /// A SKU's watchers are told no more often than this.
    ///
    /// Unit: milliseconds.
    static let restMilliseconds: UInt64 = 100

    /// Entries that one look takes.
    private static let looksMax = 256

    /// Whether nobody watches anything.
    var isEmpty: Bool { entries.isEmpty }

    /// The feed of a SKU that is in the catalogue.
    ///
    /// - Returns: the feed, and the first text of it that is no older than this moment.
    mutating func feed(
        of keeper: SKUKeeper,
        _ partition: Partition,
        at now: Instant,
        _ milliseconds: UInt64
    ) -> (feed: Feed, from: UInt64) {
        let name = keeper.name
        if let known = places[name] { revive(known) }
        let index = places[name] ?? entries.count
        if index == entries.count {
            entries.append(Entry(feed: Feed(), name: name, partition: partition, keeper: keeper))
            places[name] = index
        }
        look(at: index, now, milliseconds)
        let feed = entries[index].feed
        return (feed, entries[index].pending == nil ? max(1, feed.version) : feed.version + 1)
    }

    /// A SKU that had been taken out of the catalogue is in it again.
    private mutating func revive(_ index: Int) {
        if entries[index].isOver { return remove(index) }
        guard entries[index].pending?.isLast == true else { return }
        entries[index].pending = nil
        entries[index].tag = nil
    }

    /// Says what has changed since the last look, of as many SKUs as a turn has time for, the next ones the next time.
    mutating func look(at now: Instant, _ milliseconds: UInt64) {
        for _ in 0..<min(entries.count, Self.looksMax) {
            if cursor >= entries.count { cursor = 0 }
            if entries[cursor].restsUntil <= milliseconds {
                look(at: cursor, now, milliseconds)
            } else {
                publish(cursor)
            }
            if entries[cursor].isOver || isKnownUniquelyReferenced(&entries[cursor].feed) {
                remove(cursor)
            } else {
                cursor += 1
            }
        }
    }

    private mutating func remove(_ index: Int) {
        places[entries[index].name] = nil
        entries.swapAt(index, entries.count - 1)
        entries.removeLast()
        if index < entries.count { places[entries[index].name] = index }
    }

    private mutating func look(at index: Int, _ now: Instant, _ milliseconds: UInt64) {
        // What waits is not replaced, or a slow disk would never let anything be said.
        guard entries[index].pending == nil, !entries[index].isOver else { return publish(index) }
        let keeper = entries[index].keeper
        guard let view = keeper.viewInPlace(at: now) else {
            scratch.reset()
            scratch.append(endOfStream: .removed)
            let dependsOn = keeper.assumeIsolated { $0.dependsOn }
            entries[index].pending = (scratch.withSpan { $0.array }, true, dependsOn)
            return publish(index)
        }
        let tag = view.tag(of: .eventStream)
        guard entries[index].tag != tag else { return }
        scratch.reset()
        scratch.append("data: ")
        let name = entries[index].name
        scratch.append(availability: view, name: name.span)
        scratch.append("\n\n")
        entries[index].pending = (scratch.withSpan { $0.array }, false, view.dependsOn)
        entries[index].tag = tag
        entries[index].restsUntil = milliseconds + Self.restMilliseconds
        publish(index)
    }

    /// Lets watchers see what is durable.
    private mutating func publish(_ index: Int) {
        guard let pending = entries[index].pending, pending.dependsOn <= entries[index].partition.durable else {
            return
        }
        entries[index].feed.publish(pending.bytes, isLast: pending.isLast)
        entries[index].isOver = pending.isLast
        entries[index].pending = nil
    }
}

extension ByteWriter {
    /// Appends what may change of a SKU while it is sold.
    fileprivate mutating func append(availability view: SKUView, name: Span<UInt8>) {
        append("{\"sku\":\"")
        append(name)
        append("\",\"status\":\"")
        append(view.status.text)
        append("\",\"price\":")
        append(view.details.price)
        append(",\"available\":")
        append(decimal: view.levels.available)
        append(",\"held\":")
        append(decimal: view.levels.held)
        append(",\"sold\":")
        append(decimal: view.levels.sold)
        append(",\"supplied\":")
        append(decimal: view.levels.supplied)
        append(",\"sequence\":")
        append(decimal: view.sequence)
        append("}")
    }
}
