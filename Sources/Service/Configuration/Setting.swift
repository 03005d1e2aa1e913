import Platform

/// One thing an operator can set: its name in every source, what it may hold, and the sentence that explains it.
///
/// The configuration file's keys, the environment's variables, the command line's options, `--help` and the texts of
/// errors are all made from `Setting.all`; the default is what `ServerConfiguration()` holds.
public struct Setting: Sendable {
    /// The key in the configuration file, with its section: `journal.segment_bytes`.
    public let path: String
    /// What values it takes, and where they are kept.
    public let form: Form
    /// What it is for, in a sentence or two.
    public let summary: String
    /// Whether `serve` also has an option for it.
    public let isOption: Bool

    /// A place in the configuration.
    public typealias Place<Value> = WritableKeyPath<ServerConfiguration, Value> & Sendable

    /// What values a setting takes.
    public enum Form: Sendable {
        /// A whole number within limits, in a unit, of a shape.
        case number(any Place<Int>, ClosedRange<Int>, unit: String, Shape = .any)
        /// `true` or `false`.
        case flag(any Place<Bool>)
        /// A numeric address and a port.
        case address(any Place<SocketAddress>)
        /// A numeric address and a port, or nothing for none.
        case optionalAddress(any Place<SocketAddress?>)
        /// A file or folder.
        case folder(any Place<String>)
        /// A file, or nothing for none.
        case file(any Place<String>)
        /// One of these words.
        case word(any Place<String>, of: [String])
        /// A list in one text; empty for none.
        case list(any Place<String>, of: String, isValid: @Sendable (String) -> Bool)
    }

    /// What more a number must be.
    public enum Shape: Sendable {
        /// Nothing more.
        case any
        /// A power of two.
        case powerOfTwo
        /// A multiple of this.
        case multiple(of: Int)
    }

    init(_ path: String, _ form: Form, option isOption: Bool = false, _ summary: String) {
        self.path = path
        self.form = form
        self.summary = summary
        self.isOption = isOption
    }

    /// The variable in the environment: `STOCKKEEPER_JOURNAL_SEGMENT_BYTES`.
    public var variable: String {
        Self.variablePrefix + path.uppercased().replacing(".", with: "_")
    }

    /// The option of `serve`, where there is one: `--listen`.
    public var option: String? {
        isOption ? "--" + path.replacing("_", with: "-") : nil
    }

    /// What every variable of ours starts with.
    public static let variablePrefix = "STOCKKEEPER_"

    /// The setting of this name in the file, if there is one.
    public static func at(_ path: String) -> Setting? {
        all.first { $0.path == path }
    }

    /// What it accepts, as it stands in help and in refusals.
    public var accepts: String {
        switch form {
        case .number(_, let limits, let unit, let shape):
            "\(shape.name) from \(limits.lowerBound) to \(limits.upperBound) (\(unit))"
        case .flag: "true or false"
        case .address: "a numeric address and a port, such as 127.0.0.1:8080 or [::1]:8080"
        case .optionalAddress: "a numeric address and a port, or \"\" for none"
        case .folder: "a path that is not empty"
        case .file: "a path, or \"\" for none"
        case .word(_, let words): words.joined(separator: " or ")
        case .list(_, let items, _): "\(items), with commas between them, or \"\" for none"
        }
    }

    /// The value that `configuration` holds, as the environment or an option would spell it.
    public func text(in configuration: ServerConfiguration) -> String {
        switch form {
        case .number(let place, _, _, _): String(configuration[keyPath: place])
        case .flag(let place): String(configuration[keyPath: place])
        case .address(let place): configuration[keyPath: place].description
        case .optionalAddress(let place): configuration[keyPath: place]?.description ?? ""
        case .folder(let place), .file(let place), .word(let place, _), .list(let place, _, _):
            configuration[keyPath: place]
        }
    }

    /// The value that `configuration` holds, as help shows it.
    public func shown(in configuration: ServerConfiguration) -> String {
        let text = text(in: configuration)
        return text.isEmpty ? "none" : text
    }

    /// Sets the value in `configuration`; false, with nothing changed, where it is not of the accepted form.
    func assign(_ value: SettingValue, to configuration: inout ServerConfiguration) -> Bool {
        switch form {
        case .number(let place, let limits, _, let shape):
            guard let number = value.number, limits.contains(number), shape.holds(number) else { return false }
            configuration[keyPath: place] = number
        case .flag(let place):
            guard let flag = value.flag else { return false }
            configuration[keyPath: place] = flag
        case .address(let place):
            guard let address = value.string.flatMap(SocketAddress.init), address.isNumeric else { return false }
            configuration[keyPath: place] = address
        case .optionalAddress(let place):
            guard let text = value.string else { return false }
            let address = SocketAddress(text)
            guard text.isEmpty || address?.isNumeric == true else { return false }
            configuration[keyPath: place] = address
        case .folder(let place):
            guard let path = value.string, !path.isEmpty, !path.contains("\0") else { return false }
            configuration[keyPath: place] = path
        case .file(let place):
            guard let path = value.string, !path.contains("\0") else { return false }
            configuration[keyPath: place] = path
        case .word(let place, let words):
            guard let word = value.string, words.contains(word) else { return false }
            configuration[keyPath: place] = word
        case .list(let place, _, let isValid):
            guard let text = value.string, isValid(text) else { return false }
            configuration[keyPath: place] = text
        }
        return true
    }
}

extension Setting.Shape {
    var name: String {
        switch self {
        case .any: "a whole number"
        case .powerOfTwo: "a power of two"
        case .multiple(let of): "a multiple of \(of)"
        }
    }

    func holds(_ number: Int) -> Bool {
        switch self {
        case .any: true
        case .powerOfTwo: number > 0 && number.nonzeroBitCount == 1
        case .multiple(let of): number.isMultiple(of: of)
        }
    }
}

/// A value as a source gives it, before a setting has judged it.
enum SettingValue: Equatable, Sendable {
    /// From the environment or an option, where everything is text.
    case untyped(String)
    /// From the file, between quotes.
    case string(String)
    /// From the file.
    case number(Int)
    /// From the file.
    case flag(Bool)
    /// From the file: a value that no setting takes (a fraction, null), as it is written there.
    case other(String)
    /// From the file: braces, which hold settings.
    case section

    var number: Int? {
        switch self {
        case .untyped(let text): Int(text)
        case .number(let number): number
        case .string, .flag, .other, .section: nil
        }
    }

    var flag: Bool? {
        switch self {
        case .untyped(let text): Bool(text)
        case .flag(let flag): flag
        case .string, .number, .other, .section: nil
        }
    }

    var string: String? {
        switch self {
        case .untyped(let text), .string(let text): text
        case .number, .flag, .other, .section: nil
        }
    }

    /// As its source spells it.
    var written: String {
        switch self {
        case .untyped(let text), .string(let text): "\"\(text)\""
        case .number(let number): String(number)
        case .flag(let flag): String(flag)
        case .other(let text): text
        case .section: "a section"
        }
    }
}
