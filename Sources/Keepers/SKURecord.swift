import Domain
import Journal

/// The kinds of records a SKU leaves in the journal.
///
/// The numbers are part of the format.
public enum RecordKind: UInt8, Sendable {
    /// Units were sold to a buyer.
    case purchased = 1
    /// The SKU came into being with its first stock.
    case created = 2
    /// The whole catalogue entry was put anew.
    case replaced = 3
    /// Some of the catalogue entry changed.
    case amended = 4
    /// Units were added to or taken from what is available.
    case stockAdjusted = 5
    /// The SKU left the catalogue.
    case removed = 6
    /// Units were set aside for a buyer.
    case held = 7
    /// A hold became an order.
    case confirmed = 8
    /// A hold's units went back: given back, or its time was over.
    case holdEnded = 9
    /// A hold's deadline was moved.
    case holdProlonged = 10
    /// An order was cancelled, or a part of it.
    case cancelled = 11
    /// Units were set aside for a transaction: the record of its order.
    case reserved = 24
    /// A transaction has ended for the units that were set aside for it.
    case settled = 25
    /// An order that a wallet has paid was cancelled, or a part of it: the wallet is owed that.
    case refunding = 26
}

/// What every record of a SKU says first: which change of which SKU, when, and under which idempotency key.
///
/// Layout, little endian: flags 1, time 8 (ms since 1970), sequence 8, place of the SKU's previous record 8
/// (`RecordPlace`; all ones: none), then with flag 1 the key's fingerprint 16 and the request's digest 8, then the SKU behind a one-byte
/// count, then with flag 2 in whose name the change was made, behind a one-byte count. The kind's own members follow. A
/// record with another flag is of a later version.
public struct RecordHead: Sendable {
    /// When the change was decided.
    public var at: Instant
    /// The SKU's own count of changes; the first is 1.
    public var sequence: UInt64
    /// Where the SKU's record before this one stands; nil for the first.
    public var previous: RecordPlace?
    /// The idempotency key it was asked under, and what was asked.
    public var key: RequestKey?
    /// Where the SKU's name stands in the payload.
    public var sku: Range<Int>
    /// Where the name stands in which the change was made; empty where no credential was asked for.
    public var by: Range<Int>

    private static let noPrevious = UInt64.max
    private static let keyed: UInt8 = 1
    private static let named: UInt8 = 2

    func write(_ writer: inout PayloadWriter, sku: [UInt8], by: [UInt8]) {
        writer.put((key == nil ? 0 : Self.keyed) | (by.isEmpty ? 0 : Self.named))
        writer.put(at.millisecondsSinceEpoch)
        writer.put(sequence)
        writer.put(previous?.rawValue ?? Self.noPrevious)
        if let key {
            writer.put(key.fingerprint.high)
            writer.put(key.fingerprint.low)
            writer.put(key.digest)
        }
        writer.putShort(sku.span)
        if !by.isEmpty { writer.putShort(by.span) }
    }

    init(at: Instant, sequence: UInt64, previous: RecordPlace?, key: RequestKey?) {
        self.at = at
        self.sequence = sequence
        self.previous = previous
        self.key = key
        sku = 0..<0
        by = 0..<0
    }

    init(_ reader: inout PayloadReader, _ bytes: Span<UInt8>) {
        let flags = reader.take(UInt8.self, bytes)
        at = Instant(millisecondsSinceEpoch: reader.take(Int64.self, bytes))
        sequence = reader.take(UInt64.self, bytes)
        let before = reader.take(UInt64.self, bytes)
        previous = before == Self.noPrevious ? nil : RecordPlace(rawValue: before)
        if flags & Self.keyed != 0 {
            let high = reader.take(UInt64.self, bytes)
            let low = reader.take(UInt64.self, bytes)
            let digest = reader.take(UInt64.self, bytes)
            key = RequestKey(fingerprint: Fingerprint(high: high, low: low), digest: digest)
        } else {
            key = nil
        }
        sku = reader.takeShort(bytes)
        by = flags & Self.named != 0 ? reader.takeShort(bytes) : 0..<0
        if flags & ~(Self.keyed | Self.named) != 0 { reader.fail() }
    }
}

/// An idempotency key with what was asked under it.
public struct RequestKey: Sendable, Equatable {
    /// Of the resource (a SKU's purchases, or its stock) and the key's text.
    public let fingerprint: Fingerprint
    /// Of the request's meaning: the same key with another digest is another request.
    public let digest: UInt64

    /// Both are made with the folder's secret.
    public init(fingerprint: Fingerprint, digest: UInt64) {
        self.fingerprint = fingerprint
        self.digest = digest
    }
}
