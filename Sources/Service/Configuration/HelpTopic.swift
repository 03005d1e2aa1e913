/// What help can be asked about; the texts are made from the tables, so that they cannot lag behind.
public enum HelpTopic: Equatable, Sendable {
    /// The commands.
    case overview
    /// The command `serve`, its options and every setting.
    case serve
    /// The command `journal` and its tools.
    case journal
    /// One of the tools.
    case tool(JournalTool)
    /// The command `credential`.
    case credential

    /// The text, lines of at most 80 columns, with a newline at its end.
    public var text: String {
        switch self {
        case .overview: Self.overviewText
        case .serve: Self.serveText
        case .journal: Self.journalText
        case .tool(let tool): Self.text(of: tool)
        case .credential: Self.credentialText
        }
    }

    private static var overviewText: String {
        """
        \(Product.name) \(Product.version): sells a limited stock, and never a unit of it twice.

        Usage: \(Product.name) COMMAND [OPTIONS]

        Commands:
          serve            answer purchases over HTTP
          journal TOOL     look into a data folder, back it up, restore it
          credential new   make a token for a caller
          help [COMMAND]   explain a command and its options

        Options:
          --help           this text
          --version        the version

        Exit codes:
        \(exitCodes)

        """
    }

    private static var serveText: String {
        let settings = Setting.all.map { described($0) }.joined(separator: "\n\n")
        return """
            Usage: \(Product.name) serve [OPTIONS]

            Recovers the data folder, then answers purchases over HTTP until SIGTERM or
            SIGINT. A second signal stops at once. SIGHUP reads the credentials again.

            Options (--option VALUE or --option=VALUE):
            \(options)

            Settings. An option wins over the variable in the environment, that over the
            key in the file, that over the default. The file is JSON5; the part of a key
            before the dot is its section: journal: { segment_bytes: 67108864 }.

            \(settings)

            Exit codes:
            \(exitCodes)

            """
    }

    private static var options: String {
        let own = [
            (
                CommandLineOptions.configuration + " FILE",
                "reads settings from FILE (or \(ServerConfiguration.fileVariable))"
            ),
            ("--help", "this text"),
        ]
        let settings = Setting.all.compactMap { setting in
            setting.option.map {
                ($0 + setting.placeholder, "sets \(setting.path); default \(setting.shown(in: ServerConfiguration()))")
            }
        }
        return (own.prefix(1) + settings + own.suffix(1))
            .map { "  " + padded($0.0, 22) + $0.1 }
            .joined(separator: "\n")
    }

    private static func described(_ setting: Setting) -> String {
        let indent = "      "
        return """
              \(setting.path)
            \(indent)\(setting.variable)
            \(wrapped("Default \(setting.shown(in: ServerConfiguration())); \(setting.accepts).", indent))
            \(wrapped(setting.summary, indent))
            """
    }

    static var exitCodes: String {
        ExitCode.allCases
            .map { "  " + padded(String($0.rawValue), 5) + wrapped($0.meaning, "       ").dropFirst(7) }
            .joined(separator: "\n")
    }

    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    /// `text` in lines of at most 80 columns, each after `indent`.
    static func wrapped(_ text: String, _ indent: String) -> String {
        var lines: [String] = []
        var line = indent
        for word in text.split(separator: " ") {
            let isFirst = line.count == indent.count
            if !isFirst, line.count + 1 + word.count > 80 {
                lines.append(line)
                line = indent + word
            } else {
                line += isFirst ? String(word) : " " + word
            }
        }
        return (lines + [line]).joined(separator: "\n")
    }
}

extension Setting {
    /// The value's place in the list of options.
    fileprivate var placeholder: String {
        switch form {
        case .number: " N"
        case .flag: ""
        case .address, .optionalAddress: " ADDRESS"
        case .folder: " FOLDER"
        case .file: " FILE"
        case .word: " WORD"
        case .list: " LIST"
        }
    }
}
