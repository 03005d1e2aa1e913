import FoundationEssentials
import Platform

extension ServerConfiguration {
    /// The variable that names the configuration file where `--config` does not.
    public static let fileVariable = Setting.variablePrefix + "CONFIG"

    /// The configuration of this start: options win over the environment, that over the file, that over defaults.
    ///
    /// - Parameters:
    ///   - options: the command line's.
    ///   - environment: all of it; only names that start with `STOCKKEEPER_` count, and all of those must be known.
    ///   - read: gives a file's bytes.
    /// - Returns: a valid configuration.
    /// - Throws: the first thing that is wrong.
    public static func load(
        _ options: ServeOptions,
        environment: [String: String],
        read: (String) throws(ConfigurationError) -> [UInt8] = ServerConfiguration.bytes(ofFile:)
    ) throws(ConfigurationError) -> ServerConfiguration {
        var loader = ConfigurationLoader()
        if let file = options.configurationFile ?? environment[fileVariable] {
            try loader.apply(file: file, read(file))
        }
        try loader.apply(environment)
        try loader.apply(options)
        try loader.checkRelations()
        return loader.configuration
    }

    /// Checks limits and relations of a configuration that was not loaded but put together in code.
    public func validate() throws(ConfigurationError) {
        var loader = ConfigurationLoader()
        for setting in Setting.all {
            try loader.set(setting, .untyped(setting.text(in: self)), from: .standard)
        }
        try loader.checkRelations()
    }

    /// The bytes of a configuration file.
    public static func bytes(ofFile path: String) throws(ConfigurationError) -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(filePath: path)))
        } catch {
            let exists = FileManager.default.fileExists(atPath: path)
            let reason = exists ? "the file cannot be read" : "there is no such file"
            throw ConfigurationError(origin: .file(path, line: 0), key: "", reason: reason)
        }
    }
}

/// A configuration that is being put together, with where each value came from.
struct ConfigurationLoader {
    private(set) var configuration = ServerConfiguration()
    private var origins: [String: SettingOrigin] = [:]

    mutating func apply(file: String, _ bytes: [UInt8]) throws(ConfigurationError) {
        for entry in try ConfigurationFile.entries(of: bytes, named: file) {
            let origin = SettingOrigin.file(file, line: entry.line)
            let inside = Self.paths.filter { $0.hasPrefix(entry.path + ".") }
            switch (entry.value, Setting.at(entry.path)) {
            case (.section, _) where !inside.isEmpty:
                continue
            case (let value, let setting?):
                try set(setting, value, from: origin)
            case (_, nil):
                let reason =
                    inside.isEmpty
                    ? "there is no such setting" + Self.hint(entry.path)
                    : "must be a section in braces, with " + inside.joined(separator: ", ")
                throw ConfigurationError(origin: origin, key: entry.path, reason: reason)
            }
        }
    }

    mutating func apply(_ environment: [String: String]) throws(ConfigurationError) {
        let settings = Dictionary(uniqueKeysWithValues: Setting.all.map { ($0.variable, $0) })
        let ours = environment.filter { Self.isOurs($0.key) && $0.key != ServerConfiguration.fileVariable }
        // Sorted, so that the same mistakes give the same error.
        for (name, text) in ours.sorted(by: { $0.key < $1.key }) {
            guard let setting = settings[name] else {
                let names = settings.keys.sorted() + [ServerConfiguration.fileVariable]
                throw ConfigurationError(
                    origin: .environment(name),
                    key: "",
                    reason: "there is no such setting" + NearestName.hint(name, among: names)
                )
            }
            try set(setting, .untyped(text), from: .environment(name))
        }
    }

    mutating func apply(_ options: ServeOptions) throws(ConfigurationError) {
        for setting in Setting.all {
            guard let option = setting.option, let text = options.values[setting.path] else { continue }
            try set(setting, .untyped(text), from: .option(option))
        }
    }

    mutating func set(
        _ setting: Setting,
        _ value: SettingValue,
        from origin: SettingOrigin
    ) throws(ConfigurationError) {
        guard setting.assign(value, to: &configuration) else {
            throw ConfigurationError(
                origin: origin,
                key: setting.path,
                reason: "must be \(setting.accepts), and is \(value.written)"
            )
        }
        origins[setting.path] = origin
    }

    func checkRelations() throws(ConfigurationError) {
        for relation in SettingRelation.all {
            guard let reason = relation.violation(in: configuration) else { continue }
            throw ConfigurationError(origin: origins[relation.path] ?? .standard, key: relation.path, reason: reason)
        }
        try checkListening()
    }

    /// Who forgets the credentials serves this machine only.
    private func checkListening() throws(ConfigurationError) {
        try checkReach(configuration.listen, "listen")
        guard let address = configuration.listenOperator else { return }
        try checkReach(address, "listen_operator")
        // A connection is told by its port which of the two it came to.
        guard address.port != configuration.listen.port || address.port == 0 else {
            throw ConfigurationError(
                origin: origins["listen_operator"] ?? .standard,
                key: "listen_operator",
                reason: "must have another port than listen, which is \(configuration.listen)"
            )
        }
    }

    private func checkReach(_ address: SocketAddress, _ path: String) throws(ConfigurationError) {
        let source = configuration.credentials
        guard source.file.isEmpty, !source.openToAnyone, !address.isLoopback else { return }
        throw ConfigurationError(
            origin: origins[path] ?? .standard,
            key: path,
            reason: "other machines reach \(address), and there are no credentials: set credentials.file, or "
                + "credentials.open_to_anyone if everybody may do everything"
        )
    }

    private static let paths = Setting.all.map(\.path)

    /// Proposes the setting or section that is spelled alike, or has the same name in another section.
    private static func hint(_ path: String) -> String {
        let sections = paths.compactMap { $0.firstIndex(of: ".").map($0.prefix(upTo:)) }.map(String.init)
        let alike = NearestName.hint(path, among: paths + sections)
        let name = path.split(separator: ".").last ?? ""
        guard alike.isEmpty, let moved = paths.first(where: { $0.hasSuffix(".\(name)") }) else { return alike }
        return "; did you mean \(moved)?"
    }

    /// Kubernetes gives every container `STOCKKEEPER_SERVICE_HOST`, `STOCKKEEPER_PORT_8080_TCP` and the like where a
    /// service is named stockkeeper: those are not for us.
    private static func isOurs(_ name: String) -> Bool {
        guard name.hasPrefix(Setting.variablePrefix) else { return false }
        let rest = name.dropFirst(Setting.variablePrefix.count)
        return !(rest.hasPrefix("SERVICE_") || rest == "PORT" || rest.hasPrefix("PORT_"))
    }
}
