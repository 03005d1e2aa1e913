import Foundation
import Platform
import Synchronization
import Testing

@testable import Journal

/// The journal as it runs in production: real files, a writer's and a preparer's thread.
@Suite("Threads")
struct WriterThreadTests {
    @Test("records that the loop appends while the writer syncs are all durable in the end, and come back in order")
    func endToEnd() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "journal-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: url) }
        let limits = JournalLimits(segmentBytes: 1 << 17, stagingBytes: 1 << 16, settleAfterNanoseconds: 1_000_000)
        let folder = try DataFolder.open(disk: RealDisk(), path: url.path, holder: "test", limits: limits) {
            FolderDescription(
                partitions: 1,
                id: JournalID(low: 1, high: 2),
                secret: [UInt8](repeating: 7, count: 16),
                createdMilliseconds: 0
            )
        }
        let records: UInt64 = 20_000
        let progress = Parker()
        let ignore: JournalReplay = { (_, _, _) throws(JournalError) in }
        let opening = try open(folder, limits, onProgress: { progress.wake() }, replay: ignore)
        let writer = opening.writer
        let preparer = opening.preparer
        let threads = [
            try NativeThread(name: "journal") { writer.run() },
            try NativeThread(name: "preparer") { preparer.run() },
        ]
        for number in 0..<records {
            while opening.appender.append(type: 3, payload: Self.payload(number).span) == nil {
                opening.appender.publish()
                progress.wait()
            }
            if number % 50 == 0 { opening.appender.publish() }
        }
        opening.appender.publish()
        while opening.appender.durable < opening.appender.end { progress.wait() }
        writer.stop()
        preparer.stop()
        for thread in threads { thread.join() }
        #expect(opening.appender.fault == nil)
        #expect(opening.appender.counters.records.value == records)
        #expect(opening.appender.counters.segmentsReady.value + opening.appender.counters.segmentsLate.value > 5)

        var next: UInt64 = 0
        let again = try open(folder, limits) { (position, type, payload) throws(JournalError) in
            guard type == 3, payload.array == Self.payload(next) else {
                throw .refused(at: position, reason: "not record \(next)")
            }
            next += 1
        }
        #expect(next == records)
        #expect(again.report.tornBytes == 0)
        #expect(again.report.end == opening.appender.end)
        folder.close()
    }

    private static func payload(_ number: UInt64) -> [UInt8] {
        [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 20 + Int(number % 100))
    }

    private func open(
        _ folder: DataFolder<RealDisk>,
        _ limits: JournalLimits,
        onProgress: @escaping @Sendable () -> Void = {},
        replay: JournalReplay
    ) throws(JournalError) -> JournalOpening<RealDisk> {
        try Journal.open(
            disk: RealDisk(),
            directory: folder.journalDirectory(partition: 0),
            journal: folder.journalID(partition: 0),
            limits: limits,
            onProgress: onProgress,
            replay: replay
        )
    }
}
