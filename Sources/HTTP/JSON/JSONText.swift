extension JSONReader {
    /// Reads a string from its opening quote to behind its closing one.
    @inline(__always)
    mutating func string(_ bytes: Span<UInt8>) throws(JSONError) -> JSONString {
        at &+= 1
        let start = at
        var hasEscapes = false
        while true {
            at = Words.find(bytes, from: at, to: end) {
                Words.below($0, 0x20) | Words.equal($0, ASCII.quote) | Words.equal($0, ASCII.backslash)
                    | Words.notASCII($0)
            }
            let byte = try peek(bytes)
            if byte == ASCII.quote {
                at &+= 1
                return JSONString(content: ByteRange(start, at &- 1), hasEscapes: hasEscapes)
            }
            if byte == ASCII.backslash {
                hasEscapes = true
                _ = try escape(bytes)
            } else if byte >= 0x80 {
                at &+= try scalarLength(bytes)
            } else {
                throw error(.controlCharacter)
            }
        }
    }

    /// Reads an escape from its backslash on (RFC 8259 7) and returns the scalar it stands for.
    mutating func escape(_ bytes: Span<UInt8>) throws(JSONError) -> UInt32 {
        let start = at
        at &+= 1
        let byte = try peek(bytes)
        at &+= 1
        switch byte {
        case ASCII.quote, ASCII.backslash, 0x2F: return UInt32(byte)
        case 0x62: return 0x08
        case 0x66: return 0x0C
        case 0x6E: return 0x0A
        case 0x72: return 0x0D
        case 0x74: return 0x09
        case 0x75: break
        default: throw JSONError(.escapeMalformed, at: start)
        }
        let unit = try hexUnit(bytes, start)
        guard unit & 0xF800 == 0xD800 else { return unit }
        guard unit < 0xDC00, at &+ 2 <= end, bytes[at] == ASCII.backslash, bytes[at &+ 1] == 0x75 else {
            throw JSONError(.loneSurrogate, at: start)
        }
        at &+= 2
        let low = try hexUnit(bytes, at &- 2)
        guard low & 0xFC00 == 0xDC00 else { throw JSONError(.loneSurrogate, at: start) }
        return 0x1_0000 &+ (unit & 0x3FF) &<< 10 &+ (low & 0x3FF)
    }

    /// Reads the four digits of the escape that starts at `start`.
    private mutating func hexUnit(_ bytes: Span<UInt8>, _ start: Int) throws(JSONError) -> UInt32 {
        guard at &+ 4 <= end else { throw JSONError(.escapeMalformed, at: start) }
        var unit: UInt32 = 0
        for index in at..<at &+ 4 {
            guard let digit = ASCII.hexValue(bytes[index]) else { throw JSONError(.escapeMalformed, at: start) }
            unit = unit &<< 4 | UInt32(digit)
        }
        at &+= 4
        return unit
    }

    /// The length of the scalar at `at`, which is not ASCII: well-formed UTF-8 as in table 3-7 of the Unicode Standard,
    /// so neither overlong, nor a surrogate, nor above U+10FFFF.
    private func scalarLength(_ bytes: Span<UInt8>) throws(JSONError) -> Int {
        let lead = bytes[at]
        let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        guard lead >= 0xC2, lead <= 0xF4, at &+ length <= end else { throw error(.textMalformed) }
        let second = bytes[at &+ 1]
        let lowest: UInt8 = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80
        let highest: UInt8 = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF
        guard second >= lowest, second <= highest else { throw error(.textMalformed) }
        for index in 2..<max(length, 2) {
            guard bytes[at &+ index] & 0xC0 == 0x80 else { throw error(.textMalformed) }
        }
        return length
    }
}

extension JSONReader {
    /// Appends what a string means: its content with the escapes taken out, in UTF-8.
    ///
    /// - Parameters:
    ///   - string: a string of this document, which has been found valid.
    ///   - bytes: the bytes that its range is of.
    ///   - writer: what it is appended to.
    public static func decode(_ string: JSONString, in bytes: Span<UInt8>, into writer: inout ByteWriter) {
        guard string.hasEscapes else { return writer.append(bytes, string.content) }
        var reader = Self(string.content)
        while reader.at < reader.end {
            let start = reader.at
            while reader.at < reader.end && bytes[reader.at] != ASCII.backslash { reader.at &+= 1 }
            writer.append(bytes, ByteRange(start, reader.at))
            guard reader.at < reader.end, let scalar = try? reader.escape(bytes) else { continue }
            writer.appendScalar(scalar)
        }
    }

    /// Whether an escaped name means this literal of ASCII.
    @usableFromInline
    static func isEqual(_ name: JSONString, _ literal: StaticString, in bytes: Span<UInt8>) -> Bool {
        var reader = Self(name.content)
        for index in 0..<literal.utf8CodeUnitCount {
            guard reader.at < reader.end else { return false }
            var scalar = UInt32(bytes[reader.at])
            if scalar == UInt32(ASCII.backslash) {
                guard let escaped = try? reader.escape(bytes) else { return false }
                scalar = escaped
            } else {
                reader.at &+= 1
            }
            // SAFETY: the index is below the literal's count.
            guard unsafe scalar == UInt32(literal.utf8Start[index]) else { return false }
        }
        return reader.at == reader.end
    }
}
