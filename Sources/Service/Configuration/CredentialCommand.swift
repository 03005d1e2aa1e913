import HTTP

/// `stockkeeper credential new NAME --scope SCOPES`: makes a token.
enum CredentialCommand {
    private static let usage = "\(Product.name) credential new NAME --scope SCOPES"
    private static let option = "--scope"

    /// The command that the arguments behind `credential` ask for.
    static func parse(_ arguments: ArraySlice<String>) throws(UsageError) -> Command {
        if arguments.contains("--help") || arguments.contains("-h") { return .help(.credential) }
        guard arguments.first == "new" else {
            let given = arguments.first.map { "credential has no tool \($0)" } ?? "credential needs a tool"
            throw UsageError(description: "\(given): \(usage)")
        }
        var names: [String] = []
        var scopes: ScopeSet = []
        var rest = arguments.dropFirst()
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("-") else {
                names.append(argument)
                continue
            }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts[0] == option else { throw UsageError(description: "credential has no option \(parts[0])") }
            guard let text = parts.count > 1 ? String(parts[1]) : rest.popFirst() else {
                throw UsageError(description: "\(option) needs a value: \(usage)")
            }
            scopes.formUnion(try self.scopes(text))
        }
        guard names.count == 1, let name = names.first, Credential.isName(name) else {
            throw UsageError(
                description: "one NAME is needed, 1 to \(Credential.nameBytesMax) of A-Z a-z 0-9 . _ ~ -, and not "
                    + "`server`: \(usage)"
            )
        }
        guard !scopes.isEmpty else { throw UsageError(description: "\(option) is missing: \(usage)") }
        return .newCredential(name: name, scopes)
    }

    private static func scopes(_ text: String) throws(UsageError) -> ScopeSet {
        if let scopes = ScopeSet(names: text) { return scopes }
        let known = ScopeSet.all.map(\.name.description)
        throw UsageError(
            description: "\(option) takes \(known.joined(separator: ", ")), with commas between them, and not \(text)"
                + NearestName.hint(text, among: known)
        )
    }

    /// Makes a token of 256 random bits, and says what to do with it.
    static func new(_ name: String, _ scopes: ScopeSet) -> String {
        var random = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: 0 ... .max, using: &random) }
        let token = "stk_" + base64URL(bytes)
        let digest = SHA256.digest(of: Array(token.utf8).span)
        let credential = Credential(name: name, scopes: scopes, digest: digest)
        return """
            # For the caller, shown only now: Authorization: Bearer TOKEN
            \(token)
            # For the file of credentials.file; then send the server SIGHUP.
            \(credential.line)

            """
    }

    /// The bytes in the letters of RFC 4648 5, without padding.
    private static func base64URL(_ bytes: [UInt8]) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var text = ""
        for start in stride(from: 0, to: bytes.count * 8, by: 6) {
            var value = 0
            for bit in start..<start + 6 {
                let isOn = bit / 8 < bytes.count && bytes[bit / 8] & 0x80 >> UInt8(bit % 8) != 0
                value = value << 1 | (isOn ? 1 : 0)
            }
            text.append(letters[value])
        }
        return text
    }
}

extension HelpTopic {
    /// The help of `credential`.
    static var credentialText: String {
        """
        Usage: \(Product.name) credential new NAME --scope SCOPES

        Makes a token for the caller NAME and prints it, once, with the line that the
        server needs to know it by: its SHA-256, with the name and the scopes. Put the
        line into the file of credentials.file and send the server SIGHUP.

        To exchange a token, make a second one of the same name: both are good until
        the line of the first is removed.

        Options:
          --scope SCOPES        what the token is good for, with commas between:
                                sell     purchases, holds, and what they concern
                                operate  catalogue, stock, wallets, cancellations,
                                         metrics, and to read everything
                                read     to read everything
          --help                this text

        Exit codes:
        \(exitCodes)

        """
    }
}
