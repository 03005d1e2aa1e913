import Platform
import Testing

@testable import Journal

@Suite("Following a journal")
struct FollowerTests {
    private func follower(
        _ journal: JournalHarness,
        from position: JournalPosition = .start
    ) -> JournalFollower<SimulatedDisk> {
        JournalFollower(
            disk: journal.disk,
            directory: JournalHarness.directory,
            journal: JournalHarness.id,
            from: position
        )
    }

    /// Reads up to what is durable, or up to so many records.
    private func read(
        _ follower: JournalFollower<SimulatedDisk>,
        _ journal: JournalHarness,
        max: Int = .max
    ) throws -> (records: [TestRecord], stop: JournalFollower<SimulatedDisk>.Stop) {
        var records: [TestRecord] = []
        let stop = try follower.read(upTo: journal.durable) { (position, type, payload) throws(JournalError) in
            guard records.count < max else { throw .stopped }
            records.append(TestRecord(position: position, type: type, payload: payload.array))
        }
        return (records, stop)
    }

    @Test(
        "each record is handed over once, in order, as soon as it is durable, in parts of any size",
        arguments: [1, 2, 3]
    )
    func growing(seed: UInt64) throws {
        let journal = try JournalHarness()
        let follower = follower(journal)
        var random = SplitMix64(seed: seed)
        var read: [TestRecord] = []
        for _ in 0..<200 {
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                journal.append(bytes: .random(in: 0...150, using: &random))
            }
            if Bool.random(using: &random) { journal.commit() }
            let (records, stop) = try self.read(follower, journal, max: .random(in: 0...4, using: &random))
            read += records
            #expect(journal.records.starts(with: read))
            if stop == .limit { #expect(follower.position == journal.durable) }
        }
        journal.commit()
        read += try self.read(follower, journal).records
        #expect(read == journal.records && journal.segmentPaths.count > 10)
    }

    @Test("it begins at every record, and at no place between records")
    func places() throws {
        let journal = try JournalHarness()
        for size in [30, 100, 60, 90, 0, 8, 120] { journal.append(bytes: size) }
        journal.commit()
        let starts = journal.records.map(\.position.rawValue)
        for place in 0..<journal.durable.rawValue {
            let position = JournalPosition(rawValue: place)
            let follower = follower(journal, from: position)
            if let index = starts.firstIndex(of: place) {
                #expect(try read(follower, journal).records == Array(journal.records[index...]))
            } else if let records = try? read(follower, journal).records {
                // At a seal, where the next segment is what follows.
                let next = starts.firstIndex { $0 > place } ?? starts.count
                #expect(records == Array(journal.records[next...]), "\(place)")
                let behind = journal.records.last { $0.position.rawValue < place }
                #expect(
                    behind.map { $0.position.rawValue + 16 + UInt64(($0.payload.count + 7) / 8 * 8) == place } == true
                )
            }
        }
    }

    @Test("what is written and not durable is not read, and may be something else later")
    func undurable() throws {
        let journal = try JournalHarness()
        journal.append(bytes: 40)
        journal.commit()
        let follower = follower(journal)
        #expect(try read(follower, journal).records.count == 1)
        journal.append(bytes: 40)
        journal.appender.publish()
        #expect(journal.writer.write())
        #expect(try read(follower, journal).records.isEmpty)
        journal.writer.sync()
        #expect(try read(follower, journal).records == [journal.records[1]])
    }

    @Test("where the oldest segments have gone, a gap is told of, and what is kept follows")
    func gap() throws {
        let journal = try JournalHarness()
        for _ in 0..<12 { journal.append(bytes: 150) }
        journal.commit()
        let early = follower(journal)
        #expect(try read(early, journal, max: 2).records == Array(journal.records[..<2]))
        for path in journal.segmentPaths[..<5] { try journal.disk.unlink(path) }
        early.close()
        for follower in [early, follower(journal)] {
            #expect(try read(follower, journal).stop == .gap(journal.records[5].position))
            #expect(try read(follower, journal).records == Array(journal.records[5...]))
        }
    }

    @Test("a durable record that has changed is damage, with its place")
    func damage() throws {
        let journal = try JournalHarness()
        for size in [30, 100, 60] { journal.append(bytes: size) }
        journal.commit()
        let follower = follower(journal)
        #expect(try read(follower, journal, max: 1).records.count == 1)
        follower.close()
        let path = JournalHarness.path(first: 0)
        let offset = UInt64(JournalFormat.headerBytes) + journal.records[1].position.rawValue + 20
        _ = try journal.disk.open(path, .readWrite).write([0xFF].span, at: offset)
        #expect(throws: JournalError.self) { try read(follower, journal) }
    }
}
