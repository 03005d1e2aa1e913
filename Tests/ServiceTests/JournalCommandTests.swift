import Domain
import Journal
import Testing

@testable import Service

@Suite("The command line of the journal's tools")
struct JournalCommandTests {
    private func parse(_ line: String) throws(UsageError) -> Command {
        try CommandLineOptions.parse(line.split(separator: " ").map(String.init))
    }

    @Test("arguments and options may stand in any order, with a space or an equals sign")
    func options() throws {
        var options = InspectOptions()
        options.sku = "mug"
        options.buyer = "ada"
        options.journal = 2
        options.from = JournalPosition(rawValue: 8)
        options.to = JournalPosition(rawValue: 16)
        options.limit = 5
        options.isJSON = true
        let expected = Command.journal(.inspect(folder: "d", options))
        let rest = "--sku mug --buyer=ada --journal 2 --from 8 --to=16 --limit 5 --json"
        #expect(try parse("journal inspect d \(rest)") == expected)
        #expect(try parse("journal inspect \(rest) d") == expected)
        #expect(try parse("journal verify --replay d") == .journal(.verify(folder: "d", replays: true)))
        #expect(try parse("journal backup d b") == .journal(.backup(folder: "d", target: "b")))
    }

    @Test("a point is a position, one for each journal, or a time")
    func points() throws {
        func until(_ text: String) throws(UsageError) -> Command { try parse("journal restore b t \(text)") }
        func restore(_ cut: CutOff) -> Command { .journal(.restore(backup: "b", target: "t", until: cut)) }
        func place(_ position: UInt64) -> JournalPosition { JournalPosition(rawValue: position) }
        #expect(try until("") == restore(.end))
        let two = CutOff.positions([0: place(8), 3: place(16)])
        #expect(try until("--until 0:8 --until 3:16") == restore(two))
        let time = CutOff.time(Instant(millisecondsSinceEpoch: 1_798_794_000_250))
        #expect(try until("--until 2027-01-01T09:00:00.250Z") == restore(time))
        #expect(try until("--until 2027-01-01T10:00:00.25+01:00") == restore(time))
        guard case .journal(.restore(_, _, let bare)) = try until("--until 81920") else {
            Issue.record("restore was asked for")
            return
        }
        #expect(try bare.checked(against: [4]) == .positions([4: place(81_920)]))
        #expect(throws: ToolError.self) { try bare.checked(against: [0, 1]) }
        #expect(throws: ToolError.self) { try two.checked(against: [0, 1]) }
    }

    @Test("a cut keeps what comes before its position and up to its time")
    func cuts() {
        let (early, late) = (Instant(millisecondsSinceEpoch: 1), Instant(millisecondsSinceEpoch: 2))
        let place = JournalPosition(rawValue: 8)
        let positions = CutOff.positions([0: place])
        #expect(positions.keeps(0, .start, at: late) && !positions.keeps(0, place, at: early))
        #expect(positions.keeps(1, place, at: late))
        #expect(CutOff.time(early).keeps(0, place, at: early) && !CutOff.time(early).keeps(0, .start, at: late))
        #expect(CutOff.end.keeps(0, place, at: late))
    }

    @Test("every tool explains itself, in lines of at most 80 columns")
    func help() throws {
        #expect(try parse("journal --help") == .help(.journal))
        #expect(try parse("help journal") == .help(.journal))
        for tool in JournalTool.allCases {
            #expect(try parse("journal \(tool.rawValue) --help") == .help(.tool(tool)))
            #expect(try parse("help journal \(tool.rawValue)") == .help(.tool(tool)))
            let text = HelpTopic.tool(tool).text
            for option in tool.form.options { #expect(text.contains("\(option.name) \(option.placeholder)")) }
            for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
            #expect(HelpTopic.journal.text.contains("  \(tool.rawValue) "))
        }
    }

    @Test(
        "a wrong command line is refused with its reason",
        arguments: [
            ("journal verfy d", "journal has no tool verfy; did you mean verify?"),
            ("journal verify", "DIR is missing: stockkeeper journal verify DIR [OPTIONS]"),
            ("journal backup d", "TARGET is missing: stockkeeper journal backup DIR TARGET"),
            ("journal backup d b c", "\"c\" is too much: stockkeeper journal backup DIR TARGET"),
            ("journal verify d --reply", "journal verify has no option --reply; did you mean --replay?"),
            ("journal verify d --replay=1", "--replay takes no value"),
            ("journal inspect d --sku", "--sku needs a value: --sku SKU"),
            ("journal inspect d --sku a --sku b", "--sku stands twice"),
            ("journal inspect d --limit 0", "--limit must be a number from 1, and 0 is none"),
            ("journal inspect d --from -1", "--from must be a position, a number of bytes, and -1 is none"),
            (
                "journal inspect d --order o --from 8",
                "--order says where its record is: it goes with no journal or position"
            ),
            ("journal restore b t --until 2027-13-01T", "--until 2027-13-01T is no time, such as 2027-01-01T09:00:00Z"),
            ("journal restore b t --until x:8", "--until x:8: x is no journal's number"),
            ("journal restore b t --until 0:8 --until 0:9", "--until names journal 0 twice"),
            (
                "journal restore b t --until 8 --until 1:9",
                "--until must name the journal of each position: JOURNAL:POSITION"
            ),
        ]
    )
    func refusals(line: String, reason: String) {
        #expect(throws: UsageError(description: reason)) { try parse(line) }
    }
}
