import Domain
import Journal

/// The public name of an order: where it stands in the journals, and a tag that only this data folder can make.
///
/// 16 bytes as 26 characters of base32 (RFC 4648 alphabet for sorting, lower case): position 8, journal 2, tag 6, big
/// endian. The tag keeps orders from being found by counting, and rejects an invented name without a read.
public struct OrderID: BitwiseCopyable, Sendable, Equatable {
    /// Characters of the text form.
    public static let textBytes = 26

    /// The journal that holds the order's record.
    public let journal: UInt16
    /// Where the record starts.
    public let position: JournalPosition

    /// The order whose record stands there.
    public init(journal: UInt16, position: JournalPosition) {
        self.journal = journal
        self.position = position
    }

    /// The order whose record stands there.
    public init(_ address: RecordAddress) {
        self.init(journal: address.journal, position: address.position)
    }

    /// Where the order's record stands.
    public var address: RecordAddress { RecordAddress(journal: journal, position: position) }

    /// Reads the text form; nil where it is none of this folder's.
    public init?(_ text: Span<UInt8>, key: FingerprintKey) {
        guard text.count == Self.textBytes else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for index in 0..<Self.textBytes {
            guard let digit = Self.digit(text[index]) else { return nil }
            // 26 digits hold 130 bits: the two topmost must be zero for the 16 bytes to be read back the same.
            if index == 0 && digit > 7 { return nil }
            high = high << 5 | low >> 59
            low = low << 5 | UInt64(digit)
        }
        journal = UInt16(truncatingIfNeeded: low >> 48)
        position = JournalPosition(rawValue: high)
        guard low & Self.tagMask == tag(key) else { return nil }
    }

    /// The text form.
    public func text(key: FingerprintKey) -> InlineArray<26, UInt8> {
        let high = position.rawValue
        let low = UInt64(journal) << 48 | tag(key)
        return InlineArray { index in
            let shift = UInt64(truncatingIfNeeded: 125 &- 5 &* index)
            let digit: UInt64
            if shift >= 64 {
                digit = high &>> (shift &- 64)
            } else if shift > 59 {
                digit = high &<< (64 &- shift) | low &>> shift
            } else {
                digit = low &>> shift
            }
            return Self.alphabet(UInt8(truncatingIfNeeded: digit & 31))
        }
    }

    private static let tagMask: UInt64 = 0xFFFF_FFFF_FFFF

    private func tag(_ key: FingerprintKey) -> UInt64 {
        var hasher = SipHasher128(key: key)
        hasher.update(FingerprintDomain.order.rawValue)
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            hasher.update(UInt8(truncatingIfNeeded: position.rawValue >> shift))
        }
        hasher.update(UInt8(truncatingIfNeeded: journal))
        hasher.update(UInt8(truncatingIfNeeded: journal >> 8))
        return hasher.finalize().low & Self.tagMask
    }

    private static func alphabet(_ digit: UInt8) -> UInt8 {
        digit < 10 ? 0x30 + digit : 0x61 + digit - 10
    }

    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case 0x30...0x39: return character - 0x30
        case 0x61...0x76: return character - 0x61 + 10
        default: return nil
        }
    }
}
