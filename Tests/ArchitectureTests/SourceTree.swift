import Foundation

/// The Swift files below a folder of the repository.
struct SourceTree {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    struct File: CustomStringConvertible {
        /// Below the repository's root, such as `Sources/Domain/Money.swift`.
        let path: String
        let lines: [Substring]

        var description: String { path }

        /// The modules that it imports.
        var imports: [String] {
            lines.compactMap { line in
                let words = line.split(separator: " ")
                guard let place = words.firstIndex(of: "import"), place + 1 < words.count,
                    words[..<place].allSatisfy({ $0.hasPrefix("@") || Self.access.contains(String($0)) })
                else { return nil }
                let name = words[place + 1]
                // `import struct Foundation.Date` names its module second.
                let module = Self.kinds.contains(String(name)) && place + 2 < words.count ? words[place + 2] : name
                return String(module.split(separator: ".")[0])
            }
        }

        private static let access: Set = ["public", "package", "internal", "fileprivate", "private"]
        private static let kinds: Set = ["typealias", "struct", "class", "enum", "protocol", "let", "var", "func"]
    }

    /// All files of `folder`, sorted.
    static func files(_ folder: String) throws -> [File] {
        let base = root.appending(path: folder)
        let names = try FileManager.default.subpathsOfDirectory(atPath: base.path)
        return try names.filter { $0.hasSuffix(".swift") }.sorted()
            .map { name in
                let text = try String(contentsOf: base.appending(path: name), encoding: .utf8)
                return File(
                    path: "\(folder)/\(name)",
                    lines: text.split(separator: "\n", omittingEmptySubsequences: false)
                )
            }
    }
}
