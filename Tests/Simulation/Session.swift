/// Runs one seed after the other, and says what came of them.
struct Session {
    let options: Options
    private(set) var steps = 0
    private(set) var answers = 0
    private(set) var restarts = 0
    private(set) var tornRestarts = 0
    private(set) var refusedStarts = 0
    private(set) var runs = 0

    init(_ options: Options) {
        self.options = options
    }

    /// Runs the seeds up to the first that breaks a promise.
    ///
    /// - Returns: that seed and the promise; nil where all were kept.
    mutating func run(_ trace: ((String) -> Void)?) -> (seed: UInt64, violation: Violation)? {
        for offset in 0..<options.seeds {
            let seed = options.first &+ offset
            let simulation = Simulation(seed: seed, plant: options.plant, trace: trace)
            defer { add(simulation) }
            do throws(Violation) {
                try simulation.run()
            } catch {
                return (seed, error)
            }
        }
        return nil
    }

    private mutating func add(_ simulation: Simulation) {
        runs += 1
        steps += simulation.tally.steps
        restarts += simulation.tally.restarts
        tornRestarts += simulation.tally.tornRestarts
        refusedStarts += simulation.tally.refusedStarts
        answers += simulation.checker.answers
    }
}
