import Foundation
import Testing

@testable import Service

@Suite("The table of settings, and what is made from it")
struct ConfigurationTableTests {
    private func shippedFile() throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "config/stockkeeper.json5"), encoding: .utf8)
    }

    /// `text` with every run of spaces, line ends and comment marks as one space.
    private func flat(_ text: String) -> String {
        text.split { $0.isWhitespace || $0 == "/" }.joined(separator: " ")
    }

    @Test("the shipped file is read as exactly the defaults")
    func shippedFileIsDefaults() throws {
        let bytes = Array(try shippedFile().utf8)
        var options = ServeOptions()
        options.configurationFile = "stockkeeper.json5"
        let loaded = try ServerConfiguration.load(options, environment: [:]) { _ in bytes }
        #expect(loaded == ServerConfiguration())
    }

    @Test("the shipped file has every setting, with its default, what it accepts and what it is for")
    func shippedFileIsComplete() throws {
        let text = try shippedFile()
        let entries = try ConfigurationFile.entries(of: Array(text.utf8), named: "stockkeeper.json5")
        let paths = entries.filter { $0.value != .section }.map(\.path)
        #expect(paths == Setting.all.map(\.path))
        for setting in Setting.all {
            #expect(flat(text).contains(flat("\(setting.summary) Accepts \(setting.accepts).")), "\(setting.path)")
        }
    }

    @Test("every name is unique in every source, and of the letters that source allows")
    func names() {
        #expect(Set(Setting.all.map(\.path)).count == Setting.all.count)
        #expect(Set(Setting.all.map(\.variable)).count == Setting.all.count)
        for setting in Setting.all {
            #expect(setting.path.wholeMatch(of: /[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)?/) != nil)
            #expect(setting.variable.wholeMatch(of: /STOCKKEEPER(_[A-Z]+)+/) != nil)
            #expect(!setting.variable.hasPrefix("STOCKKEEPER_SERVICE_"), "Kubernetes' own")
            #expect(!setting.variable.hasPrefix("STOCKKEEPER_PORT"), "Kubernetes' own")
            #expect(setting.variable != ServerConfiguration.fileVariable)
        }
    }

    @Test("a number says its unit in its name, or counts what its unit names")
    func units() {
        for setting in Setting.all {
            guard case .number(_, _, let unit, _) = setting.form else { continue }
            let measures = ["bytes", "seconds", "hours"]
            guard let measure = measures.first(where: unit.hasPrefix) else { continue }
            #expect(setting.path.contains("_\(measure)"))
        }
    }

    @Test("help names every setting with its variable, default and limits, every option and every exit code")
    func help() {
        let text = HelpTopic.serve.text
        for setting in Setting.all {
            #expect(flat(text).contains(flat("\(setting.path) \(setting.variable) Default ")))
            let line = "Default \(setting.shown(in: ServerConfiguration())); \(setting.accepts). \(setting.summary)"
            #expect(flat(text).contains(flat(line)))
            if let option = setting.option { #expect(text.contains("\n  \(option) ")) }
        }
        for topic in [HelpTopic.overview, .serve, .credential] {
            for code in ExitCode.allCases {
                #expect(flat(topic.text).contains(flat("\(code.rawValue) \(code.meaning)")))
            }
            for line in topic.text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
            #expect(topic.text.hasSuffix("\n"))
        }
    }

    @Test(
        "the name that was meant is found, and no far-fetched one",
        arguments: [
            ("listen", "listne", 1), ("listen", "listen", 0), ("listen", "LISTEN", 0), ("listen", "", 6),
            ("", "abc", 3), ("kitten", "sitting", 3), ("ab", "ba", 1), ("abc", "cab", 2),
        ]
    )
    func edits(left: String, right: String, count: Int) {
        #expect(NearestName.edits(from: left, to: right) == count)
        #expect(NearestName.edits(from: right, to: left) == count)
    }

    @Test("a name is proposed only where it is near")
    func nearest() {
        #expect(NearestName.find("srve", among: ["serve", "help"]) == "serve")
        #expect(NearestName.find("exterminate", among: ["serve", "help"]) == nil)
        #expect(NearestName.find("x", among: []) == nil)
    }
}
