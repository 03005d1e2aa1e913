import Glibc

/// One answer in what a client has received.
struct Answer {
    private(set) var status: Int
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

    /// The same answer, as another route gives it.
    func with(status: Int) -> Answer {
        var other = self
        other.status = status
        return other
    }

    /// The body.
    func text(_ bytes: [UInt8]) -> String { String(decoding: bytes[body], as: UTF8.self) }
}

extension [UInt8] {
    /// Where a text starts.
    func place(of text: StaticString, from start: Int) -> Int? { place(of: text, in: start..<count) }

    /// Where a text starts in a part; it has two bytes or more.
    ///
    /// Cost: sixteen places at a time are ruled out by the text's first and last byte.
    func place(of text: StaticString, in part: Range<Int>) -> Int? {
        let length = text.utf8CodeUnitCount
        return unsafe withUnsafeBytes { bytes -> Int? in
            guard let base = bytes.baseAddress, part.count >= length else { return nil }
            // SAFETY: the part lies in the array; a literal lives for ever and has its count of bytes.
            let wanted = unsafe UnsafeRawPointer(text.utf8Start)
            let first = unsafe SIMD16<UInt8>(repeating: wanted.load(as: UInt8.self))
            let last = unsafe SIMD16<UInt8>(repeating: wanted.load(fromByteOffset: length - 1, as: UInt8.self))
            let end = part.upperBound - length
            var place = part.lowerBound
            while place <= end {
                let most = Swift.min(place + 15, end)
                // Whole vectors only, as long as the array has as many bytes.
                if place + length + 15 <= count {
                    let isFirst = unsafe base.loadUnaligned(fromByteOffset: place, as: SIMD16<UInt8>.self) .== first
                    let isLast =
                        unsafe base.loadUnaligned(fromByteOffset: place + length - 1, as: SIMD16<UInt8>.self) .== last
                    let both = unsafe unsafeBitCast(isFirst .& isLast, to: SIMD2<UInt64>.self)
                    if both.x | both.y == 0 {
                        place += 16
                        continue
                    }
                }
                for start in place...most
                where unsafe base.load(fromByteOffset: start, as: UInt8.self) == first[0]
                    && memcmp(base + start, wanted, length) == 0
                { return start }
                place = most + 1
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
