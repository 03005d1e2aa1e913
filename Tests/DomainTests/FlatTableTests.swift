import Testing

@testable import Domain

@Suite("Tables as flat memory")
struct FlatTableTests {
    private func fingerprint(_ random: inout SeededGenerator) -> Fingerprint {
        Fingerprint(high: random.next(), low: random.next())
    }

    /// The flat form of a table with so many random entries, and those.
    private func table(_ count: Int, _ random: inout SeededGenerator) throws -> ([UInt8], [Fingerprint: UInt64]) {
        var table = FingerprintTable()
        var model: [Fingerprint: UInt64] = [:]
        for _ in 0..<count {
            let (key, value) = (fingerprint(&random), random.next() >> 1)
            table.set(value, for: key)
            model[key] = value
        }
        let buffer = FlatBuffer()
        try table.write(to: buffer)
        return (buffer.bytes, model)
    }

    @Test(
        "a table restored from its memory is the same bit by bit, and goes on in the same way",
        arguments: [0, 1, 3, 4, 5, 8_191, 8_192, 20_000]
    )
    func roundTrip(count: Int) throws {
        var random = SeededGenerator(seed: UInt64(count))
        let (bytes, model) = try table(count, &random)
        guard var first = try FingerprintTable.read(from: FlatBuffer(bytes)),
            var second = try FingerprintTable.read(from: FlatBuffer(bytes))
        else {
            Issue.record("the table is refused")
            return
        }
        #expect(first.count == model.count)
        for (key, value) in model where first.find(key) != value {
            Issue.record("\(key) is lost")
        }
        let sum = first.sum
        #expect(sum == model.values.reduce(0, &+))
        // `first` was read; `second` is written at once, then both grow alike.
        let again = FlatBuffer()
        try second.write(to: again)
        #expect(again.bytes == bytes)
        for _ in 0..<9_000 {
            let (key, value) = (fingerprint(&random), random.next() >> 1)
            first.set(value, for: key)
            second.set(value, for: key)
        }
        let (left, right) = (FlatBuffer(), FlatBuffer())
        try first.write(to: left)
        try second.write(to: right)
        #expect(left.bytes == right.bytes)
    }

    @Test("no bytes make reading a table trap or hang; what is accepted finds what it holds", arguments: [30, 9_000])
    func hostile(count: Int) throws {
        var random = SeededGenerator(seed: 7)
        let (bytes, _) = try table(count, &random)
        var refused = 0
        for round in 0..<600 {
            var changed = bytes
            switch round % 4 {
            case 0: changed[random.below(changed.count)] ^= 1 << UInt8(random.below(8))
            case 1: changed.removeLast(1 + random.below(changed.count))
            case 2: for _ in 0..<8 { changed[random.below(min(changed.count, 64))] = UInt8(random.below(256)) }
            default:
                let slot = 16 + 24 * random.below(count / 2)
                changed.replaceSubrange(slot..<(slot + 24), with: (0..<24).map { _ in UInt8(random.below(256)) })
            }
            do {
                guard let table = try FingerprintTable.read(from: FlatBuffer(changed)) else {
                    refused += 1
                    continue
                }
                var entries: [(Fingerprint, UInt64)] = []
                table.visitInOrder { entries.append(($0, $1)) }
                let isComplete = entries.allSatisfy { table.find($0.0) != nil }
                #expect(isComplete, "round \(round): an entry is not found")
            } catch {
                refused += 1
            }
        }
        #expect(refused > 300)
    }

    @Test("a count that exceeds what there is asks for no memory")
    func huge() throws {
        for bytes in [[1, UInt64.max], [1, 1 << 40], [1_024, 1 << 60], [UInt64.max, 0], [2, 4]] as [[UInt64]] {
            let buffer = FlatBuffer()
            for word in bytes { try buffer.put(word) }
            let isRefused = try FingerprintTable.read(from: buffer) == nil
            #expect(isRefused, "\(bytes)")
        }
    }

    @Test("a restored memory of keys forgets exactly as the one it came from", arguments: UInt64(1)...6)
    func forgetting(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var live = GenerationalTable(windowMilliseconds: 300, entriesMax: 1_000)
        var clock: Int64 = 0
        for step in 0..<3_000 {
            clock += Int64(random.oneIn(200) ? random.below(500) : random.below(3))
            live.insert(fingerprint(&random), UInt64(step), at: Instant(millisecondsSinceEpoch: clock))
            guard step % 100 == 99 else { continue }
            let before = FlatBuffer()
            try live.write(to: before)
            var restored = GenerationalTable(windowMilliseconds: 300, entriesMax: 1_000)
            let isRead = try restored.read(from: FlatBuffer(before.bytes))
            #expect(isRead)
            for _ in 0..<50 {
                clock += Int64(random.below(20))
                let (key, now) = (fingerprint(&random), Instant(millisecondsSinceEpoch: clock))
                live.insert(key, 1, at: now)
                restored.insert(key, 1, at: now)
            }
            let (left, right) = (FlatBuffer(), FlatBuffer())
            try live.write(to: left)
            try restored.write(to: right)
            #expect(left.bytes == right.bytes, "seed \(seed), step \(step)")
            let counts = (live.count, restored.count)
            #expect(counts.0 == counts.1)
        }
    }
}
