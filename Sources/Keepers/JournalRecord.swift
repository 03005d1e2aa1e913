import Domain

/// One record of a partition's journal, whoever's it is.
public enum JournalRecord: Sendable {
    /// A SKU's.
    case sku(SKURecord)
    /// A wallet's.
    case wallet(WalletRecord)
    /// A transaction's own.
    case transaction(TransactionRecord)

    /// Reads a record's payload; nil where the bytes are no record of this version.
    ///
    /// - Parameters:
    ///   - type: the record's type in the journal.
    ///   - bytes: the payload.
    ///   - key: the folder's secret.
    public init?(type: UInt8, _ bytes: Span<UInt8>, key: FingerprintKey) {
        if WalletRecord.isOne(type: type) {
            guard let record = WalletRecord(type: type, bytes) else { return nil }
            self = .wallet(record)
        } else if TransactionRecord.isOne(type: type) {
            guard let record = TransactionRecord(type: type, bytes, key: key) else { return nil }
            self = .transaction(record)
        } else {
            guard let record = SKURecord(type: type, bytes, key: key) else { return nil }
            self = .sku(record)
        }
    }

    /// Whether `init` reads these bytes, for whoever checks a journal and wants nothing of its records.
    ///
    /// - Parameters:
    ///   - type: the record's type in the journal.
    ///   - bytes: the payload.
    ///   - key: the folder's secret.
    /// - Returns: false where the bytes are no record of this version.
    public static func isOne(type: UInt8, _ bytes: Span<UInt8>, key: FingerprintKey) -> Bool {
        if type == RecordKind.purchased.rawValue { return PurchaseRecord.isOne(bytes) }
        return JournalRecord(type: type, bytes, key: key) != nil
    }

    /// What every record says.
    public var head: RecordHead {
        switch self {
        case .sku(let record): record.head
        case .wallet(let record): record.head
        case .transaction(let record): record.head
        }
    }

    /// Whether this version has records of the type.
    static func isKnown(type: UInt8) -> Bool {
        RecordKind(rawValue: type) != nil || WalletRecord.isOne(type: type) || TransactionRecord.isOne(type: type)
    }
}
