import HTTP

/// The watchers of one SKU among a loop's connections.
///
/// They are told in rounds, a few in each turn of the loop: a purchase waits for a few of them, never for all. Each gets the
/// text that is the latest when its turn comes.
///
/// - Isolation: one loop.
final class WatcherGroup {
    /// One connection.
    private struct Watcher {
        let connection: Connection
        /// The version of the text that it was told last.
        var told: UInt64
    }

    let feed: Feed
    private var watchers: [Watcher] = []
    /// The version that every watcher gets, or a later one, in the round that is under way or was.
    private var roundVersion: UInt64 = 0
    /// How far the round has come.
    private var cursor = 0
    /// When the next one may begin.
    private var restsUntil: UInt64 = 0
    /// Those who are told out of turn: they have just come, or had no room when it was their turn.
    private var due: [Connection] = []

    init(_ feed: Feed) {
        self.feed = feed
    }

    /// How many there are.
    var count: Int { watchers.count }

    /// Adds a connection.
    ///
    /// - Parameters:
    ///   - connection: which tells the place in `watchPlace`.
    ///   - version: the first one that it may be told.
    func add(_ connection: Connection, from version: UInt64) {
        connection.watchPlace = watchers.count
        watchers.append(Watcher(connection: connection, told: version - 1))
        due.append(connection)
    }

    func remove(_ connection: Connection) {
        let place = connection.watchPlace
        guard place < watchers.count, watchers[place].connection === connection else { return }
        due.removeAll { $0 === connection }
        let last = watchers.removeLast()
        guard place < watchers.count else { return }
        watchers[place] = last
        last.connection.watchPlace = place
        // The round may have passed the place that it has now.
        if place < cursor, last.told < roundVersion { due.append(last.connection) }
    }

    /// A watcher that had no room has some again.
    func hasRoom(_ connection: Connection) {
        guard watchers[connection.watchPlace].told < roundVersion else { return }
        due.append(connection)
    }

    /// Begins a round if there is something new, the one before has ended, and its rest is over.
    ///
    /// - Parameters:
    ///   - now: in milliseconds of the monotonic clock.
    ///   - rest: how long no other round may begin, in milliseconds.
    func begin(now: UInt64, rest: UInt64) {
        guard cursor >= watchers.count, now >= restsUntil, feed.version > roundVersion else { return }
        roundVersion = feed.version
        cursor = 0
        restsUntil = now + rest
    }

    /// Whether somebody could be told something now.
    var isUnderWay: Bool { cursor < watchers.count || !due.isEmpty }

    /// Tells as many as there is time for.
    ///
    /// - Parameters:
    ///   - most: how many.
    ///   - tell: writes a text to a connection that has room.
    /// - Returns: how many were told.
    func tell(_ most: Int, _ tell: (Connection, Feed.Text) -> Void) -> Int {
        let text = feed.text
        var told = 0
        var later: [Connection] = []
        while told < most, let connection = due.popLast() {
            let place = connection.watchPlace
            guard place < watchers.count, watchers[place].connection === connection else { continue }
            guard watchers[place].told < text.version else {
                later.append(connection)
                continue
            }
            if give(place, text, tell) { told += 1 }
        }
        due += later
        while told < most, cursor < watchers.count {
            cursor += 1
            if watchers[cursor - 1].told < roundVersion, give(cursor - 1, text, tell) { told += 1 }
        }
        return told
    }

    /// - Returns: false where the connection has no room; it says when it has.
    private func give(_ place: Int, _ text: Feed.Text, _ tell: (Connection, Feed.Text) -> Void) -> Bool {
        let connection = watchers[place].connection
        guard connection.state.isStreaming, !connection.state.isSending else { return false }
        watchers[place].told = text.version
        // It may close, and be gone from here afterwards.
        tell(connection, text)
        return true
    }
}
