import Platform
import Testing

@testable import Journal

/// Rung 1: every disk that a power cut may leave, at every operation of a small workload.
@Suite("Power cuts")
struct PowerCutTests {
    enum Step {
        case append(Int)
        case publish
        case write
        case prepare
        case settle
        /// The process is killed and the journal opened again.
        case restart
    }

    static let workloads: [String: [Step]] = [
        "one lone record": [.append(20), .publish, .write],
        "two batches, the second not published at first": [
            .append(20), .publish, .append(30), .write, .publish, .write,
        ],
        "a batch of several records, then a settled mark": [
            .append(20), .append(0), .append(90), .publish, .write, .settle, .append(10), .publish, .write,
        ],
        "a settled mark while a batch is published but not written": [
            .append(20), .publish, .write, .append(30), .publish, .settle, .write,
        ],
        "a batch that rolls into a prepared segment": [
            .append(100), .publish, .write, .prepare, .append(90), .append(70), .publish, .write,
        ],
        "a batch that rolls over segments the writer has to make": [
            .append(50), .publish, .write, .append(150), .append(150), .append(150), .append(20), .publish, .write,
        ],
        "a restart between batches": [
            .append(60), .publish, .write, .append(30), .publish, .restart, .append(90), .publish, .write,
        ],
    ]

    @Test("nothing acknowledged is lost and recovery never refuses", arguments: workloads.keys.sorted())
    func everyCut(name: String) throws {
        let moments = try run(try #require(Self.workloads[name]))
        var disks = 0
        for moment in moments {
            PowerCut.each(moment.state) { disk in
                disks += 1
                verify(disk, moment)
            }
        }
        #expect(disks > 50, "the enumeration is not empty")
    }

    @Test("a power cut during recovery changes nothing", arguments: workloads.keys.sorted())
    func everyCutOfRecovery(name: String) throws {
        let moments = try run(try #require(Self.workloads[name]))
        for moment in moments {
            PowerCut.each(moment.state, PowerCut.Options(cutsBytes: false)) { disk in
                let states = Recorder<SimulatedDisk.State>()
                disk.observe { _, state in states.add(state) }
                guard (try? JournalHarness(disk)) != nil else { return }
                for state in states.values {
                    PowerCut.each(state, PowerCut.Options(cutsBytes: false)) { verify($0, moment, goesOn: false) }
                }
            }
        }
    }

    @Test("the enumeration sees a sync that lies: an acknowledged record is lost")
    func lyingSync() throws {
        let lost = try violations([.append(20), .publish, .write]) { operation in
            operation.kind == .sync && operation.path.hasSuffix(SegmentName.suffix) ? .lies : nil
        }
        #expect(lost > 0)
    }

    @Test("the enumeration sees a directory sync that lies: a segment's name is lost with its records")
    func lyingDirectorySync() throws {
        let lost = try violations([.append(200), .publish, .write, .append(200), .publish, .write]) { operation in
            operation.kind == .syncDirectory ? .lies : nil
        }
        #expect(lost > 0)
    }

    /// What was appended and what was acknowledged when an operation was at work.
    private struct Moment {
        let state: SimulatedDisk.State
        let records: [TestRecord]
        let durable: JournalPosition
    }

    /// Runs a workload and notes every moment at which a power cut could leave a disk of its own.
    private func run(
        _ steps: [Step],
        fault: (@Sendable (SimulatedDisk.Operation) -> SimulatedDisk.Fault?)? = nil
    ) throws -> [Moment] {
        let states = Recorder<SimulatedDisk.State>()
        var journal = try JournalHarness()
        func listen() {
            journal.disk.observe { _, state in states.add(state) }
            if let fault { journal.disk.onOperation { _, operation in fault(operation) } }
        }
        listen()
        var moments: [Moment] = []
        for step in steps {
            let seen = states.values.count
            // During a step the acknowledged part is what it was before: the step ends with the acknowledgement.
            let durable = journal.durable
            switch step {
            case .append(let bytes): try #require(journal.append(bytes: bytes) != nil)
            case .publish: journal.appender.publish()
            case .write: journal.writer.step()
            case .prepare: try journal.opening.preparer.prepare()
            case .settle: journal.writer.settle()
            case .restart:
                journal = try JournalHarness(journal.disk.afterKill())
                listen()
            }
            for state in states.values[seen...] {
                moments.append(Moment(state: state, records: journal.records, durable: durable))
            }
            moments.append(
                Moment(state: journal.disk.snapshot, records: journal.records, durable: journal.durable)
            )
        }
        return moments
    }

    /// What is wrong with recovery from `disk`; nil if nothing is.
    private func violation(_ disk: SimulatedDisk, _ moment: Moment, goesOn: Bool) -> String? {
        do {
            let journal = try JournalHarness(disk)
            let recovered = journal.records
            guard moment.records.starts(with: recovered) else { return "recovered \(recovered)" }
            guard journal.appender.end >= moment.durable else { return "\(moment.durable) was acknowledged" }
            let again = try JournalHarness(disk.afterKill())
            guard again.records == recovered, again.opening.report.tornBytes == 0 else { return "not the same again" }
            if !goesOn { return nil }
            // It goes on from there, and keeps what is acknowledged then, whatever the cut has left behind it.
            for bytes in [40, 0, 120] { again.append(bytes: bytes) }
            again.commit()
            let afterCut = SimulatedDisk(again.disk.durableState)
            return try JournalHarness(afterCut).records == again.records ? nil : "does not go on"
        } catch {
            return "\(error)"
        }
    }

    private func verify(_ disk: SimulatedDisk, _ moment: Moment, goesOn: Bool = true) {
        if let violation = violation(disk, moment, goesOn: goesOn) {
            Issue.record("acknowledged up to \(moment.durable) of \(moment.records): \(violation)")
        }
    }

    private func violations(
        _ steps: [Step],
        fault: @escaping @Sendable (SimulatedDisk.Operation) -> SimulatedDisk.Fault?
    ) throws -> Int {
        var count = 0
        for moment in try run(steps, fault: fault) {
            PowerCut.each(moment.state, PowerCut.Options(cutsBytes: false)) { disk in
                if violation(disk, moment, goesOn: false) != nil { count += 1 }
            }
        }
        return count
    }
}
