import Domain
import Keepers

/// All transactions and refunds, by the durable records of all partitions.
final class Ledger {
    private(set) var stories: [TransactionID: TransactionStory] = [:]
    /// Those that wait for something.
    private var open: Set<TransactionID> = []
    /// What cancellations owe to wallets.
    private var dues: [TransactionID: RefundStory] = [:]
    /// Refunds that nobody is known to owe, yet.
    private var unexplained: [TransactionID: Money] = [:]
    /// Decisions that others have to acknowledge, by their coordinator.
    private var unclosed: [TransactionID: Int] = [:]
    /// At a start the partitions' records are read one partition after the other: checks wait until all are.
    var isReading = false
    private(set) var paid: Int64 = 0
    private(set) var refunded: Int64 = 0

    /// The transaction of that name.
    func story(_ id: TransactionID) -> TransactionStory {
        if let known = stories[id] { return known }
        let made = TransactionStory(id)
        stories[id] = made
        return made
    }

    /// Something about a transaction is durable.
    func note(_ story: TransactionStory) throws(Violation) {
        if story.isSettled { open.remove(story.id) } else { open.insert(story.id) }
        if isReading { touched.append(story) } else { try story.check() }
    }

    private var touched: [TransactionStory] = []

    /// A decision whose other participants have to acknowledge it stands in a partition's journal.
    func expect(_ id: TransactionID, in partition: Int) { unclosed[id] = partition }

    /// Nobody will ask a partition for these any more.
    func close(_ ids: [TransactionID], in partition: Int) {
        for id in ids where unclosed[id] == partition { unclosed[id] = nil }
    }

    /// Whether a partition waits for acknowledgements.
    func hasUnclosed(_ partition: Int) -> Bool { unclosed.values.contains(partition) }

    /// A wallet has paid.
    func pay(_ amount: Money, _ link: TransactionLink) throws(Violation) {
        paid += amount.amount
        let story = story(link.id)
        try story.pay(amount)
        try note(story)
    }

    /// Money has come back to a wallet: of a transaction that was undone, or of a cancelled order.
    func refund(_ amount: Money, _ link: TransactionLink) throws(Violation) {
        refunded += amount.amount
        if let story = stories[link.id] {
            try story.refund(amount)
            return try note(story)
        }
        try promise(unexplained[link.id] == nil, "a refund is given twice")
        unexplained[link.id] = amount
        try explain(link.id)
    }

    /// A cancellation owes a wallet something.
    func owe(_ due: RefundStory, _ id: TransactionID) throws(Violation) {
        try promise(dues[id] == nil, "two cancellations owe the same refund")
        dues[id] = due
        try explain(id)
    }

    private func explain(_ id: TransactionID) throws(Violation) {
        guard let amount = unexplained[id] else { return }
        guard let due = dues[id] else { return try promise(isReading, "a refund that nobody owes") }
        try promise(!due.isGiven && due.amount == amount, "a refund is given twice, or another amount")
        dues[id]?.isGiven = true
        unexplained[id] = nil
    }

    /// All partitions' records have been read.
    func finishReading() throws(Violation) {
        isReading = false
        for story in touched { try story.check() }
        touched.removeAll()
        try promise(unexplained.isEmpty, "a refund that nobody owes")
    }

    /// Nothing is under way: nothing may wait.
    func checkSettled() throws(Violation) {
        try promise(open.isEmpty, "\(open.count) transactions are left half done")
        try promise(dues.values.allSatisfy(\.isGiven), "a cancelled order is not paid back")
    }
}
