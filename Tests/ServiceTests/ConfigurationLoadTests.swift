import Foundation
import Testing

@testable import Service

@Suite("Loading the configuration")
struct ConfigurationLoadTests {
    private func load(
        _ options: [String: String] = [:],
        environment: [String: String] = [:],
        file: String? = nil
    ) throws -> ServerConfiguration {
        var serve = ServeOptions()
        serve.values = options
        serve.configurationFile = file == nil ? nil : "shop.json5"
        return try ServerConfiguration.load(serve, environment: environment) { _ in Array((file ?? "").utf8) }
    }

    private func refusal(
        _ options: [String: String] = [:],
        environment: [String: String] = [:],
        file: String? = nil
    ) -> String {
        do {
            _ = try load(options, environment: environment, file: file)
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    @Test("with no source, every setting has its default, and the defaults are valid")
    func defaults() throws {
        #expect(try load(environment: ["PATH": "/bin", "HOME": "/"]) == ServerConfiguration())
        try ServerConfiguration().validate()
    }

    @Test("an option wins over the environment, that over the file, that over the default")
    func precedence() throws {
        let file = "{loops: 2, partitions: 2, demo: true, http: {pipelined_max: 2}}"
        let environment = ["STOCKKEEPER_LOOPS": "3", "STOCKKEEPER_PARTITIONS": "3", "STOCKKEEPER_DEMO": "false"]
        let loaded = try load(["loops": "4"], environment: environment, file: file)
        #expect(loaded.loops == 4)
        #expect(loaded.partitions == 3)
        #expect(loaded.demo == false)
        #expect(loaded.http.pipelinedMax == 2)
        #expect(loaded.http.connectionsMax == ServerConfiguration().http.connectionsMax)
    }

    @Test("every setting can be set in the file and in the environment, under its own name", arguments: Setting.all)
    func everySetting(setting: Setting) throws {
        let other = setting.sampleValue
        let parts = setting.path.split(separator: ".")
        let quoted = setting.isText ? "\"\(other)\"" : other
        let inside = "\(parts[parts.count - 1]): \(quoted)"
        let file = parts.count == 1 ? "{\(inside)}" : "{\(parts[0]): {\(inside)}}"
        #expect(setting.text(in: ServerConfiguration()) != other)
        #expect(setting.text(in: try load(file: file)) == other)
        #expect(setting.text(in: try load(environment: [setting.variable: other])) == other)
        for another in Setting.all where another.path != setting.path {
            #expect(another.text(in: try load(file: file)) == another.text(in: ServerConfiguration()))
        }
    }

    @Test("the variable STOCKKEEPER_CONFIG names the file, unless --config does")
    func fileByEnvironment() throws {
        var asked: [String] = []
        var options = ServeOptions()
        for file in [nil, "b"] {
            options.configurationFile = file
            _ = try ServerConfiguration.load(options, environment: ["STOCKKEEPER_CONFIG": "a"]) { path in
                asked.append(path)
                return Array("{}".utf8)
            }
        }
        #expect(asked == ["a", "b"])
    }

    @Test(
        "a wrong entry in the file stops the start, with file, line, key and reason",
        arguments: [
            (
                "{journal: {\n segment_byte: 1}}",
                "shop.json5:2: journal.segment_byte: there is no such setting; did you mean journal.segment_bytes?"
            ),
            (
                "{segment_bytes: 1}",
                "shop.json5:1: segment_bytes: there is no such setting; did you mean journal.segment_bytes?"
            ),
            ("{zzzzzzzz: 1}", "shop.json5:1: zzzzzzzz: there is no such setting"),
            ("{htttp: {}}", "shop.json5:1: htttp: there is no such setting; did you mean http?"),
            (
                "{journal: 5}",
                "shop.json5:1: journal: must be a section in braces, with journal.segment_bytes, journal.staging_bytes, "
                    + "journal.snapshot_every_bytes, journal.snapshots_kept, journal.retention_days"
            ),
            (
                "{loops: {}}",
                "shop.json5:1: loops: must be a whole number from 0 to 256 (threads), and is a section"
            ),
            (
                "{loops: \"2\"}",
                "shop.json5:1: loops: must be a whole number from 0 to 256 (threads), and is \"2\""
            ),
            ("{loops: 257}", "shop.json5:1: loops: must be a whole number from 0 to 256 (threads), and is 257"),
            ("{loops: 1.5}", "shop.json5:1: loops: must be a whole number from 0 to 256 (threads), and is 1.5"),
            ("{demo: 1}", "shop.json5:1: demo: must be true or false, and is 1"),
            ("{data: ''}", "shop.json5:1: data: must be a path that is not empty, and is \"\""),
            (
                "{listen: 'localhost:80'}",
                "shop.json5:1: listen: must be a numeric address and a port, such as 127.0.0.1:8080 or [::1]:8080, "
                    + "and is \"localhost:80\""
            ),
            (
                "{mailbox_bytes: 1048577}",
                "shop.json5:1: mailbox_bytes: must be a power of two from 65536 to 268435456 (bytes per ordered pair of "
                    + "loops), and is 1048577"
            ),
            (
                "{journal: {segment_bytes: 67108865}}",
                "shop.json5:1: journal.segment_bytes: must be a multiple of 4096 from 65536 to 4294967296 (bytes), and "
                    + "is 67108865"
            ),
            ("{loops: 1, loops: 1}", "shop.json5:1: loops: stands here and on line 1 already"),
        ]
    )
    func wrongFile(file: String, reason: String) {
        #expect(refusal(file: file) == reason)
    }

    @Test("an unknown STOCKKEEPER_ variable or a wrong value in one stops the start")
    func wrongEnvironment() {
        #expect(
            refusal(environment: ["STOCKKEEPER_LISTN": "x"])
                == "STOCKKEEPER_LISTN in the environment: there is no such setting; did you mean STOCKKEEPER_LISTEN?"
        )
        #expect(
            refusal(environment: ["STOCKKEEPER_LOOPS": ""])
                == "STOCKKEEPER_LOOPS in the environment: loops: must be a whole number from 0 to 256 (threads), and "
                + "is \"\""
        )
    }

    @Test("what Kubernetes puts into the environment for a service named stockkeeper is passed over")
    func kubernetes() throws {
        let environment = [
            "STOCKKEEPER_SERVICE_HOST": "10.0.0.1", "STOCKKEEPER_SERVICE_PORT": "8080", "STOCKKEEPER_PORT": "tcp://x",
            "STOCKKEEPER_PORT_8080_TCP_ADDR": "10.0.0.1", "STOCKKEEPER_SERVICE_PORT_HTTP": "8080",
        ]
        #expect(try load(environment: environment) == ServerConfiguration())
    }

    @Test("a wrong option is refused by its name")
    func wrongOption() {
        #expect(refusal(["listen": "8080"]).hasPrefix("--listen: listen: must be a numeric address"))
    }

    @Test(
        "limits that contradict each other stop the start, wherever the later one was set",
        arguments: [
            (
                ["STOCKKEEPER_JOURNAL_SEGMENT_BYTES": "1048576"],
                "STOCKKEEPER_JOURNAL_SEGMENT_BYTES in the environment: journal.segment_bytes: 1048576 is less than "
                    + "4194304 = journal.staging_bytes, so that a batch fits into an empty segment"
            ),
            (
                ["STOCKKEEPER_JOURNAL_STAGING_BYTES": "134217728"],
                "default: journal.segment_bytes: 67108864 is less than 134217728 = journal.staging_bytes, so that a "
                    + "batch fits into an empty segment"
            ),
            (
                ["STOCKKEEPER_JOURNAL_STAGING_BYTES": "131072"],
                "STOCKKEEPER_JOURNAL_STAGING_BYTES in the environment: journal.staging_bytes: 131072 is less than "
                    + "139264 = 2 x (http.body_bytes_max + 4096), so that one large request never fills a batch alone"
            ),
            (
                ["STOCKKEEPER_HTTP_BODY_BYTES_MAX": "1048576"],
                "default: mailbox_bytes: 1048576 is less than 2105344 = 2 x (http.body_bytes_max + 4096), so that one "
                    + "large request never fills it alone"
            ),
        ]
    )
    func relations(environment: [String: String], reason: String) {
        #expect(refusal(environment: environment) == reason)
    }

    @Test("a configuration put together in code is held to the same limits")
    func validate() {
        var configuration = ServerConfiguration()
        configuration.http.pipelinedMax = 0
        #expect(throws: ConfigurationError.self) { try configuration.validate() }
        configuration = ServerConfiguration()
        configuration.journal.stagingBytes = configuration.journal.segmentBytes * 2
        #expect(throws: ConfigurationError.self) { try configuration.validate() }
    }

    @Test("a file that is not there is refused by its name")
    func missingFile() {
        #expect(
            throws: ConfigurationError(origin: .file("/nowhere/x", line: 0), key: "", reason: "there is no such file")
        ) {
            try ServerConfiguration.bytes(ofFile: "/nowhere/x")
        }
    }

    @Test("0 loops and partitions mean one per core, and connections leave room for the other descriptors")
    func capacity() throws {
        var configuration = ServerConfiguration()
        let automatic = try ServerCapacity(configuration, cores: 4, descriptorsMax: 1_024)
        #expect(automatic.loops == 4)
        #expect(automatic.partitions == 4)
        #expect(automatic.connectionsMax == 1_024 - 32 - 4 * 4 - 8 * 4)
        configuration.loops = 2
        configuration.partitions = 8
        let given = try ServerCapacity(configuration, cores: 4, descriptorsMax: 1_048_576)
        #expect(given.loops == 2)
        #expect(given.partitions == 8)
        #expect(given.connectionsMax == 60_000)
        #expect(throws: ConfigurationError.self) {
            try ServerCapacity(ServerConfiguration(), cores: 1, descriptorsMax: 44)
        }
        #expect(ServerCapacity.cores >= 1)
    }
}

extension Setting {
    /// Whether a file has it between quotes.
    fileprivate var isText: Bool {
        switch form {
        case .number, .flag: false
        case .address, .optionalAddress, .folder, .file, .word, .list: true
        }
    }

    /// A valid value that is not the default and breaks no relation.
    fileprivate var sampleValue: String {
        switch form {
        case .number(let place, let limits, _, .any):
            String(limits.lowerBound + (ServerConfiguration()[keyPath: place] == limits.lowerBound + 1 ? 2 : 1))
        case .number(let place, _, _, .powerOfTwo), .number(let place, _, _, .multiple):
            String(ServerConfiguration()[keyPath: place] * 2)
        case .flag(let place):
            String(!ServerConfiguration()[keyPath: place])
        case .address, .optionalAddress:
            "[::1]:81"
        case .folder, .file:
            "/elsewhere"
        case .word(let place, let words):
            words.first { $0 != ServerConfiguration()[keyPath: place] } ?? ""
        case .list:
            path == "http.cors_origins" ? "https://a.example, http://b:8080" : "10.0.0.0/8, ::1"
        }
    }
}
