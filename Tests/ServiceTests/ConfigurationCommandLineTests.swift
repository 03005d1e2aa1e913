import Testing

@testable import Service

@Suite("The command line")
struct ConfigurationCommandLineTests {
    private func serve(_ values: [String: String], file: String? = nil) -> Command {
        var options = ServeOptions()
        options.values = values
        options.configurationFile = file
        return .serve(options)
    }

    @Test("options take their value after a space or an equals sign")
    func values() throws {
        let expected = serve(["listen": "[::1]:80", "data": "a=b", "loops": "2", "partitions": "4"], file: "f")
        let spaced = "serve --listen [::1]:80 --data a=b --loops 2 --partitions 4 --config f"
        let joined = "serve --listen=[::1]:80 --data=a=b --loops=2 --partitions=4 --config=f"
        for line in [spaced, joined] {
            #expect(try CommandLineOptions.parse(line.split(separator: " ").map(String.init)) == expected)
        }
    }

    @Test("a flag needs no value, takes one after an equals sign, and never the next argument")
    func flags() throws {
        #expect(
            try CommandLineOptions.parse(["serve", "--demo", "--loops", "2"]) == serve(["demo": "true", "loops": "2"])
        )
        #expect(try CommandLineOptions.parse(["serve", "--demo=false"]) == serve(["demo": "false"]))
    }

    @Test("help and version are found wherever people look for them")
    func help() throws {
        for line in [["--help"], ["-h"], ["help"]] { #expect(try CommandLineOptions.parse(line) == .help(.overview)) }
        for line in [["help", "serve"], ["serve", "--help"], ["serve", "--loops", "2", "-h"]] {
            #expect(try CommandLineOptions.parse(line) == .help(.serve))
        }
        #expect(try CommandLineOptions.parse(["--version"]) == .version)
    }

    @Test(
        "a wrong command line is refused with a suggestion where there is one",
        arguments: [
            ([], "a command is missing: try stockkeeper serve"),
            (["sevre"], "there is no command sevre; did you mean serve?"),
            (["--versoin"], "there is no command --versoin; did you mean --version?"),
            (["journl"], "there is no command journl; did you mean journal?"),
            (["journal"], "journal needs a tool: verify, inspect, replay, snapshot, repartition, backup, restore"),
            (["help", "srve"], "there is no command srve; did you mean serve?"),
            (["serve", "--lsiten", "x"], "serve has no option --lsiten; did you mean --listen?"),
            (["serve", "--nothing"], "serve has no option --nothing"),
            (["serve", "-l"], "serve has no option -l"),
            (["serve", "now"], "serve takes options only, and \"now\" is none"),
            (["serve", ""], "serve takes options only, and \"\" is none"),
            (["serve", "--listen"], "--listen needs a value: --listen VALUE or --listen=VALUE"),
            (["serve", "--listen", "--demo"], "--listen needs a value: --listen VALUE or --listen=VALUE"),
            (["serve", "--loops", "1", "--loops=2"], "--loops stands twice"),
            (["serve", "--demo", "--demo"], "--demo stands twice"),
            (["serve", "--config=a", "--config=a"], "--config stands twice"),
            (["serve", "--mailbox-bytes=1"], "serve has no option --mailbox-bytes"),
        ]
    )
    func refusals(arguments: [String], reason: String) {
        #expect(throws: UsageError(description: reason)) { try CommandLineOptions.parse(arguments) }
    }

    @Test("a value that is given is judged with the configuration, so an empty one is refused there")
    func emptyValue() throws {
        guard case .serve(let options) = try CommandLineOptions.parse(["serve", "--data="]) else {
            Issue.record("serve was asked for")
            return
        }
        #expect(throws: ConfigurationError.self) { try ServerConfiguration.load(options, environment: [:]) }
    }
}
