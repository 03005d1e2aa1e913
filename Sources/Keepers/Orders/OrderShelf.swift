import Domain

/// One generation of an `OrderIndex`: places of orders, each chained to the one before it of the same buyer in the same journal.
///
/// An order takes 16 bytes, and a buyer 5 to 8 more in each journal. A buyer is known by 42 bits of a keyed hash, so a chain
/// may, very rarely, hold somebody else's orders: whoever reads a record compares the name. Only small tables are moved when
/// they grow, so no call takes long.
///
/// - Isolation: its owner's.
final class OrderShelf {
    /// A place in the shelf, counted from 1; 0 stands for none.
    typealias Link = UInt32

    private struct Entry {
        let place: RecordPlace
        let check: UInt32
        let before: Link
    }

    /// What links can count.
    static let entriesMax = Int(Link.max) - 1
    private static let pieceEntries = 65_536
    private static let shardCount = 1_024

    private var pieces: [[Entry]] = []
    /// Links to the newest order of each chain, at the home of its check or behind it; 0 where a slot is free.
    private var shards = [[Link]](repeating: [], count: OrderShelf.shardCount)
    private var used = [Int](repeating: 0, count: OrderShelf.shardCount)
    private var told = FingerprintTable()

    /// Orders in it.
    private(set) var count = 0

    /// What it takes of the limit, in orders: what was told of one takes twice as much memory again.
    var weight: Int { count + 2 * told.count }

    /// Adds an order in front of its chain.
    ///
    /// - Parameters:
    ///   - place: where its record stands.
    ///   - chain: the hash of buyer and journal.
    func add(_ place: RecordPlace, to chain: UInt64) {
        let shard = Self.shard(of: chain)
        let check = Self.check(of: chain)
        // A quarter of the slots stays free, so that searches are short.
        if 4 * (used[shard] + 1) > 3 * shards[shard].count { grow(shard) }
        let slot = slot(of: check, in: shard)
        let before = shards[shard][slot]
        if before == 0 { used[shard] += 1 }
        append(Entry(place: place, check: check, before: before))
        shards[shard][slot] = Link(count)
    }

    /// The newest order of a chain; 0 where there is none.
    func newest(of chain: UInt64) -> Link {
        let shard = Self.shard(of: chain)
        return shards[shard].isEmpty ? 0 : shards[shard][slot(of: Self.check(of: chain), in: shard)]
    }

    /// An order of a chain, and the link to the one before it.
    func order(at link: Link) -> (place: RecordPlace, before: Link) {
        let entry = entry(link)
        return (entry.place, entry.before)
    }

    /// Notes that an order is one, and how much of it is cancelled by now.
    ///
    /// Never less than before: news of several journals may come in another order than they happened in.
    func tell(_ order: RecordPlace, cancelled units: Int64) {
        told.set(UInt64(max(units, cancelledUnits(of: order) ?? 0)), for: Self.name(order))
    }

    /// How much of an order is cancelled; nil where nothing was told of it here.
    func cancelledUnits(of order: RecordPlace) -> Int64? {
        told.find(Self.name(order)).map { Int64($0) }
    }

    private static func name(_ order: RecordPlace) -> Fingerprint { Fingerprint(high: 0, low: order.rawValue) }

    private static func shard(of chain: UInt64) -> Int { Int(truncatingIfNeeded: chain) & (shardCount - 1) }

    private static func check(of chain: UInt64) -> UInt32 { UInt32(chain >> 32) }

    /// The slot at which the search for a check begins: the checks in their order, spread over all slots.
    static func home(of check: UInt32, capacity: Int) -> Int { Int((UInt64(check) * UInt64(capacity)) >> 32) }

    private func entry(_ link: Link) -> Entry {
        let index = Int(link) - 1
        return pieces[index / Self.pieceEntries][index % Self.pieceEntries]
    }

    private func append(_ entry: Entry) {
        if count % Self.pieceEntries == 0 {
            var piece: [Entry] = []
            piece.reserveCapacity(Self.pieceEntries)
            pieces.append(piece)
        }
        pieces[count / Self.pieceEntries].append(entry)
        count += 1
    }

    /// The slot that holds a chain with this check, or that it belongs into; at least one is free, so the search ends.
    private func slot(of check: UInt32, in shard: Int) -> Int {
        let capacity = shards[shard].count
        var slot = Self.home(of: check, capacity: capacity)
        while true {
            let link = shards[shard][slot]
            if link == 0 || entry(link).check == check { return slot }
            slot = slot + 1 == capacity ? 0 : slot + 1
        }
    }

    private func grow(_ shard: Int) {
        let old = shards[shard]
        shards[shard] = [Link](repeating: 0, count: max(4, old.count + old.count / 2))
        for link in old where link != 0 {
            let slot = slot(of: entry(link).check, in: shard)
            shards[shard][slot] = link
        }
    }
}
