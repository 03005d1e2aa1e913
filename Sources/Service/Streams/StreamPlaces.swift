import Synchronization

/// How many streams of a kind are open, and may be.
///
/// - Isolation: any thread.
final class StreamPlaces: Sendable {
    private let most: Int
    private let taken = Atomic<Int>(0)

    init(most: Int) {
        self.most = most
    }

    /// Streams that are open.
    var count: Int { taken.load(ordering: .relaxed) }

    /// Takes a place for one more; false where all are taken.
    func take() -> Bool {
        if taken.add(1, ordering: .relaxed).newValue <= most { return true }
        giveBack()
        return false
    }

    /// Gives a place back.
    func giveBack() { taken.subtract(1, ordering: .relaxed) }
}
