import Foundation
import Synchronization

/// A folder for one server's data, removed with this object.
final class DataFolder: Sendable {
    let path: String

    private static let count = Atomic<Int>(0)

    init() throws {
        let number = Self.count.add(1, ordering: .relaxed).newValue
        path = "\(Reaper.shared.root)/\(number)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Where servers on this folder store their data; made by the first of them.
    var data: String { path + "/data" }

    /// The file that takes what servers on this folder print on standard error.
    var errors: String { path + "/stderr" }

    var errorText: String { (try? String(contentsOfFile: errors, encoding: .utf8)) ?? "" }

    /// All files of the data folder whose name ends with `suffix`, sorted by path.
    func files(_ suffix: String) -> [String] {
        let names = FileManager.default.enumerator(atPath: data)?.compactMap { $0 as? String } ?? []
        return names.filter { $0.hasSuffix(suffix) }.sorted().map { data + "/" + $0 }
    }
}
