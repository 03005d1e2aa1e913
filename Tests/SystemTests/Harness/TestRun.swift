import Foundation
import Platform

/// What is chosen from outside for one run of the tests, and the little that all of them share.
enum TestRun {
    /// Multiplies rounds and volumes, from `SYSTEM_TEST_SCALE`; 1 suits every commit, 20 a night.
    static let scale = max(1, Int(environment["SYSTEM_TEST_SCALE"] ?? "") ?? 1)

    /// Where the executables are: beside the test bundle, or in `SYSTEM_TEST_EXECUTABLES`.
    static func executable(_ name: String) throws -> String {
        let path = executables + "/" + name
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw HarnessFailure("\(path) is not there: run `swift build` first")
        }
        return path
    }

    /// The seed of a random test: `SYSTEM_TEST_SEED` where it is set, a new one otherwise.
    ///
    /// It is printed, so that any run can be repeated.
    static func seed(_ test: String) -> UInt64 {
        let seed = UInt64(environment["SYSTEM_TEST_SEED"] ?? "") ?? UInt64.random(in: 1...999_999_999)
        print("\(test): SYSTEM_TEST_SEED=\(seed)")
        return seed
    }

    /// Seconds on the monotonic clock.
    static var now: Double { Double(SystemClock().monotonicNanoseconds()) / 1e9 }

    private static let environment = ProcessInfo.processInfo.environment

    private static let executables: String =
        environment["SYSTEM_TEST_EXECUTABLES"]
        ?? URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
}

/// The harness could not do its work; says why, and what the server had printed.
struct HarnessFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// The generator of all random choices here (SplitMix64): the same seed, the same choices.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
