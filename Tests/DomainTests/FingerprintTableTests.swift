import Testing

@testable import Domain

@Suite("The table of fingerprints")
struct FingerprintTableTests {
    private func random(_ random: inout SeededGenerator) -> Fingerprint {
        Fingerprint(high: random.next(), low: random.next())
    }

    private func dictionary(_ table: FingerprintBox) -> [Fingerprint: UInt64] {
        let entries = table.entries()
        let dictionary = Dictionary(entries) { first, _ in first }
        #expect(dictionary.count == entries.count, "an entry was visited twice")
        return dictionary
    }

    /// 60,000 operations on up to 30,000 fingerprints: across every growth of the one shard and past the cut into many.
    @Test("a table does what a dictionary does, at every size", arguments: UInt64(1)...4)
    func againstDictionary(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let table = FingerprintBox()
        var model: [Fingerprint: UInt64] = [:]
        var known: [Fingerprint] = [Fingerprint(high: 0, low: 0)]
        for step in 0..<60_000 {
            if generator.oneIn(2) { known.append(random(&generator)) }
            let fingerprint = known[generator.below(known.count)]
            let value = generator.next() >> UInt64(1 + generator.below(60))
            let place: Comment = "seed \(seed), step \(step)"
            switch generator.below(4) {
            case 0:
                try #require(table.set(value, for: fingerprint) == model.updateValue(value, forKey: fingerprint), place)
            case 1:
                try #require(table.insert(fingerprint, value) == model[fingerprint], place)
                if model[fingerprint] == nil { model[fingerprint] = value }
            case 2:
                let sum = (model[fingerprint] ?? 0).addingReportingOverflow(value)
                table.add(value, to: fingerprint)
                model[fingerprint] = sum.overflow ? FingerprintTable.valueMax : min(sum.partialValue, .max - 1)
            default: break
            }
            try #require(table.find(fingerprint) == model[fingerprint], place)
            try #require(table.count == model.count, place)
        }
        #expect(model.count > 17_000, "too few to be cut into shards")
        #expect(dictionary(table) == model)
    }

    @Test("fingerprints made by hand are as good as any", arguments: [0, 1, 10, 32, 54] as [UInt64])
    func handMade(shift: UInt64) throws {
        let table = FingerprintBox()
        var model: [Fingerprint: UInt64] = [:]
        for number in 0..<40_000 as Range<UInt64> {
            for made in [Fingerprint(high: number << shift, low: 0), Fingerprint(high: 0, low: number << shift)] {
                try #require(table.set(number, for: made) == model.updateValue(number, forKey: made))
            }
        }
        #expect(dictionary(table) == model)
        for (made, number) in model { try #require(table.find(made) == number) }
    }

    @Test("the fingerprint of zeros and the largest value are like any other")
    func edges() {
        let table = FingerprintBox()
        let zero = Fingerprint(high: 0, low: 0)
        #expect(table.find(zero) == nil)
        #expect(table.isEmpty)
        #expect(table.set(0, for: zero) == nil)
        #expect(table.find(zero) == 0)
        #expect(table.set(FingerprintTable.valueMax, for: zero) == 0)
        table.add(1, to: zero)
        #expect(table.find(zero) == FingerprintTable.valueMax)
        #expect(table.count == 1)
    }

    @Test("memory is 27 to 40 bytes an entry at any size past a hundred, and about 33 in a large table")
    func memory() throws {
        var generator = SeededGenerator(seed: 9)
        let table = FingerprintBox()
        for count in 1...300_000 {
            _ = table.set(1, for: random(&generator))
            guard count >= 100, count % 97 == 0 else { continue }
            let bytesPerEntry = Double(table.memoryBytes) / Double(count)
            try #require(bytesPerEntry > 26 && bytesPerEntry < 42, "\(count) entries")
            if count > 100_000 { try #require(bytesPerEntry > 30 && bytesPerEntry < 37, "\(count) entries") }
        }
    }

    /// In the order of the hashes, a copy would be filled from its front, everything far from home: quadratic time.
    @Test("a visit jumps about, whatever the capacity", arguments: [100, 500, 1_000, 3_000, 8_000])
    func scatteredVisits(count: Int) throws {
        var generator = SeededGenerator(seed: 11)
        let table = FingerprintBox()
        for _ in 0..<count { _ = table.set(1, for: random(&generator)) }
        var quarters = [0, 0, 0, 0]
        for (fingerprint, _) in table.entries().prefix(40) {
            quarters[Int(FingerprintShard.hash(fingerprint) >> 62)] += 1
        }
        for quarter in quarters { #expect((3...24).contains(quarter), "of the first 40 entries: \(quarters)") }
    }

    @Test("a table filled from another holds the same")
    func copies() {
        var generator = SeededGenerator(seed: 12)
        let table = FingerprintBox()
        for number in 0..<100_000 as Range<UInt64> { _ = table.set(number, for: random(&generator)) }
        let copy = FingerprintBox()
        table.visit { _ = copy.set($1, for: $0) }
        #expect(dictionary(copy) == dictionary(table))
    }

    @Test("a visit ends with the error that its body throws")
    func throwingVisit() {
        struct Enough: Error {}
        let table = FingerprintBox()
        for number in 0..<10 as Range<UInt64> { _ = table.set(number, for: Fingerprint(high: number, low: number)) }
        var visits = 0
        do throws(Enough) {
            try table.visit { (_, _) throws(Enough) in
                visits += 1
                if visits == 3 { throw Enough() }
            }
            Issue.record("the error was lost")
        } catch {
            #expect(visits == 3)
        }
    }
}
