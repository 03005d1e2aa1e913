import HTTP
import Platform
import Synchronization
import Testing

@testable import Service

@Suite("LogLines")
struct LogLinesTests {
    private func taken(_ lines: LogLines) -> String {
        var text = ""
        unsafe lines.take { text = unsafe String(decoding: $0, as: UTF8.self) }
        return text
    }

    @Test("lines are taken once, whole and in their order")
    func order() {
        let lines = LogLines(writer: Parker())
        for number in 0..<100 {
            #expect(
                lines.add {
                    $0.append(decimal: UInt64(number))
                    $0.append("\n")
                }
            )
        }
        #expect(taken(lines) == (0..<100).map { "\($0)\n" }.joined())
        #expect(taken(lines).isEmpty)
    }

    @Test("a log that nobody reads takes what fits and drops the rest, and goes on once it is read")
    func full() {
        let lines = LogLines(writer: Parker())
        var added = 0
        let long = [UInt8](repeating: 0x61, count: 1_000)
        for _ in 0..<10_000 where lines.add({ $0.append(long.span) }) { added += 1 }
        #expect(added * 1_000 <= LogLines.bytesMax && added * 1_000 + 2 * LogLines.lineBytesMax > LogLines.bytesMax)
        #expect(taken(lines).utf8.count == added * 1_000)
        #expect(lines.add { $0.append("x\n") })
        #expect(taken(lines) == "x\n")
    }

    @Test("lines of a thread that writes while another takes are neither lost, doubled nor torn")
    func races() throws {
        let lines = LogLines(writer: Parker())
        let isOver = Atomic<Bool>(false)
        let total: UInt64 = 200_000
        let writer = try NativeThread(name: "lines") {
            var next: UInt64 = 0
            while next < total {
                let isAdded = lines.add {
                    $0.append(decimal: next)
                    $0.append("\n")
                }
                if isAdded { next += 1 }
            }
            isOver.store(true, ordering: .releasing)
        }
        var seen: UInt64 = 0
        var isWrong = false
        var isLast = false
        while true {
            let text = taken(lines)
            for line in text.split(separator: "\n") {
                if UInt64(line) != seen { isWrong = true }
                seen += 1
            }
            if isLast { break }
            isLast = isOver.load(ordering: .acquiring)
        }
        writer.join()
        #expect(!isWrong && seen == total)
    }
}
