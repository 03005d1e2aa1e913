import HTTP

/// A token that somebody may use: in whose name, and for what.
struct Credential: Sendable {
    /// Whose it is: what the trail of a SKU shows; two tokens may have one name.
    let name: String
    /// What it is good for.
    let scopes: ScopeSet
    /// The token's SHA-256; the token itself is nowhere.
    let digest: SHA256Digest

    /// The longest name.
    ///
    /// Unit: bytes.
    static let nameBytesMax = 64

    /// What the trail shows for what the server does by itself; no credential has this name.
    static let serverName = Array("server".utf8)

    /// Whether the text is 1...64 of the characters of identifiers, and not the server's own name.
    static func isName(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count <= nameBytesMax, bytes != serverName else { return false }
        return Identifier.isValid(bytes.span, ByteRange(0..<bytes.count))
    }

    /// The line of the credentials' file that says it.
    var line: String { "\(name) \(scopes.names) \(digest.hex)" }
}

extension ScopeSet {
    /// The scopes of a comma-separated list of names; nil where one is unknown or there is none.
    init?(names: some StringProtocol) {
        self = []
        for name in names.split(separator: ",", omittingEmptySubsequences: false) {
            guard let entry = Self.all.first(where: { $0.name.description == name }) else { return nil }
            insert(entry.scope)
        }
    }

    /// The names with commas between them.
    var names: String {
        Self.all.filter { contains($0.scope) }.map(\.name.description).joined(separator: ",")
    }
}

/// The text of a credentials' file.
///
/// A line for each token: name, scopes with commas between them, and the SHA-256 of the token in hexadecimal digits, with
/// blanks between the three. Empty lines, and what follows a `#`, say nothing.
enum CredentialFile {
    /// Tokens in one file: each token that is not known yet is held against all of them.
    static let credentialsMax = 1_024

    /// Reads a file's text.
    ///
    /// - Parameters:
    ///   - bytes: its content.
    ///   - name: its name, for errors.
    /// - Returns: at least one credential.
    /// - Throws: the first line that is wrong.
    static func credentials(of bytes: [UInt8], named name: String) throws(ConfigurationError) -> [Credential] {
        var credentials: [Credential] = []
        for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            guard let text = String(validating: line, as: UTF8.self) else {
                throw failure(name, index, "the line is not UTF-8")
            }
            guard let credential = try credential(of: text, name, index) else { continue }
            if credentials.contains(where: { $0.digest.isEqual(credential.digest) }) {
                throw failure(name, index, "this token has a line already")
            }
            guard credentials.count < credentialsMax else {
                throw failure(name, index, "more than \(credentialsMax) credentials")
            }
            credentials.append(credential)
        }
        guard !credentials.isEmpty else {
            throw ConfigurationError(origin: .file(name, line: 0), key: "", reason: "no credential stands in it")
        }
        return credentials
    }

    /// The credential of a line; nil where the line says nothing.
    private static func credential(
        of line: String,
        _ file: String,
        _ index: Int
    ) throws(ConfigurationError) -> Credential? {
        let text = line.prefix { $0 != "#" }
        let words = text.split { $0.isWhitespace }
        guard !words.isEmpty else { return nil }
        guard words.count == 3 else {
            throw failure(file, index, "a line is a name, scopes and a SHA-256, and this one has \(words.count) words")
        }
        let name = String(words[0])
        guard Credential.isName(name) else {
            throw failure(file, index, "the name must be 1 to 64 of A-Z a-z 0-9 . _ ~ -, and not `server`")
        }
        guard let scopes = ScopeSet(names: words[1]) else {
            let known = ScopeSet.all.map(\.name.description).joined(separator: ", ")
            throw failure(file, index, "\(words[1]) is no list of scopes: \(known), with commas between them")
        }
        // Not quoted: whoever puts the token here by mistake must not find it in a log.
        guard let digest = SHA256Digest(hex: String(words[2])) else {
            throw failure(file, index, "the third word is no SHA-256 of 64 hexadecimal digits")
        }
        return Credential(name: name, scopes: scopes, digest: digest)
    }

    private static func failure(_ name: String, _ index: Int, _ reason: String) -> ConfigurationError {
        ConfigurationError(origin: .file(name, line: index + 1), key: "", reason: reason)
    }
}
