// Little-endian fields of blocks that are read and written rarely; records have their own code in RecordFormat.swift.

extension [UInt8] {
    /// Appends the bytes of `value`, the lowest first.
    mutating func append(littleEndian value: some FixedWidthInteger & UnsignedInteger) {
        for byte in 0..<(value.bitWidth / 8) {
            append(UInt8(truncatingIfNeeded: value >> (byte * 8)))
        }
    }

    /// Replaces the bytes at `offset` by those of `value`, the lowest first.
    mutating func replace(at offset: Int, littleEndian value: some FixedWidthInteger & UnsignedInteger) {
        for byte in 0..<(value.bitWidth / 8) {
            self[offset + byte] = UInt8(truncatingIfNeeded: value >> (byte * 8))
        }
    }
}

extension UInt64 {
    /// 16 digits.
    var hexadecimal: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension Span<UInt8> {
    /// The integer at `offset`, stored with its lowest byte first.
    func littleEndian<Value: FixedWidthInteger & UnsignedInteger>(_ type: Value.Type, at offset: Int) -> Value {
        var value: Value = 0
        for byte in 0..<(Value.bitWidth / 8) {
            value |= Value(self[offset + byte]) << (byte * 8)
        }
        return value
    }

    /// Two digits a byte.
    var hexadecimal: String {
        var text = ""
        for index in indices {
            let digits = String(self[index], radix: 16)
            text += digits.count == 1 ? "0\(digits)" : digits
        }
        return text
    }

    /// The name in the 32 bytes at `offset`, as `JournalFormat.writer` was when they were written.
    func writerName(at offset: Int) -> String {
        var text: [UInt8] = []
        for index in offset..<(offset + 32) where self[index] != 0 { text.append(self[index]) }
        return String(decoding: text, as: UTF8.self)
    }
}
