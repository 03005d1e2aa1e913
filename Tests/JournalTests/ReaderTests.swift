import Platform
import Testing

@testable import Journal

@Suite("Reading single records")
struct ReaderTests {
    private func reader(_ journal: JournalHarness, follows: Bool = true) -> JournalReader<SimulatedDisk> {
        JournalReader(
            disk: journal.disk,
            directory: JournalHarness.directory,
            journal: JournalHarness.id,
            following: follows ? journal.appender : nil
        )
    }

    @Test("every durable record is read by its position, in any order, while the journal grows")
    func live() throws {
        let journal = try JournalHarness()
        let reader = reader(journal)
        var random = SplitMix64(seed: 11)
        var payload: [UInt8] = []
        for size in 0..<120 {
            journal.append(bytes: size)
            journal.commit()
            for record in journal.records.shuffled(using: &random).prefix(5) + [journal.records[size]] {
                #expect(try reader.read(at: record.position, into: &payload) == record.type)
                #expect(payload == record.payload)
            }
        }
    }

    @Test("a record of the largest size is read")
    func largest() throws {
        let journal = try JournalHarness(limits: JournalLimits(segmentBytes: 1 << 18, stagingBytes: 1 << 18))
        #expect(journal.limits.payloadBytesLimit == JournalLimits.payloadBytesMax)
        let position = try #require(journal.append(bytes: JournalLimits.payloadBytesMax))
        journal.commit()
        var payload: [UInt8] = []
        #expect(try reader(journal).read(at: position, into: &payload) == journal.records[0].type)
        #expect(payload == journal.records[0].payload)
        #expect(try JournalHarness(journal.disk.afterKill(), limits: journal.limits).records == journal.records)
    }

    @Test("what is not durable yet is no record, even if it is in the file")
    func notDurable() throws {
        let journal = try JournalHarness()
        let reader = reader(journal)
        let position = try #require(journal.append(bytes: 20))
        var payload: [UInt8] = []
        journal.disk.onOperation { _, operation in operation.kind == .sync ? .fails(5) : nil }
        journal.commit()
        #expect(journal.disk.content(JournalHarness.path(first: 0))?[4_096] != 0)
        #expect(throws: JournalError.noRecord(at: position)) { try reader.read(at: position, into: &payload) }
        #expect(try self.reader(journal, follows: false).read(at: position, into: &payload) > 0)
    }

    @Test("any other position is no record: between records, at seals, behind the end, far away")
    func elsewhere() throws {
        let journal = try JournalHarness()
        for size in [30, 100, 60, 90] { journal.append(bytes: size) }
        journal.commit()
        let starts = Set(journal.records.map(\.position.rawValue))
        let reader = reader(journal, follows: false)
        var payload: [UInt8] = []
        for place in Array(0...1_000 as ClosedRange<UInt64>) + [1 << 40, .max, .max - 7] where !starts.contains(place) {
            let position = JournalPosition(rawValue: place)
            #expect(throws: JournalError.noRecord(at: position)) { try reader.read(at: position, into: &payload) }
        }
    }

    @Test("a payload that looks like a record is none")
    func forged() throws {
        let journal = try JournalHarness()
        journal.append(bytes: 40)
        journal.commit()
        let bytes = try #require(journal.disk.content(JournalHarness.path(first: 0)))[4_096..<4_152]
        let appended = journal.appender.append(type: 9, payload: Array(bytes).span)
        let position = try #require(appended)
        journal.commit()
        var payload: [UInt8] = []
        let inside = JournalPosition(rawValue: position.rawValue + 16)
        #expect(throws: JournalError.noRecord(at: inside)) {
            try reader(journal).read(at: inside, into: &payload)
        }
    }

    @Test("a segment that is gone is no record")
    func gone() throws {
        let journal = try JournalHarness()
        for _ in 0..<8 { journal.append(bytes: 150) }
        journal.commit()
        try journal.disk.unlink(journal.segmentPaths[2])
        let reader = reader(journal)
        var payload: [UInt8] = []
        for (index, record) in journal.records.enumerated() {
            if index == 2 {
                #expect(throws: JournalError.noRecord(at: record.position)) {
                    try reader.read(at: record.position, into: &payload)
                }
            } else {
                #expect(try reader.read(at: record.position, into: &payload) == record.type)
            }
        }
    }
}
