/// When the deadline wheel looks at one connection: a single token counts, however often the deadline moves.
///
/// The wheel cannot take a token back. So a token that comes up before the last agreed moment is an old one, and goes.
struct Lookout {
    /// Agreed moments are at most so far away, within the wheel's round: a token never comes up before its moment.
    static let spanMillisecondsMax: UInt64 = 60_000

    private var atMilliseconds: UInt64?

    /// Agrees on a look at a new deadline.
    ///
    /// - Returns: when to put a token into the wheel for; nil where the one that is there comes up early enough.
    mutating func moved(to deadlineMilliseconds: UInt64, nowMilliseconds: UInt64) -> UInt64? {
        let look = min(deadlineMilliseconds, nowMilliseconds + Self.spanMillisecondsMax)
        if let agreed = atMilliseconds, agreed <= look { return nil }
        atMilliseconds = look
        return look
    }

    /// Whether a token that has come up is the one that counts; another one has to be agreed on then.
    mutating func isDue(nowMilliseconds: UInt64) -> Bool {
        guard let agreed = atMilliseconds, agreed <= nowMilliseconds else { return false }
        atMilliseconds = nil
        return true
    }
}
