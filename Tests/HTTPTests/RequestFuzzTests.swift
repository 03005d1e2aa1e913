import Testing

@testable import HTTP

/// Changes that hit the grammar, not only the letters.
struct Mutator {
    var random: SplitMix64
    private static let tokens: [[UInt8]] = [
        "\r\n", "\r", "\n", "\r\n\r\n", ":", " ", "\t", ",", ";", "\0", "0", "1", "\"", "\\", "/", "?", "#", "%",
        "\u{FF}",
        "chunked", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "Host: y\r\n", " HTTP/1.1", "HTTP/1.0",
        "-1",
        "Idempotency-Key: \"z\"\r\n", "Connection: close\r\n", "FFFFFFFFFFFFFFFF", "Expect: 100-continue\r\n",
    ]
    .map(latin)

    mutating func mutate(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) { change(&bytes) }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        let at = Int.random(in: 0..<bytes.count, using: &random)
        let end = min(bytes.count, at + Int.random(in: 1...12, using: &random))
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: bytes.removeSubrange(at..<end)
        case 3: bytes.insert(contentsOf: Array(bytes[at..<end]), at: at)
        case 4: bytes.insert(contentsOf: Self.tokens.randomElement(using: &random) ?? [], at: at)
        default: bytes.replaceSubrange(at..<end, with: Self.tokens.randomElement(using: &random) ?? [])
        }
    }
}

@Suite("Mutated requests")
struct RequestFuzzTests {
    static let seed: UInt64 = 0x5EED_0001
    static let mutations = 20_000

    @Test("mutated streams never trap, mean the same however they are cut, and are accepted only by the rules")
    func mutated() {
        var mutator = Mutator(random: SplitMix64(seed: Self.seed))
        let corpus = ValidRequests.all.map(latin)
        var accepted = 0
        for round in 0..<Self.mutations {
            let bytes = mutator.mutate(corpus[round % corpus.count])
            let whole = Feed.verdicts(bytes)
            let cuts = (0..<3).map { _ in Int.random(in: 0...bytes.count, using: &mutator.random) }.sorted()
            let pieces = Feed.verdicts(bytes, cuts: cuts)
            let name = "seed \(Self.seed), round \(round), cuts \(cuts): \(text(bytes))"
            #expect(pieces == whole, "\(name)")
            if round % 20 == 0 {
                #expect(Feed.verdicts(bytes, cuts: Array(0..<bytes.count)) == whole, "byte by byte, \(name)")
            }
            accepted += checkAccepted(whole, bytes, name)
            guard pieces == whole else { return }
        }
        // Both ways are trodden.
        #expect(accepted > Self.mutations / 20)
        #expect(accepted < 2 * Self.mutations)
    }

    private func text(_ bytes: [UInt8]) -> String {
        String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) })).debugDescription
    }

    private func checkAccepted(_ verdicts: [Verdict], _ bytes: [UInt8], _ name: String) -> Int {
        var start = 0
        var count = 0
        for request in verdicts.compactMap(\.request) {
            let problem = Oracle.problem(Array(bytes[start..<start + request.consumed]), request)
            #expect(problem == nil, "\(problem ?? "") in \(name)")
            start += request.consumed
            count += 1
        }
        return count
    }
}

/// A second, slow opinion on what was accepted: it shares no code with the parser.
enum Oracle {
    static func problem(_ bytes: [UInt8], _ request: RequestView) -> String? {
        var lines: [[UInt8]] = [[]]
        var at = 0
        while at < bytes.count {
            if bytes[at] == 13 {
                guard at + 1 < bytes.count, bytes[at + 1] == 10 else { return "bare CR" }
                at += 2
                if lines[lines.count - 1].isEmpty && lines.count > 1 { break }
                if !(lines.count == 1 && lines[0].isEmpty) { lines.append([]) }
                continue
            }
            guard bytes[at] == 9 || bytes[at] >= 32, bytes[at] != 127 else { return "control byte in the head" }
            lines[lines.count - 1].append(bytes[at])
            at += 1
        }
        return lineProblem(lines) ?? bodyProblem(lines, Array(bytes[at...]), request)
    }

    private static func lineProblem(_ lines: [[UInt8]]) -> String? {
        let words = lines[0].split(separator: 32, omittingEmptySubsequences: false)
        guard words.count == 3, words[2].starts(with: latin("HTTP/1.")), words[2].count == 8 else {
            return "request line"
        }
        for line in lines.dropFirst() where !line.isEmpty {
            guard let colon = line.firstIndex(of: 58), colon > 0 else { return "no colon" }
            guard !line[..<colon].contains(where: { $0 <= 32 || $0 > 126 }) else { return "field name" }
        }
        return nil
    }

    private static func values(_ name: String, _ lines: [[UInt8]]) -> [String] {
        lines.dropFirst()
            .compactMap { line in
                guard let colon = line.firstIndex(of: 58) else { return nil }
                guard String(decoding: line[..<colon], as: UTF8.self).lowercased() == name else { return nil }
                return String(decoding: line[(colon + 1)...], as: UTF8.self)
                    .split(omittingEmptySubsequences: true) { $0 == " " || $0 == "\t" }
                    .joined(separator: " ")
            }
    }

    private static func bodyProblem(_ lines: [[UInt8]], _ rest: [UInt8], _ request: RequestView) -> String? {
        let lengths = values("content-length", lines)
        let codings = values("transfer-encoding", lines)
        let hosts = values("host", lines)
        guard lengths.count + codings.count <= 1 else { return "ambiguous length" }
        guard hosts.count == 1 || (hosts.isEmpty && request.minorVersion == 0) else { return "host" }
        guard values("idempotency-key", lines).count <= 1 else { return "two keys" }
        if let coding = codings.first { return coding.lowercased() == "chunked" ? nil : "coding" }
        guard let length = lengths.first else { return rest.isEmpty ? nil : "a body from nowhere" }
        return Int(length) == rest.count ? nil : "length"
    }
}
