/// One answer in what a client has received.
struct Answer {
    let status: Int
    let isReplayed: Bool
    let body: Range<Int>
    /// Where the next answer starts.
    let end: Int

    /// Reads the answer that starts at `start`; nil while it is not all there.
    init?(_ bytes: [UInt8], from start: Int) throws(Violation) {
        guard bytes.count - start > 12 else { return nil }
        guard let blank = bytes.place(of: "\r\n\r\n", from: start) else { return nil }
        let digits = bytes[start + 9..<start + 12]
        status = digits.reduce(0) { $0 * 10 + Int($1 &- 48) }
        try promise(bytes[start] == 72 && (100...599).contains(status), "an answer that is no HTTP")
        let head = start..<blank
        isReplayed = bytes.place(of: "\r\nIdempotency-Replayed: true", in: head) != nil
        let length = bytes.number(after: "\r\nContent-Length: ", in: head)
        guard let length = length ?? (status == 204 || status == 100 ? 0 : nil) else {
            throw Violation("an answer of no length")
        }
        body = blank + 4..<blank + 4 + Int(length)
        end = body.upperBound
        if end > bytes.count { return nil }
    }

    /// The body.
    func text(_ bytes: [UInt8]) -> String { String(decoding: bytes[body], as: UTF8.self) }
}

extension [UInt8] {
    /// Where a text starts.
    func place(of text: StaticString, from start: Int) -> Int? { place(of: text, in: start..<count) }

    /// Where a text starts in a part.
    func place(of text: StaticString, in part: Range<Int>) -> Int? {
        let length = text.utf8CodeUnitCount
        return unsafe withUnsafeBytes { bytes -> Int? in
            // SAFETY: the part lies in the array; a literal lives for ever and has its count of bytes, two or more.
            let wanted = unsafe UnsafeRawPointer(text.utf8Start)
            let head = unsafe wanted.loadUnaligned(as: UInt16.self)
            guard let base = bytes.baseAddress, part.count >= length else { return nil }
            for place in part.lowerBound...part.upperBound - length
            where unsafe base.loadUnaligned(fromByteOffset: place, as: UInt16.self) == head {
                var same = 2
                while same < length,
                    unsafe base.load(fromByteOffset: place + same, as: UInt8.self)
                        == wanted.load(fromByteOffset: same, as: UInt8.self)
                { same += 1 }
                if same == length { return place }
            }
            return nil
        }
    }

    /// The number behind a text; nil where there is none.
    func number(after text: StaticString, in part: Range<Int>) -> Int64? {
        guard let place = place(of: text, in: part) else { return nil }
        var index = place + text.utf8CodeUnitCount
        let isNegative = self[index] == 45
        if isNegative { index += 1 }
        var value: Int64 = 0
        let start = index
        while index < count, self[index] >= 48, self[index] <= 57 {
            value = value * 10 + Int64(self[index] - 48)
            index += 1
        }
        guard index > start else { return nil }
        return isNegative ? -value : value
    }
}
