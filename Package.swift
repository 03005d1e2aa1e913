// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is built the same way: Swift 6 mode, unsafe code spelled out, no warnings.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
    // Debug builds, and so all tests and sanitizer runs, check every access for exclusivity; there it costs nothing
    // that matters. In a release build the checks of class properties were a tenth of the user time of a purchase.
    // Without optimization across modules each call of a small function of another part is a call, with its reference
    // counts: a twentieth of the user instructions of a purchase.
    .unsafeFlags(["-enforce-exclusivity=unchecked", "-cross-module-optimization"], .when(configuration: .release)),
]

/// The sanitizer that `Tests/run sanitizers` builds with: `thread` or `address`.
///
/// Not `swift build --sanitize`, because the compiler (6.3) fails on Domain under the thread sanitizer. Domain is pure and
/// shares nothing between threads. The parts are optimised, as whole runs take minutes so, and an hour else.
let sanitizer = Context.environment["STOCKKEEPER_SANITIZER"]
let watched: [SwiftSetting] = sanitizer.map { [.unsafeFlags(["-sanitize=\($0)"])] } ?? []
let optimised: [SwiftSetting] = sanitizer.map { _ in [.unsafeFlags(["-O"])] } ?? []
let watchedLink: [LinkerSetting] = sanitizer.map { [.unsafeFlags(["-sanitize=\($0)"])] } ?? []
let watchedC: [CSetting] = sanitizer.map { [.unsafeFlags(["-fsanitize=\($0)"])] } ?? []

/// A part of the product.
///
/// The order below is the order of imports: a part sees only parts above it.
func part(_ name: String, _ dependencies: [Target.Dependency], documents: [String] = []) -> Target {
    .target(
        name: name,
        dependencies: dependencies,
        exclude: documents,
        swiftSettings: strict + optimised + (name == "Domain" && sanitizer == "thread" ? [] : watched)
    )
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: name,
        dependencies: dependencies,
        swiftSettings: strict + watched,
        linkerSettings: watchedLink
    )
}

let package = Package(
    name: "Stockkeeper",
    products: [
        .executable(name: "stockkeeper", targets: ["stockkeeper"]),
        // Preloaded into the server by the benchmarks, to count its allocations.
        .library(name: "allocation-counter", type: .dynamic, targets: ["AllocationCounter"]),
    ],
    targets: [
        .target(name: "CPlatform", cSettings: watchedC),
        part("Platform", ["CPlatform"]),
        part("Domain", []),
        part("Journal", ["Platform"], documents: ["FORMAT.md"]),
        part("Loop", ["Platform"]),
        part("HTTP", []),
        part("Keepers", ["Platform", "Domain", "Journal", "Loop"], documents: ["TRANSACTIONS.md"]),
        part(
            "Service",
            ["Platform", "Domain", "Journal", "Loop", "HTTP", "Keepers"],
            documents: ["THREATS.md"]
        ),
        .executableTarget(
            name: "stockkeeper",
            dependencies: ["Service", "Platform"],
            swiftSettings: strict + watched,
            linkerSettings: watchedLink
        ),

        .executableTarget(name: "ceiling", path: "Benchmarks/Ceiling", linkerSettings: watchedLink),
        .target(name: "AllocationCounter", path: "Benchmarks/AllocationCounter", linkerSettings: watchedLink),
        .executableTarget(
            name: "stockkeeper-bench",
            dependencies: ["Platform"],
            path: "Benchmarks/Load",
            swiftSettings: strict + watched,
            linkerSettings: watchedLink
        ),

        .executableTarget(
            name: "faulty-server",
            dependencies: ["Service", "Keepers", "Platform"],
            path: "Tests/FaultyServer",
            swiftSettings: strict + watched,
            linkerSettings: watchedLink
        ),

        .executableTarget(
            name: "simulate",
            dependencies: ["Service", "Keepers", "Journal", "Loop", "Domain", "Platform"],
            path: "Tests/Simulation",
            swiftSettings: strict + watched,
            linkerSettings: watchedLink
        ),

        tests("PlatformTests", ["Platform"]),
        tests("DomainTests", ["Domain"]),
        tests("JournalTests", ["Journal", "Platform"]),
        tests("LoopTests", ["Loop", "Platform"]),
        tests("HTTPTests", ["HTTP"]),
        tests("KeepersTests", ["Keepers", "Domain", "Journal", "Loop", "Platform"]),
        tests("ServiceTests", ["Service", "Keepers", "Journal", "Loop", "Domain", "HTTP", "Platform"]),
        tests("ArchitectureTests", []),
        tests("SystemTests", ["Platform"]),
        tests("LoadTests", ["stockkeeper-bench", "Platform"]),
        tests("SimulationTests", ["simulate"]),
    ]
)
