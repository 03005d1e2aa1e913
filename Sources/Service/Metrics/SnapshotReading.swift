import Journal
import Keepers
import Platform
import Synchronization

/// What has become of one partition's snapshots and segments since the start.
///
/// - Isolation: any thread reads; the thread that makes snapshots writes.
package final class SnapshotTally: Sendable {
    private let builtCount = Atomic<UInt64>(0)
    private let failedCount = Atomic<UInt64>(0)
    private let damagedCount: UInt64
    private let deletedCount = Atomic<UInt64>(0)
    private let positionWord: Atomic<UInt64>
    private let bytesWord: Atomic<UInt64>
    private let createdWord: Atomic<Int64>
    private let buildNanoseconds = Atomic<UInt64>(0)

    /// What a start has found.
    ///
    /// - Parameters:
    ///   - snapshot: the one it began from.
    ///   - damaged: how many it could not use.
    package init(_ snapshot: SnapshotFacts?, damaged: Int) {
        positionWord = Atomic(snapshot?.position.rawValue ?? 0)
        bytesWord = Atomic(snapshot?.bytes ?? 0)
        createdWord = Atomic(snapshot?.createdMilliseconds ?? 0)
        damagedCount = UInt64(damaged)
    }

    /// The position of the newest snapshot; 0 where there is none.
    package var position: UInt64 { positionWord.load(ordering: .relaxed) }

    /// How old the newest snapshot is, in milliseconds; without one, very.
    func age(at clock: any Clock) -> Int64 {
        clock.wallMilliseconds() - createdWord.load(ordering: .relaxed)
    }

    func built(_ facts: SnapshotFacts, nanoseconds: UInt64) {
        positionWord.store(facts.position.rawValue, ordering: .relaxed)
        bytesWord.store(facts.bytes, ordering: .relaxed)
        createdWord.store(facts.createdMilliseconds, ordering: .relaxed)
        buildNanoseconds.store(nanoseconds, ordering: .relaxed)
        builtCount.add(1, ordering: .relaxed)
    }

    func failed() { failedCount.add(1, ordering: .relaxed) }

    func deletedSegment() { deletedCount.add(1, ordering: .relaxed) }

    /// All of it at one moment.
    func reading(at clock: any Clock) -> SnapshotReading {
        SnapshotReading(
            built: builtCount.load(ordering: .relaxed),
            failed: failedCount.load(ordering: .relaxed),
            damaged: damagedCount,
            position: position,
            bytes: bytesWord.load(ordering: .relaxed),
            ageSeconds: position == 0 ? nil : Double(max(0, age(at: clock))) / 1e3,
            buildSeconds: Double(buildNanoseconds.load(ordering: .relaxed)) / 1e9,
            segmentsDeleted: deletedCount.load(ordering: .relaxed)
        )
    }
}

/// One partition's snapshots and segments at one moment.
public struct SnapshotReading: Sendable, Equatable {
    /// Snapshots made since the start.
    public var built: UInt64
    /// Attempts that failed since the start.
    public var failed: UInt64
    /// Snapshots that the start could not use.
    public var damaged: UInt64
    /// The journal's position that the newest one stands for; 0 without one.
    public var position: UInt64
    /// The size of the newest one's file, in bytes.
    public var bytes: UInt64
    /// How old the newest one is; nil without one.
    public var ageSeconds: Double?
    /// What the last one took that was made since the start.
    public var buildSeconds: Double
    /// Segments deleted since the start because their time was over.
    public var segmentsDeleted: UInt64

    /// A reading.
    public init(
        built: UInt64 = 0,
        failed: UInt64 = 0,
        damaged: UInt64 = 0,
        position: UInt64 = 0,
        bytes: UInt64 = 0,
        ageSeconds: Double? = nil,
        buildSeconds: Double = 0,
        segmentsDeleted: UInt64 = 0
    ) {
        self.built = built
        self.failed = failed
        self.damaged = damaged
        self.position = position
        self.bytes = bytes
        self.ageSeconds = ageSeconds
        self.buildSeconds = buildSeconds
        self.segmentsDeleted = segmentsDeleted
    }
}

extension SnapshotReading {
    /// Writes what there is to say of snapshots and segments, by partition.
    static func write(_ snapshots: [SnapshotReading], to text: inout PrometheusText) {
        func samples(_ value: (SnapshotReading) -> UInt64) {
            for (partition, reading) in snapshots.enumerated() {
                text.sample(value(reading), ["partition": String(partition)])
            }
        }
        text.family("stockkeeper_snapshots_built_total", .counter, "Snapshots made, by partition.")
        samples(\.built)
        text.family("stockkeeper_snapshots_failed_total", .counter, "Snapshots that could not be made.")
        samples(\.failed)
        text.family("stockkeeper_snapshots_damaged", .gauge, "Snapshots that the start could not use.")
        samples(\.damaged)
        text.family("stockkeeper_snapshot_position_bytes", .gauge, "The journal's position of the newest snapshot.")
        samples(\.position)
        text.family("stockkeeper_snapshot_bytes", .gauge, "The size of the newest snapshot.")
        samples(\.bytes)
        text.family("stockkeeper_snapshot_age_seconds", .gauge, "How old the newest snapshot is, where there is one.")
        for (partition, reading) in snapshots.enumerated() {
            if let age = reading.ageSeconds { text.sample(age, ["partition": String(partition)]) }
        }
        text.family("stockkeeper_snapshot_build_seconds", .gauge, "What the last snapshot took to be made.")
        for (partition, reading) in snapshots.enumerated() {
            text.sample(reading.buildSeconds, ["partition": String(partition)])
        }
        text.family("stockkeeper_journal_segments_deleted_total", .counter, "Segments deleted because of their age.")
        samples(\.segmentsDeleted)
    }
}
