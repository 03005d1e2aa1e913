import Testing

@testable import simulate

@Suite("Simulation")
struct SimulationTests {
    /// Everything that a run has to tell.
    private func lines(of seed: UInt64) throws -> [String] {
        var lines: [String] = []
        try Simulation(seed: seed, plant: nil) { lines.append($0) }.run()
        return lines
    }

    @Test("a seed gives the same run again, event for event", arguments: [1, 2, 3] as [UInt64])
    func sameTrace(seed: UInt64) throws {
        let first = try lines(of: seed)
        #expect(first.count > 100)
        #expect(try lines(of: seed) == first)
    }

    @Test("the simulation finds each bug that is planted in it", arguments: Plant.allCases)
    func plants(plant: Plant) throws {
        var options = try Options(["--seeds", "1000"])
        options.plant = plant
        var session = Session(options)
        #expect(session.run(nil) != nil)
    }

    @Test("a wrong command line is refused", arguments: [["--seeds"], ["--seed", "x"], ["--plant", "y"], ["z"]])
    func options(arguments: [String]) {
        #expect(throws: UsageError.self) { try Options(arguments) }
    }
}
