import Domain
import HTTP
import Keepers
import Loop

extension Front {
    /// Watchers told in one turn, so that nobody's purchase waits for more of them.
    private static var tellsPerTurnMax: Int { 32 }
    /// Watchers told in a second by one loop: with more of them, each is told less often.
    private static var tellsPerSecondMax: UInt64 { 5_000 }
    /// How often feeds are looked at.
    ///
    /// Unit: milliseconds.
    private static var lookMilliseconds: UInt64 { 10 }

    /// The longest sleep: while somebody watches, nothing else would wake the loop for what has changed on another.
    ///
    /// Unit: milliseconds.
    package var sleepMillisecondsMax: Int32 {
        desk.isEmpty && groups.isEmpty ? EventLoop.sleepMillisecondsMax : Int32(Self.lookMilliseconds)
    }

    /// Begins the feed of a SKU that is in the catalogue, on the loop of its partition.
    func watch(
        _ keeper: SKUKeeper,
        _ partition: Partition,
        _ ticket: Ticket,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) {
        let output = outputs.take()
        guard hub.watcherPlaces.take() else {
            metrics.reached(.feedWatchers)
            composer.problem(.overloaded, "There are too many watchers.", to: exchange, bytes, into: &output.bytes)
            return reply(output, to: ticket)
        }
        composer.beginFeed(to: exchange, bytes, into: &output.bytes)
        let (feed, version) = desk.feed(of: keeper, partition, at: now, nowMilliseconds)
        if ticket.loop == index {
            output.bytes.withSpan { join(feed, from: version, $0, ticket) }
            return outputs.give(output)
        }
        let parcel = feed.parcel
        let isSent = output.bytes.withSpan { head in
            outboxes[ticket.loop]
                .map { Message.push(.watch(parcel, from: version), ticket, .none, Span(), head, into: $0) } ?? false
        }
        guard !isSent else { return outputs.give(output) }
        _ = Feed.take(parcel)
        hub.watcherPlaces.giveBack()
        metrics.reached(.mailboxBytes)
        output.bytes.reset()
        composer.problem(
            .overloaded,
            "Too much is waiting for another core.",
            to: exchange,
            bytes,
            into: &output.bytes
        )
        reply(output, to: ticket)
    }

    /// Makes a connection of this loop a watcher.
    func join(_ feed: Feed, from version: UInt64, _ head: Span<UInt8>, _ ticket: Ticket) {
        guard let connection = connection(ticket), connection.state.mayStream else {
            return hub.watcherPlaces.giveBack()
        }
        let group: WatcherGroup
        if let known = groups.first(where: { $0.feed === feed }) {
            group = known
        } else {
            group = WatcherGroup(feed)
            groups.append(group)
        }
        connection.stream = .feed(group)
        group.add(connection, from: version)
        watcherCount += 1
        output(connection).bytes.append(head)
        goOn(connection)
        _ = group.tell(1) { tell($0, $1) }
    }

    /// A watcher's connection closes.
    func leave(_ group: WatcherGroup, _ connection: Connection) {
        group.remove(connection)
        watcherCount -= 1
        hub.watcherPlaces.giveBack()
        if group.count == 0 { groups.removeAll { $0 === group } }
    }

    /// Looks at the feeds, and goes on telling their watchers.
    func driveFeeds() {
        guard !desk.isEmpty || !groups.isEmpty else { return }
        if nowMilliseconds >= nextLookMilliseconds {
            nextLookMilliseconds = nowMilliseconds + Self.lookMilliseconds
            desk.look(at: now, nowMilliseconds)
            let rest = max(FeedDesk.restMilliseconds, UInt64(watcherCount) * 1_000 / Self.tellsPerSecondMax)
            for group in groups { group.begin(now: nowMilliseconds, rest: rest) }
            telling = groups.filter(\.isUnderWay)
        }
        var left = Self.tellsPerTurnMax
        while left > 0, let group = telling.last {
            let told = group.tell(left) { tell($0, $1) }
            if told < left { telling.removeLast() }
            left -= told
        }
    }

    private func tell(_ connection: Connection, _ text: Feed.Text) {
        guard text.isLast else { return tell(connection, text.bytes.span) }
        output(connection).bytes.append(text.bytes.span)
        end(connection, .removed, isTold: true)
    }
}
