/// What the command line asks for.
struct Options {
    var first: UInt64 = 1
    var seeds: UInt64 = 100
    var traces = false
    var plant: Plant?

    static let help = """
        Usage: simulate [--seeds N] [--first S] [--plant KIND]
               simulate --seed S --trace [--plant KIND]

        Runs the whole server on a simulated disk, clock and network, one run a seed, and checks after every step what
        it promises. Prints the first seed that breaks a promise; with --seed and --trace it shows how.

          --seeds N      how many runs (100)
          --first S      the first seed (1); the others follow
          --seed S       this one alone
          --trace        prints each event in a line
          --plant KIND   with a bug: \(Plant.allCases.map(\.rawValue).joined(separator: ", "))
          --help         this text

        Exit codes: 0 every promise was kept; 1 one was broken; 2 wrong command line.

        """

    init(_ arguments: [String]) throws(UsageError) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--seeds": seeds = try Self.number(&rest, argument)
            case "--first": first = try Self.number(&rest, argument)
            case "--seed":
                first = try Self.number(&rest, argument)
                seeds = 1
            case "--trace": traces = true
            case "--plant":
                guard let name = rest.popFirst(), let plant = Plant(rawValue: name) else {
                    throw UsageError(description: "--plant takes the name of a bug: see --help")
                }
                self.plant = plant
            default: throw UsageError(description: "unexpected argument '\(argument)'")
            }
        }
    }

    private static func number(_ rest: inout ArraySlice<String>, _ name: String) throws(UsageError) -> UInt64 {
        guard let value = rest.popFirst().flatMap({ UInt64($0) }) else {
            throw UsageError(description: "\(name) takes a number")
        }
        return value
    }
}

/// A wrong command line, in a sentence.
struct UsageError: Error, CustomStringConvertible {
    let description: String
}
