import Foundation
import Testing

@testable import HTTP

/// What has been written.
func contents(_ writer: borrowing ByteWriter) -> [UInt8] {
    writer.withSpan { span in span.indices.map { span[$0] } }
}

/// What `body` writes.
func written(bytesMax: Int = 1 << 20, _ body: (inout ByteWriter) -> Void) -> String {
    var writer = ByteWriter(capacity: 1, bytesMax: bytesMax)
    body(&writer)
    return String(decoding: contents(writer), as: UTF8.self)
}

extension ByteWriter {
    /// Appends the bytes of a text as the content of a JSON string.
    mutating func append(escapedBytes bytes: [UInt8]) {
        append(escaped: bytes.span)
    }
}

@Suite("Writing bytes")
struct ByteWriterTests {
    @Test("what is appended comes out in order, however the memory grew")
    func order() {
        var writer = ByteWriter(capacity: 1, bytesMax: 1 << 20)
        var expected: [UInt8] = []
        for index in 0..<3_000 {
            writer.append("literal ")
            writer.append(UInt8(truncatingIfNeeded: index))
            let start = Array(expected.prefix(3))
            writer.append(start.span)
            expected += latin("literal ") + [UInt8(truncatingIfNeeded: index)] + start
        }
        #expect(contents(writer) == expected)
        #expect(writer.isOverflowed == false)
    }

    @Test("appends and drops in any order leave what a queue would")
    func queue() {
        var random = SplitMix64(seed: 0x5EED_0003)
        var writer = ByteWriter(capacity: 16, bytesMax: 200)
        var expected: [UInt8] = []
        for _ in 0..<20_000 {
            let piece = (0..<Int.random(in: 0...40, using: &random))
                .map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
            writer.append(piece.span)
            if expected.count + piece.count <= 200 { expected += piece }
            let drop = Int.random(in: 0...45, using: &random)
            writer.drop(first: drop)
            expected.removeFirst(min(drop, expected.count))
            if Int.random(in: 0..<50, using: &random) == 0 {
                writer.truncate(to: expected.count / 2)
                expected.removeLast(expected.count - expected.count / 2)
            }
            guard contents(writer) == expected else {
                Issue.record("seed 0x5EED0003")
                return
            }
        }
    }

    @Test("what does not fit is dropped whole and remembered until reset")
    func overflow() {
        var writer = ByteWriter(capacity: 2, bytesMax: 5)
        writer.append("abc")
        writer.append("def")
        #expect(writer.isOverflowed == true)
        #expect(contents(writer) == latin("abc"))
        writer.append("de")
        #expect(contents(writer) == latin("abcde"))
        #expect(writer.isOverflowed == true)
        writer.reset()
        #expect(writer.isEmpty == true)
        #expect(writer.isOverflowed == false)
    }

    @Test("the bytes for the system call are the same bytes")
    func rawBytes() {
        var writer = ByteWriter(bytesMax: 100)
        writer.append("abcdef")
        writer.drop(first: 2)
        #expect(unsafe writer.withUnsafeBytes { unsafe Array($0) } == latin("cdef"))
        writer.drop(first: 100)
        #expect(writer.count == 0)
    }

    @Test("decimals are written as Swift writes them")
    func decimals() {
        var values: [UInt64] = [0, UInt64.max]
        var power: UInt64 = 1
        for _ in 0..<19 {
            power *= 10
            values += [power - 1, power, power + 1]
        }
        var random = SplitMix64(seed: 0x5EED_0004)
        for shift in 0..<64 { values.append(random.next() >> UInt64(shift)) }
        for value in values {
            #expect(written { $0.append(decimal: value) } == "\(value)")
            let signed = Int64(bitPattern: value)
            #expect(written { $0.append(decimal: signed) } == "\(signed)")
        }
    }

    @Test("hexadecimal has the digits that are asked for")
    func hexadecimal() {
        #expect(written { $0.append(hex: 0xDEAD_BEEF) } == "00000000deadbeef")
        #expect(written { $0.append(hex: 0x1AB, digits: 2) } == "ab")
        var random = SplitMix64(seed: 0x5EED_0006)
        for digits in 1...16 {
            let value = random.next()
            let text = String(value, radix: 16)
            let padded = String(repeating: "0", count: 16 - text.count) + text
            #expect(written { $0.append(hex: value, digits: digits) } == padded.suffix(digits))
        }
    }

    @Test("JSON content is escaped where it must be, and kept where it may")
    func escapes() throws {
        #expect(
            written { $0.append(escapedBytes: latin("plain text, longer than a word")) }.hasPrefix("plain text, lo")
        )
        #expect(
            written { $0.append(escapedBytes: latin("\"\\/\n\r\t\u{0}\u{1F}\u{7F}")) } == #"\"\\/\n\r\t\u0000\u001f"#
                + "\u{7F}"
        )
        #expect(written { $0.append(escapedBytes: Array("é\u{2028}\u{2029}😀".utf8)) } == "é\u{2028}\u{2029}😀")
    }

    @Test("Foundation reads escaped content back")
    func escapesRoundTrip() throws {
        var random = SplitMix64(seed: 0x5EED_0006)
        for _ in 0..<500 {
            let text = RandomJSON.text(&random)
            let document = written { writer in
                writer.append("[\"")
                writer.append(escapedBytes: Array(text.utf8))
                writer.append("\"]")
            }
            #expect(try JSONSerialization.jsonObject(with: Data(document.utf8)) as? [String] == [text])
        }
    }

    @Test("scalars of every length are written as UTF-8")
    func scalars() {
        for scalar in ["a", "\u{7F}", "\u{80}", "\u{7FF}", "\u{800}", "\u{FFFF}", "\u{10000}", "\u{10FFFF}"]
            as [Unicode.Scalar]
        {
            #expect(written { $0.appendScalar(scalar.value) } == String(scalar))
        }
    }
}

@Suite("Times")
struct TimeTests {
    @Test("random instants are written as Foundation writes them")
    func againstFoundation() throws {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(secondsFromGMT: 0)
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        let rfc3339 = Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt)
        var random = SplitMix64(seed: 0x5EED_0007)
        // From 1583 on: before, Foundation follows the Julian calendar.
        for _ in 0..<2_000 {
            let milliseconds = Int64.random(in: -12_212_553_600_000...CivilTime.milliseconds.upperBound, using: &random)
            // Half a millisecond keeps Foundation's doubles from rounding down.
            let date = Date(timeIntervalSince1970: (Double(milliseconds) + 0.5) / 1_000)
            #expect(written { $0.append(rfc3339: milliseconds) } == date.formatted(rfc3339), "\(milliseconds)")
            // It rounds fractions of a second, where we cut them off.
            let second = Date(timeIntervalSince1970: (Double(milliseconds) / 1_000).rounded(.down))
            #expect(written { $0.append(httpDate: milliseconds) } == format.string(from: second), "\(milliseconds)")
        }
    }

    @Test(
        "known instants are written as they are known",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199_999, "2024-02-29T23:59:59.999Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (Int64.min, "0001-01-01T00:00:00.000Z"), (Int64.max, "9999-12-31T23:59:59.999Z"),
            (-62_104_060_801_000, "0001-12-31T23:59:59.000Z"),
        ]
    )
    func known(milliseconds: Int64, text: String) {
        #expect(written { $0.append(rfc3339: milliseconds) } == text)
    }

    @Test("every day of 800 years follows the day before")
    func consecutiveDays() {
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        var before = CivilTime(-12_219_292_800_000)
        for day in 1...292_194 {
            let now = CivilTime(-12_219_292_800_000 + Int64(day) * 86_400_000)
            let isLeap = before.year % 4 == 0 && (before.year % 100 != 0 || before.year % 400 == 0)
            let last = lengths[before.month - 1] + (before.month == 2 && isLeap ? 1 : 0)
            let expected = before.day < last ? (before.day + 1, before.month) : (1, before.month % 12 + 1)
            let isNext = (now.day, now.month) == expected && now.weekday == (before.weekday + 1) % 7
            let isYear = now.year == before.year + (before.month == 12 && before.day == 31 ? 1 : 0)
            guard isNext, isYear else {
                Issue.record("day \(day)")
                return
            }
            before = now
        }
    }

    @Test("the date of the RFC is written as in the RFC, and kept within a second")
    func httpDate() {
        func text(_ date: HTTPDate) -> String {
            String(decoding: date.bytes.indices.map { date.bytes[$0] }, as: UTF8.self)
        }
        var date = HTTPDate(milliseconds: 784_111_777_000)
        #expect(text(date) == "Sun, 06 Nov 1994 08:49:37 GMT")
        date.update(milliseconds: 784_111_777_999)
        #expect(text(date) == "Sun, 06 Nov 1994 08:49:37 GMT")
        date.update(milliseconds: 784_111_778_000)
        #expect(text(date) == "Sun, 06 Nov 1994 08:49:38 GMT")
    }
}
