import Domain
import Testing

@Suite("The table that forgets")
struct GenerationalTableTests {
    private static let window: Int64 = 1_000

    private struct Memory {
        let value: UInt64
        let at: Int64
    }

    /// Two promises: nothing is forgotten within the window; all is forgotten a third of it later, at the next insert.
    @Test("an entry is kept for the window and not much longer", arguments: UInt64(1)...6)
    func againstModel(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let table = GenerationalBox(window: Self.window, entriesMax: 1_000_000)
        var model: [Fingerprint: Memory] = [:]
        var clock: Int64 = -3_000
        var latest = Int64.min
        let longest = Self.window + (Self.window + 2) / 3
        for step in 0..<20_000 {
            clock += Int64(random.below(random.oneIn(400) ? 2_500 : 12)) - (random.oneIn(50) ? 300 : 2)
            latest = max(latest, clock)
            let fingerprint = Fingerprint(high: UInt64(random.below(3_000)), low: 5)
            table.insert(fingerprint, UInt64(step), at: clock)
            model[fingerprint] = Memory(value: UInt64(step), at: latest)
            let probe = Fingerprint(high: UInt64(random.below(3_000)), low: 5)
            let place: Comment = "seed \(seed), step \(step)"
            guard let memory = model[probe] else {
                try #require(table.find(probe) == nil, place)
                continue
            }
            let age = latest - memory.at
            if age <= Self.window { try #require(table.find(probe) == memory.value, place) }
            if age > longest { try #require(table.find(probe) == nil, place) }
        }
        #expect(model.count > 2_000)
        #expect(table.count < 5_000, "next to nothing was forgotten")
    }

    @Test("two replays of the same inserts remember the same, whatever was asked in between")
    func determinism() {
        var random = SeededGenerator(seed: 3)
        let asked = GenerationalBox(window: Self.window, entriesMax: 100)
        let silent = GenerationalBox(window: Self.window, entriesMax: 7)
        var clock: Int64 = 0
        for step in 0..<5_000 as Range<UInt64> {
            clock += Int64(random.below(40))
            _ = asked.isFull(at: clock + 100_000)
            _ = asked.find(Fingerprint(high: step / 2, low: 0))
            asked.insert(Fingerprint(high: step, low: 0), step, at: clock)
            silent.insert(Fingerprint(high: step, low: 0), step, at: clock)
        }
        #expect(asked.contents() == silent.contents())
    }

    @Test("a full table says so until time makes room")
    func fullness() {
        let table = GenerationalBox(window: Self.window, entriesMax: 3)
        for number in 0..<3 as Range<UInt64> {
            #expect(!table.isFull(at: 10))
            table.insert(Fingerprint(high: number, low: 1), number, at: 10)
        }
        #expect(table.isFull(at: 10))
        #expect(table.isFull(at: 10 + Self.window))
        #expect(!table.isFull(at: 11 + Self.window))
        #expect(table.isFull(at: -5_000), "a clock that went back makes no room")
        table.insert(Fingerprint(high: 9, low: 1), 9, at: 11 + Self.window)
        #expect(table.count == 1)
    }

    @Test("an entry is there on the last millisecond of its window, and the newest of several is told")
    func edges() {
        let table = GenerationalBox(window: Self.window, entriesMax: 100)
        let old = Fingerprint(high: 1, low: 1)
        table.insert(old, 1, at: 0)
        for moment in [400, 800, Self.window] as [Int64] {
            table.insert(Fingerprint(high: 2, low: 2), UInt64(moment), at: moment)
            #expect(table.find(Fingerprint(high: 2, low: 2)) == UInt64(moment))
        }
        #expect(table.find(old) == 1)
        table.insert(Fingerprint(high: 3, low: 3), 3, at: Self.window + 1)
        #expect(table.find(old) == nil)
    }

    @Test("a copy made by a visit forgets nothing sooner")
    func copies() throws {
        var random = SeededGenerator(seed: 5)
        let table = GenerationalBox(window: Self.window, entriesMax: 100_000)
        for step in 0..<2_000 as Range<UInt64> {
            table.insert(Fingerprint(high: step, low: random.next()), step, at: Int64(step))
        }
        let copy = GenerationalBox(window: Self.window, entriesMax: 100_000)
        table.visit { copy.insert($0, $1, at: $2) }
        #expect(copy.contents() == table.contents())
        let later = Fingerprint(high: 0, low: 0)
        copy.insert(later, 1, at: 2_900)
        table.insert(later, 1, at: 2_900)
        let kept = copy.contents()
        for (fingerprint, value) in table.contents() { try #require(kept[fingerprint] == value) }
    }

    @Test("a forgotten generation gives its memory back over the inserts that follow")
    func memory() {
        var random = SeededGenerator(seed: 7)
        let table = GenerationalBox(window: Self.window, entriesMax: 1_000_000)
        for _ in 0..<50_000 { table.insert(Fingerprint(high: random.next(), low: 0), 1, at: 0) }
        let full = table.memoryBytes
        table.insert(Fingerprint(high: 1, low: 1), 1, at: Self.window + 1)
        #expect(table.count == 1)
        #expect(table.memoryBytes > full / 2, "all of it was given back in one call")
        for _ in 0..<1_100 { table.insert(Fingerprint(high: 1, low: 1), 1, at: Self.window + 1) }
        #expect(table.memoryBytes < 1_000)
    }

    @Test("the furthest instants are no trap")
    func extremes() {
        let table = GenerationalBox(window: .max, entriesMax: 10)
        let fingerprint = Fingerprint(high: 1, low: 1)
        for instant in [Int64.min, 0, .max, .min] {
            table.insert(fingerprint, 1, at: instant)
            #expect(!table.isFull(at: .max))
        }
        #expect(table.find(fingerprint) == 1)
    }
}
