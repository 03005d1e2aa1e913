/// Bytes of a request, made in one piece: a `String` would take several times as long.
struct Text: ExpressibleByStringInterpolation {
    private(set) var bytes: [UInt8]

    init(stringLiteral literal: StaticString) {
        bytes = []
        bytes.append(literal)
    }

    init(stringInterpolation parts: StringInterpolation) { bytes = parts.bytes }

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = Array(bytes) }

    static func += (text: inout Text, more: Text) { text.bytes += more.bytes }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var bytes: [UInt8] = []

        /// Room for most requests.
        private static let usualBytes = 256

        init(literalCapacity: Int, interpolationCount: Int) {
            bytes.reserveCapacity(max(Self.usualBytes, literalCapacity + interpolationCount * 8))
        }

        mutating func appendLiteral(_ literal: StaticString) { bytes.append(literal) }
        mutating func appendInterpolation(_ text: Text) { bytes += text.bytes }
        mutating func appendInterpolation(_ text: String) { bytes += text.utf8 }
        mutating func appendInterpolation(_ buyer: Buyer) {
            bytes.append(buyer.letter)
            bytes.append(decimal: Int64(buyer.number))
        }
        mutating func appendInterpolation(_ number: Int) { bytes.append(decimal: Int64(number)) }
        mutating func appendInterpolation(_ number: Int64, digits: Int = 1) {
            bytes.append(decimal: number, digits: digits)
        }
        mutating func appendInterpolation(_ isTrue: Bool) { bytes.append(isTrue ? "true" : "false") }
    }
}

/// Who buys: `u17` once, `b3` and `w2` (a wallet's owner) again and again.
struct Buyer {
    let letter: StaticString
    let number: Int
}

extension [UInt8] {
    mutating func append(_ literal: StaticString) {
        // SAFETY: a literal lives for ever.
        unsafe append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// With so many digits at least.
    mutating func append(decimal number: Int64, digits: Int = 1) {
        if number < 0 { append(45) }
        let rest = number.magnitude
        var unit: UInt64 = 1
        for _ in 1..<digits { unit *= 10 }
        while rest / unit >= 10 { unit *= 10 }
        while unit > 0 {
            append(48 + UInt8(rest / unit % 10))
            unit /= 10
        }
    }
}
