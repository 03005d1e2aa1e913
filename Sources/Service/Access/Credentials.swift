import Domain
import HTTP
import Synchronization

/// In whose name a request is made: a number that means the same name for as long as the process lives.
struct CallerID: BitwiseCopyable, Equatable, Sendable {
    let rawValue: UInt16

    /// Who has shown no credential, because none is asked for.
    static let nobody = Self(rawValue: 0)
}

/// The credentials of a file, as they were when it was read.
final class CredentialTable: Sendable {
    /// One token.
    struct Entry: Sendable {
        let digest: SHA256Digest
        let scopes: ScopeSet
        let caller: CallerID
    }

    /// In the file's order.
    let entries: [Entry]
    /// Every name that a caller's number has ever stood for, by that number; nobody's is empty.
    let names: [[UInt8]]

    fileprivate init(entries: [Entry], names: [[UInt8]]) {
        self.entries = entries
        self.names = names
    }

    /// The place of the token with this digest; nil where there is none.
    ///
    /// Cost: the same wherever it stands, and whether or not: all of them are compared.
    func find(_ digest: SHA256Digest) -> Int? {
        var found: Int?
        for (index, entry) in entries.enumerated() where entry.digest.isEqual(digest) { found = index }
        return found
    }
}

/// The credentials of a server: a file that is read at the start and again when somebody asks for it.
///
/// - Isolation: any thread.
package final class Credentials: Sendable {
    /// Names in the life of a process, over all versions of the file: a caller's number is never used for another.
    private static let namesMax = 16_384

    /// Where they stand.
    let file: String
    /// What fingerprints of tokens are made with; another one at each start.
    let key: FingerprintKey
    private let read: @Sendable (String) throws(ConfigurationError) -> [UInt8]
    private let present: Mutex<CredentialTable>
    private let count = Atomic<Int>(0)

    /// Reads the file.
    ///
    /// - Parameters:
    ///   - file: its path.
    ///   - key: random.
    ///   - read: gives a file's bytes.
    /// - Throws: what is wrong with the file.
    package init(
        file: String,
        key: FingerprintKey,
        read: @escaping @Sendable (String) throws(ConfigurationError) -> [UInt8] = { path throws(ConfigurationError) in
            try ServerConfiguration.bytes(ofFile: path)
        }
    ) throws(ConfigurationError) {
        self.file = file
        self.key = key
        self.read = read
        present = Mutex(CredentialTable(entries: [], names: [[]]))
        try reload()
    }

    /// Reads the file again; the next request of each loop is judged by it.
    ///
    /// - Throws: what is wrong with the file: then all stays as it was.
    package func reload() throws(ConfigurationError) {
        let credentials = try CredentialFile.credentials(of: read(file), named: file)
        let file = file
        try present.withLock { (table) throws(ConfigurationError) in
            table = try Self.table(credentials, after: table, file)
        }
        count.add(1, ordering: .releasing)
    }

    private static func table(
        _ credentials: [Credential],
        after before: CredentialTable,
        _ file: String
    ) throws(ConfigurationError) -> CredentialTable {
        var names = before.names
        let entries = credentials.map { credential in
            let name = Array(credential.name.utf8)
            let number = names.firstIndex(of: name) ?? names.count
            if number == names.count { names.append(name) }
            return CredentialTable.Entry(
                digest: credential.digest,
                scopes: credential.scopes,
                caller: CallerID(rawValue: UInt16(truncatingIfNeeded: number))
            )
        }
        guard names.count <= namesMax else {
            throw ConfigurationError(
                origin: .file(file, line: 0),
                key: "",
                reason: "more than \(namesMax) names since the start: only a restart takes more"
            )
        }
        return CredentialTable(entries: entries, names: names)
    }

    /// Changes with each new table.
    var generation: Int { count.load(ordering: .acquiring) }

    /// What counts now.
    var table: CredentialTable { present.withLock { $0 } }

    /// How many tokens there are.
    package var tokens: Int { table.entries.count }
}
