import Domain
import Journal

/// One message between the partitions that take part in a transaction.
///
/// None may be lost or delivered twice while the process lives; `TransactionRecovery` makes up for all that a crash loses.
public struct TransactionMail: Sendable {
    /// What is said.
    enum Body: Sendable {
        /// Coordinator to participant: set these aside.
        case reserve(ReserveOrder)
        /// Participant to coordinator: they are set aside, durably.
        case granted([DecidedLine])
        /// Participant to coordinator: not these, and nothing was journaled; `line` is a place in the order.
        case refused(Refusal, line: Int?)
        /// Participant to coordinator: not now, and what was journaled is being undone.
        case unavailable(Unavailability)
        /// Coordinator to participant: it is decided, durably, or undone.
        case settle(isSold: Bool)
        /// Participant to coordinator: what was decided stands in its journal, durably.
        case settled
        /// An order's partition to a wallet's: give this back.
        case refund(buyer: [UInt8], Money)
        /// A wallet's partition to an order's: it is given back, durably.
        case refunded
        /// An order's partition to a wallet's: it will not ask again.
        case forget
    }

    /// The transaction, or the refund.
    public let id: TransactionID
    /// The number of the partition that says it.
    let from: Int
    /// The number of the partition that it is for.
    public let to: Int
    /// When it was said: what it leads to is not earlier.
    let at: Instant
    let body: Body
}

/// What one participant has to set aside.
struct ReserveOrder: Sendable {
    /// The buyer's name.
    let buyer: [UInt8]
    /// SKUs of the participant.
    let lines: [TransactionLine]
    /// In whose name; empty for nobody's.
    let by: [UInt8]
    /// Whether a wallet pays, here or elsewhere.
    let isPaid: Bool
    /// Whether the wallet that pays is the participant's.
    let pays: Bool
    /// What the lines of others cost, for the wallet to pay with those here.
    let others: [Money]
}
