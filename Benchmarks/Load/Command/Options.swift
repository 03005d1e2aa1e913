import Platform

/// One option of a command, as `--help` shows it.
struct Option: Sendable {
    let name: String
    /// What stands for the value in `--help`; empty for a switch, which takes none.
    let placeholder: String
    /// The value that holds when the option is not given; empty where there is none.
    let fallback: String
    let help: String

    init(_ name: String, _ placeholder: String = "", _ fallback: String = "", _ help: String) {
        self.name = name
        self.placeholder = placeholder
        self.fallback = fallback
        self.help = help
    }

    fileprivate var line: String {
        let left = "  --\(name)" + (placeholder.isEmpty ? "" : " \(placeholder)")
        let right = help + (fallback.isEmpty ? "" : " (\(fallback))")
        return left.padded(to: 28) + right
    }
}

/// A command of this program: its name, what it does, what it takes and what it runs.
struct Command: Sendable {
    let name: String
    /// What it does, in a line.
    let brief: String
    /// What it does, as long as it takes.
    let summary: String
    let options: [Option]
    let run: @Sendable (Options) throws(BenchError) -> Void

    var help: String {
        """
        Usage: stockkeeper-bench \(name) [options]

        \(summary)

        Options:
        \(options.map(\.line).joined(separator: "\n"))
        \(Option("help", "", "", "this text").line)

        \(BenchError.exitCodes)
        """
    }
}

/// The values given on a command line, read against what the command takes.
struct Options {
    private let known: [String: Option]
    private var values: [String: String] = [:]

    /// Reads words such as `--name value`, `--name=value` or a switch's `--name`.
    ///
    /// - Throws: `usage`, naming the word that is wrong.
    init(_ options: [Option], _ words: [String]) throws(BenchError) {
        known = Dictionary(options.map { ($0.name, $0) }) { first, _ in first }
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("--") else { throw .usage("unexpected argument '\(word)'") }
            let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1).map(String.init)
            guard let name = parts.first, let option = known[name] else { throw .usage("unknown option '\(word)'") }
            if option.placeholder.isEmpty {
                guard parts.count == 1 else { throw .usage("--\(name) takes no value") }
                values[name] = "on"
            } else if parts.count == 2 {
                values[name] = parts[1]
            } else {
                guard let value = rest.popFirst() else { throw .usage("--\(name) needs a value") }
                values[name] = value
            }
        }
    }

    /// The option's value, its fallback, or nil where it has neither.
    func text(_ name: String) -> String? {
        if let value = values[name] { return value }
        guard let fallback = known[name]?.fallback, !fallback.isEmpty else { return nil }
        return fallback
    }

    /// Whether a switch was given.
    func isOn(_ name: String) -> Bool { values[name] != nil }

    /// A whole number inside `range`; nil where neither value nor fallback is there.
    func integer(_ name: String, _ range: ClosedRange<Int>) throws(BenchError) -> Int? {
        guard let text = text(name) else { return nil }
        guard let value = Int(text.filter { $0 != "_" }), range.contains(value) else {
            throw .usage(
                "--\(name) takes a whole number from \(range.lowerBound) to \(range.upperBound), not '\(text)'"
            )
        }
        return value
    }

    /// A number inside `range`; nil where neither value nor fallback is there.
    func number(_ name: String, _ range: ClosedRange<Double>) throws(BenchError) -> Double? {
        guard let text = text(name) else { return nil }
        guard let value = Double(text), range.contains(value) else {
            throw .usage("--\(name) takes a number from \(range.lowerBound) to \(range.upperBound), not '\(text)'")
        }
        return value
    }

    /// One of the words in `choices`; nil where neither value nor fallback is there.
    func choice(_ name: String, _ choices: [String]) throws(BenchError) -> String? {
        guard let text = text(name) else { return nil }
        guard choices.contains(text) else {
            throw .usage("--\(name) is one of \(choices.joined(separator: ", ")), not '\(text)'")
        }
        return text
    }

    /// An address such as `127.0.0.1:8080`.
    func address(_ name: String) throws(BenchError) -> SocketAddress {
        let text = text(name) ?? ""
        guard let address = SocketAddress(text), address.port > 0 else {
            throw .usage("--\(name) takes an address such as 127.0.0.1:8080, not '\(text)'")
        }
        return address
    }
}

extension String {
    /// The text with spaces behind it up to `width`; unchanged where it is longer.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(1, width - count))
    }

    /// The text with spaces before it up to `width`; unchanged where it is longer.
    func leftPadded(to width: Int) -> String {
        String(repeating: " ", count: Swift.max(0, width - count)) + self
    }
}
