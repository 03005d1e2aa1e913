import Domain
import Journal

/// The kinds of records that a transaction leaves in the journal beside those of its SKUs and its wallet.
///
/// The numbers are part of the format; the others are in `RecordKind` and `WalletRecordKind`.
enum TransactionRecordKind: UInt8 {
    /// A transaction was decided: the coordinator's one deciding record.
    case decided = 27
    /// Nobody asks for some transactions any more.
    case closed = 28
}

/// One record of the transactions of a partition, read back from the journal.
///
/// Layout: the head as in `RecordHead`, with the SKU of a purchase, or nothing for a cart and for `closed`, in place of the
/// SKU. Then for `decided`: id 16, kind 1, 1 if a wallet has paid, the buyer behind a one-byte count, the number of other
/// participants 2 and each 2, the number of lines 1 and each: the SKU behind a one-byte count, journal 2, position 8,
/// sequence 8, time 8, quantity 4, unit price 8 and 3, remaining 8. For `closed`: the number of ids 2, and each 16.
public struct TransactionRecord: Sendable {
    /// What it says.
    public enum Content: Sendable, Equatable {
        /// A transaction was decided; `others` are the partitions beside the coordinator that have to be told.
        case decided(TransactionDecision, others: [Int])
        /// These transactions, or refunds, are over here.
        case closed([TransactionID])
    }

    /// What every record says.
    public let head: RecordHead
    /// What it says.
    public let content: Content

    /// Most ids of one `closed` record.
    static let closedMax = 256

    /// Reads a record's payload; nil where the bytes are no such record of this version.
    ///
    /// - Parameters:
    ///   - type: the record's type in the journal.
    ///   - bytes: the payload.
    ///   - key: the folder's secret, for the buyer's fingerprint.
    public init?(type: UInt8, _ bytes: Span<UInt8>, key: FingerprintKey) {
        guard let kind = TransactionRecordKind(rawValue: type) else { return nil }
        var reader = PayloadReader()
        head = RecordHead(&reader, bytes)
        switch kind {
        case .decided:
            guard let decided = Self.decided(&reader, bytes, key) else { return nil }
            content = decided
        case .closed:
            let count = Int(reader.take(UInt16.self, bytes))
            guard (1...Self.closedMax).contains(count) else { return nil }
            content = .closed((0..<count).map { _ in reader.takeID(bytes) })
        }
        guard reader.isComplete(bytes) else { return nil }
    }

    /// Whether a record of this type is a transaction's own.
    static func isOne(type: UInt8) -> Bool { TransactionRecordKind(rawValue: type) != nil }

    private static func decided(
        _ reader: inout PayloadReader,
        _ bytes: Span<UInt8>,
        _ key: FingerprintKey
    ) -> Content? {
        let id = reader.takeID(bytes)
        let kind = TransactionPlan.Kind(rawValue: reader.take(UInt8.self, bytes))
        let isPaid = reader.take(UInt8.self, bytes)
        let buyer = bytes.extracting(reader.takeShort(bytes))
        let others = (0..<reader.take(UInt16.self, bytes)).prefix(TransactionPlan.linesMax + 1)
            .map { _ in Int(reader.take(UInt16.self, bytes)) }
        let fingerprint = key.fingerprint(of: buyer, domain: .buyer)
        var lines: [DecidedLine] = []
        for _ in 0..<reader.take(UInt8.self, bytes) {
            guard let line = line(&reader, bytes, fingerprint) else { return nil }
            lines.append(line)
        }
        guard let kind, isPaid <= 1, (1...TransactionPlan.linesMax).contains(lines.count) else { return nil }
        let name = Partition.bytes(buyer)
        let decision = TransactionDecision(id: id, kind: kind, buyer: name, isPaid: isPaid == 1, lines: lines)
        return .decided(decision, others: others)
    }

    private static func line(
        _ reader: inout PayloadReader,
        _ bytes: Span<UInt8>,
        _ buyer: Fingerprint
    ) -> DecidedLine? {
        let sku = reader.takeShort(bytes)
        let journal = reader.take(UInt16.self, bytes)
        let position = JournalPosition(rawValue: reader.take(UInt64.self, bytes))
        let sequence = reader.take(UInt64.self, bytes)
        let at = Instant(millisecondsSinceEpoch: reader.take(Int64.self, bytes))
        let quantity = Quantity(Int64(reader.take(UInt32.self, bytes)))
        let price = SKURecord.money(&reader, bytes)
        let remaining = reader.take(Int64.self, bytes)
        guard !reader.failed, let quantity, let price else { return nil }
        return DecidedLine(
            sku: Partition.bytes(bytes.extracting(sku)),
            order: RecordAddress(journal: journal, position: position),
            purchase: Purchase(
                buyer: buyer,
                quantity: quantity,
                unitPrice: price,
                remaining: remaining,
                sequence: sequence,
                at: at
            )
        )
    }
}

extension PayloadWriter {
    mutating func put(_ decision: TransactionDecision, others: [Int]) {
        put(decision.id)
        put(decision.kind.rawValue)
        put(UInt8(decision.isPaid ? 1 : 0))
        putShort(decision.buyer.span)
        put(UInt16(others.count))
        for other in others { put(UInt16(other)) }
        put(UInt8(decision.lines.count))
        for line in decision.lines {
            putShort(line.sku.span)
            put(line.order.journal)
            put(line.order.position.rawValue)
            put(line.purchase.sequence)
            put(line.purchase.at.millisecondsSinceEpoch)
            put(UInt32(line.purchase.quantity.units))
            put(line.purchase.unitPrice)
            put(line.purchase.remaining)
        }
    }

    mutating func put(closed ids: ArraySlice<TransactionID>) {
        put(UInt16(ids.count))
        for id in ids { put(id) }
    }
}
