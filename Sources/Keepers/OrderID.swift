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
            guard let digit = Base32.digit(text[index]) else { return nil }
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
        var text = InlineArray<26, UInt8>(repeating: 0)
        var characters = text.mutableSpan
        // SAFETY: any bits are characters, and the stores are bounds checked.
        var bytes = unsafe characters.mutableBytes
        // 26 digits hold 130 bits: two zeros come first. The first word's six zero digits are overwritten by the next.
        bytes.storeBytes(of: (Self.digits(high >> 56) >> 48).littleEndian, toByteOffset: 0, as: UInt64.self)
        bytes.storeBytes(of: Self.digits(high >> 16).littleEndian, toByteOffset: 2, as: UInt64.self)
        bytes.storeBytes(of: Self.digits(high << 24 | low >> 40).littleEndian, toByteOffset: 10, as: UInt64.self)
        bytes.storeBytes(of: Self.digits(low).littleEndian, toByteOffset: 18, as: UInt64.self)
        return text
    }

    /// The lowest 40 bits as eight digits, the highest one in the lowest byte: halves, quarters, then digits.
    private static func digits(_ bits: UInt64) -> UInt64 {
        var word = bits >> 20 & 0xF_FFFF | (bits & 0xF_FFFF) << 32
        word = word >> 10 & 0x0000_03FF_0000_03FF | (word & 0x0000_03FF_0000_03FF) << 16
        word = word >> 5 & 0x001F_001F_001F_001F | (word & 0x001F_001F_001F_001F) << 8
        let letters = (word + 0x7676_7676_7676_7676) >> 7 & 0x0101_0101_0101_0101
        return word + 0x3030_3030_3030_3030 + letters * 0x27
    }

    private static let tagMask: UInt64 = 0xFFFF_FFFF_FFFF

    private func tag(_ key: FingerprintKey) -> UInt64 {
        var hasher = SipHasher128(key: key)
        hasher.update(FingerprintDomain.order.rawValue)
        hasher.update(integer: Int64(bitPattern: position.rawValue))
        hasher.update(UInt8(truncatingIfNeeded: journal))
        hasher.update(UInt8(truncatingIfNeeded: journal >> 8))
        return hasher.finalize().low & Self.tagMask
    }
}
