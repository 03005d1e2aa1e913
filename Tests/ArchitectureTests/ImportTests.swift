import Testing

/// Which module may import which.
///
/// A part sees only parts above it; whoever adds a line here changes the architecture.
enum ImportTable {
    /// What every file of a folder may import; the longest folder that holds a file counts.
    static let allowed: [(folder: String, modules: Set<String>)] = [
        ("Sources/Platform", ["CPlatform", "Glibc", "Synchronization"]),
        ("Sources/Domain", []),
        ("Sources/Journal", ["Platform", "Synchronization"]),
        ("Sources/Loop", ["Platform", "Synchronization"]),
        ("Sources/HTTP", []),
        ("Sources/Keepers", ["Platform", "Domain", "Journal", "Loop", "Synchronization"]),
        ("Sources/Service", service),
        ("Sources/Service/Configuration", service.union(["FoundationEssentials"])),
        ("Sources/Service/Requests", service.union(["FoundationEssentials"])),
        ("Sources/Service/Metrics", service.union(["FoundationEssentials"])),
        ("Sources/Service/Server", service.union(["FoundationEssentials"])),
        ("Sources/stockkeeper", ["Platform", "Service"]),
        ("Benchmarks/Load", ["Platform", "Synchronization", "Foundation"]),
    ]

    private static let service: Set = ["Platform", "Domain", "Journal", "Loop", "HTTP", "Keepers", "Synchronization"]

    /// What a file may import; nil where no folder of the table holds it.
    static func modules(for path: String) -> Set<String>? {
        allowed.filter { path.hasPrefix($0.folder + "/") }.max { $0.folder.count < $1.folder.count }?.modules
    }
}

@Suite("Imports")
struct ImportTests {
    @Test(
        "imports go down only, and Foundation and Glibc stay where they belong",
        arguments: ["Sources", "Benchmarks"]
    )
    func imports(folder: String) throws {
        let files = try SourceTree.files(folder)
        #expect(!files.isEmpty)
        for file in files {
            let allowed = try #require(ImportTable.modules(for: file.path), "\(file) is in no folder of the table")
            for module in file.imports where !allowed.contains(module) {
                Issue.record("\(file) imports \(module)")
            }
        }
    }

    @Test("every folder of the table is there, so that a renamed one is not simply allowed everything")
    func table() throws {
        let paths = try SourceTree.files("Sources").map(\.path) + SourceTree.files("Benchmarks").map(\.path)
        for entry in ImportTable.allowed {
            #expect(paths.contains { $0.hasPrefix(entry.folder + "/") }, "\(entry.folder)")
        }
    }

    @Test("every way to write an import is seen")
    func spellings() {
        let lines = [
            "import A", "@testable import B", "public import C", "@preconcurrency internal import D",
            "import struct E.F", "import G.H", "// import X", "let important = 1", "    import I",
        ]
        #expect(SourceTree.File(path: "", lines: lines.map { $0[...] }).imports == ["A", "B", "C", "D", "E", "G", "I"])
    }
}

@Suite("Files")
struct FileTests {
    /// A reader holds a file of this size in mind; a larger one has two subjects.
    private static let linesMax = 450

    @Test("no file is longer than a reader can hold", arguments: ["Sources", "Benchmarks", "Tests"])
    func lengths(folder: String) throws {
        for file in try SourceTree.files(folder) where file.lines.count > Self.linesMax {
            Issue.record("\(file) has \(file.lines.count) lines")
        }
    }

    @Test("nothing in the product is left to be done later", arguments: ["TODO", "FIXME", "XXX", "fatalError("])
    func unfinished(word: String) throws {
        for file in try SourceTree.files("Sources") {
            for (number, line) in file.lines.enumerated() where line.contains(word) {
                Issue.record("\(file):\(number + 1) says \(word)")
            }
        }
    }

    @Test("no placeholder is left", arguments: ["Sources", "Benchmarks", "Tests"])
    func placeholders(folder: String) throws {
        for file in try SourceTree.files(folder) where file.path.hasSuffix("/Placeholder.swift") {
            Issue.record("\(file)")
        }
    }
}
