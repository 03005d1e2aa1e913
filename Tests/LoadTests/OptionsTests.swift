import Testing

@testable import stockkeeper_bench

@Suite("Options")
struct OptionsTests {
    private let known = [
        Option("count", "N", "10", "a number"),
        Option("name", "TEXT", "", "a text"),
        Option("fast", "", "", "a switch"),
    ]

    @Test("values come in both spellings, and fallbacks where nothing is given")
    func values() throws {
        let options = try Options(known, ["--count=12", "--name", "x", "--fast"])
        #expect(try options.integer("count", 1...100) == 12)
        #expect(options.text("name") == "x")
        #expect(options.isOn("fast"))
        let bare = try Options(known, [])
        #expect(try bare.integer("count", 1...100) == 10)
        #expect(bare.text("name") == nil)
        #expect(!bare.isOn("fast"))
    }

    @Test(
        "a wrong command line is a usage error, with exit code 2",
        arguments: [["--size", "1"], ["count"], ["--count"], ["--fast=on"], ["--"]]
    )
    func refused(words: [String]) {
        #expect { _ = try Options(known, words) } throws: { ($0 as? BenchError)?.exitCode == 2 }
    }

    @Test("a number outside its range is refused", arguments: ["0", "101", "x", "", "1.5"])
    func outOfRange(text: String) throws {
        let options = try Options(known, ["--count", text])
        #expect { _ = try options.integer("count", 1...100) } throws: { ($0 as? BenchError)?.exitCode == 2 }
    }
}
