import Testing

@testable import HTTP

@Suite("Bytes that arrive in pieces")
struct FeedingTests {
    @Test("a valid stream means the same, wherever it is cut in two", arguments: ValidRequests.all)
    func cutInTwo(stream: String) {
        let bytes = latin(stream)
        let whole = Feed.verdicts(bytes)
        #expect(whole.allSatisfy { $0.request != nil })
        for cut in 0...bytes.count { #expect(Feed.verdicts(bytes, cuts: [cut]) == whole, "cut at \(cut)") }
    }

    @Test("a valid stream means the same, byte by byte", arguments: ValidRequests.all)
    func byteByByte(stream: String) {
        let bytes = latin(stream)
        #expect(Feed.verdicts(bytes, cuts: Array(0..<bytes.count)) == Feed.verdicts(bytes))
    }

    @Test("a hostile request is refused for the same reason, however it is cut", arguments: HostileRequest.all)
    func hostile(request: HostileRequest) {
        let bytes = latin(request.text)
        let whole = Feed.verdicts(bytes)
        #expect(Feed.verdicts(bytes, cuts: Array(0..<min(bytes.count, 600))) == whole)
        for cut in stride(from: 0, through: bytes.count, by: max(1, bytes.count / 200)) {
            #expect(Feed.verdicts(bytes, cuts: [cut]) == whole, "cut at \(cut)")
        }
    }

    @Test("no request is complete before its last byte", arguments: ValidRequests.all)
    func prefixes(stream: String) {
        let bytes = latin(stream)
        let last = Feed.verdicts(bytes).count
        for end in 0..<bytes.count {
            #expect(Feed.verdicts(Array(bytes[..<end])).compactMap(\.request).count < last, "prefix of \(end)")
        }
    }

    @Test("what has been searched for a line end is not searched again")
    func resumes() {
        var feed = Feed()
        feed.take(latin("GET / HTTP/1.1\r\nHost: x\r\nX: "))
        for count in 1...1_000 {
            feed.take([0x61])
            #expect(feed.parser.cursor == 25)
            #expect(feed.parser.searched == 28 + count)
        }
    }

    @Test("chunks are joined as they come, not all at the end")
    func joinsAsTheyCome() {
        var feed = Feed()
        feed.take(latin("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFF\r\n"))
        let start = feed.parser.bodyEnd
        for count in 1...200 {
            feed.take([0x61])
            #expect(feed.parser.bodyEnd == start + count)
        }
    }
}

@Suite("Limits")
struct LimitTests {
    private var small: HTTPLimits {
        var limits = HTTPLimits()
        limits.headBytesMax = 64
        limits.targetBytesMax = 16
        limits.fieldCountMax = 3
        limits.bodyBytesMax = 10
        limits.chunkCountMax = 4
        limits.chunkLineBytesMax = 8
        limits.chunkFramingBytesMax = 24
        limits.trailerBytesMax = 12
        return limits
    }

    private func verdict(_ text: String) -> Verdict? {
        let verdicts = Feed.verdicts(text, limits: small)
        let bytes = latin(text)
        #expect(Feed.verdicts(bytes, cuts: Array(0..<bytes.count), limits: small) == verdicts)
        return verdicts.first
    }

    private func head(_ count: Int) -> String {
        let start = "GET / HTTP/1.1\r\nHost: x\r\nX: "
        return start + String(repeating: "a", count: count - start.utf8.count - 4) + "\r\n\r\n"
    }

    private func chunked(_ body: String) -> Verdict? {
        verdict("PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
    }

    @Test("the head may be exactly as long as the limit")
    func headLimit() {
        #expect(verdict(head(64))?.request != nil)
        #expect(verdict(head(65))?.refusal == .headTooLarge)
    }

    @Test("a request line that cannot end within the head is too long for a target")
    func endlessTarget() {
        #expect(verdict("GET /" + String(repeating: "a", count: 58)) == .unfinished)
        #expect(verdict("GET /" + String(repeating: "a", count: 59))?.refusal == .targetTooLong)
    }

    @Test("the target may be exactly as long as the limit")
    func targetLimit() {
        func target(_ count: Int) -> String {
            "GET /" + String(repeating: "a", count: count - 1) + " HTTP/1.1\r\nHost: x\r\n\r\n"
        }
        #expect(verdict(target(16))?.request != nil)
        #expect(verdict(target(17))?.refusal == .targetTooLong)
    }

    @Test("there may be exactly as many fields as the limit")
    func fieldLimit() {
        #expect(verdict("GET / HTTP/1.1\r\nHost: x\r\nA:\r\nB:\r\n\r\n")?.request != nil)
        #expect(verdict("GET / HTTP/1.1\r\nHost: x\r\nA:\r\nB:\r\nC:\r\n\r\n")?.refusal == .tooManyFields)
    }

    @Test("the body may be exactly as long as the limit, sized or chunked")
    func bodyLimit() {
        let sized = "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: "
        #expect(verdict(sized + "10\r\n\r\n0123456789")?.request?.body == "0123456789")
        #expect(verdict(sized + "11\r\n\r\n")?.refusal == .bodyTooLarge)
        #expect(chunked("5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n")?.request?.body == "0123456789")
        #expect(chunked("5\r\n01234\r\n6\r\n")?.refusal == .bodyTooLarge)
    }

    @Test("chunk counts, lines and framing are bounded exactly")
    func chunkLimits() {
        #expect(chunked("1\r\na\r\n1\r\na\r\n1\r\na\r\n0\r\n\r\n")?.request != nil)
        #expect(chunked("1\r\na\r\n1\r\na\r\n1\r\na\r\n1\r\na\r\n0\r\n\r\n")?.refusal == .chunkFramingTooLarge)
        #expect(chunked("1;xxxx\r\na\r\n0\r\n\r\n")?.request != nil)
        #expect(chunked("1;xxxxx\r\na\r\n0\r\n\r\n")?.refusal == .chunkFramingTooLarge)
        #expect(chunked("1;xxxx\r\na\r\n1;xxxx\r\na\r\n0;\r\n\r\n")?.request != nil)
        #expect(chunked("1;xxxx\r\na\r\n1;xxxx\r\na\r\n0;x\r\n\r\n")?.refusal == .chunkFramingTooLarge)
    }

    @Test("the trailer section is bounded exactly")
    func trailerLimit() {
        #expect(chunked("0\r\nX: 12345\r\n\r\n")?.request != nil)
        #expect(chunked("0\r\nX: 123456\r\n\r\n")?.refusal == .trailersTooLarge)
        #expect(chunked("0\r\nX:\r\nY:\r\nZ:\r\n\r\n")?.refusal == .trailersTooLarge)
    }

    @Test("the limits fit into each other")
    func relations() {
        let limits = HTTPLimits()
        #expect(limits.targetBytesMax < limits.headBytesMax)
        #expect(limits.methodBytesMax < limits.targetBytesMax)
        #expect(limits.chunkLineBytesMax < limits.chunkFramingBytesMax)
        // The smallest chunk has five bytes of framing.
        #expect(limits.chunkCountMax * 5 < limits.chunkFramingBytesMax)
        #expect(limits.requestBytesMax == 100 * 1_024)
        #expect(limits.requestBytesMax < Int(UInt32.max))
        #expect(2 * IdempotencyKey.bytesMax + 2 < limits.headBytesMax)
    }
}
