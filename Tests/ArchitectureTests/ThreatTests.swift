import Foundation
import Testing

@Suite("Threats")
struct ThreatTests {
    /// What the last column of the table of attacks names between backticks.
    private func named() throws -> [String] {
        let file = SourceTree.root.appending(path: "Sources/Service/THREATS.md")
        let rows = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            .map { $0.split(separator: "|", omittingEmptySubsequences: false) }
        return rows.filter { $0.count == 5 }
            .flatMap { columns in
                columns[3].split(separator: "`", omittingEmptySubsequences: false).enumerated()
                    .filter { !$0.offset.isMultiple(of: 2) }.map { String($0.element) }
            }
    }

    @Test("every test that the threat model names is there")
    func tests() throws {
        let sources = try SourceTree.files("Tests").flatMap(\.lines).joined(separator: "\n")
        let names = try named()
        #expect(names.count > 30)
        for name in names {
            let isScript = FileManager.default.isExecutableFile(atPath: SourceTree.root.appending(path: name).path)
            #expect(isScript || sources.contains("\"\(name)\""), "\(name)")
        }
    }
}
