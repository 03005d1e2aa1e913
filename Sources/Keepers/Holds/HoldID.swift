import Domain

/// The public name of a hold: all that is needed to find it without an index, and a tag that only this data folder can
/// make.
///
/// 35 bytes as 56 characters of base32 (as an order's): slot of the SKU 14 bits, place 26 bits, the SKU's fingerprint 16
/// bytes, number 6, tag 8, big endian. Nothing of it depends on how many partitions there are.
public struct HoldID: Sendable, Equatable {
    /// Characters of the text form.
    public static let textBytes = 56

    /// The slot of the SKU, which says its partition.
    public let slot: Int
    /// The SKU's fingerprint.
    public let sku: Fingerprint
    /// The hold's name within the SKU.
    public let name: HoldName

    /// The hold of that name of a SKU.
    ///
    /// - Parameters:
    ///   - name: the hold's name within the SKU.
    ///   - sku: the SKU's name.
    ///   - key: the folder's secret.
    public init(_ name: HoldName, sku: Span<UInt8>, key: FingerprintKey) {
        slot = Slots.slot(of: sku)
        self.sku = key.fingerprint(of: sku, domain: .sku)
        self.name = name
    }

    /// Reads the text form; nil where it is none of this folder's.
    public init?(_ text: Span<UInt8>, key: FingerprintKey) {
        guard text.count == Self.textBytes else { return nil }
        var words = InlineArray<5, UInt64>(repeating: 0)
        // Seven groups of 40 bits: 8 characters each.
        var groups = InlineArray<7, UInt64>(repeating: 0)
        for index in groups.indices {
            var group: UInt64 = 0
            for place in (index &* 8)..<(index &* 8 &+ 8) {
                guard let digit = Base32.digit(text[place]) else { return nil }
                group = group &<< 5 | UInt64(digit)
            }
            groups[index] = group
        }
        words[0] = groups[0]
        words[1] = groups[1] << 24 | groups[2] >> 16
        words[2] = (groups[2] & 0xFFFF) << 48 | groups[3] << 8 | groups[4] >> 32
        words[3] = (groups[4] & 0xFFFF_FFFF) << 16 | groups[5] >> 24
        words[4] = (groups[5] & 0xFF_FFFF) << 40 | groups[6]
        slot = Int(words[0] >> 26)
        sku = Fingerprint(high: words[1], low: words[2])
        name = HoldName(number: words[3], place: UInt32(words[0] & (1 << 26 - 1)))
        guard words[4] == tag(key) else { return nil }
    }

    /// The text form.
    ///
    /// Cost: one hash; no allocation.
    public func text(key: FingerprintKey) -> InlineArray<56, UInt8> {
        let first = UInt64(slot) << 26 | UInt64(name.place)
        let tag = tag(key)
        let groups: InlineArray<7, UInt64> = [
            first, sku.high >> 24, (sku.high & 0xFF_FFFF) << 16 | sku.low >> 48, sku.low >> 8 & 0xFF_FFFF_FFFF,
            (sku.low & 0xFF) << 32 | name.number >> 16 & 0xFFFF_FFFF, (name.number & 0xFFFF) << 24 | tag >> 40,
            tag & 0xFF_FFFF_FFFF,
        ]
        var text = InlineArray<56, UInt8>(repeating: 0)
        for index in groups.indices {
            var group = groups[index]
            var place = index &* 8 &+ 8
            while place > index &* 8 {
                place &-= 1
                text[place] = Base32.character(UInt8(truncatingIfNeeded: group & 31))
                group &>>= 5
            }
        }
        return text
    }

    private func tag(_ key: FingerprintKey) -> UInt64 {
        var hasher = SipHasher128(key: key)
        hasher.update(FingerprintDomain.hold.rawValue)
        hasher.update(integer: Int64(slot) << 26 | Int64(name.place))
        hasher.update(integer: Int64(bitPattern: sku.high))
        hasher.update(integer: Int64(bitPattern: sku.low))
        hasher.update(integer: Int64(bitPattern: name.number))
        return hasher.finalize().low
    }
}

/// The digits of public ids: RFC 4648's alphabet for sorting, lower case.
enum Base32 {
    static func character(_ digit: UInt8) -> UInt8 {
        digit &+ (digit < 10 ? 0x30 : 0x61 &- 10)
    }

    static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case 0x30...0x39: return character - 0x30
        case 0x61...0x76: return character - 0x61 + 10
        default: return nil
        }
    }
}
