import Platform
import Testing

@testable import Journal

/// A record as tests compare it.
struct TestRecord: Equatable, CustomStringConvertible {
    var position: JournalPosition
    var type: UInt8
    var payload: [UInt8]

    var description: String { "\(position):\(type):\(payload.count)" }
}

/// Tiny sizes, so that a few records roll segments and wrap the staging.
let tinyLimits = JournalLimits(segmentBytes: JournalFormat.headerBytes + 256, stagingBytes: 4_096)

/// One journal on a simulated disk: opened, written to, and compared with what was appended.
final class JournalHarness {
    static let directory = "/j"
    static let id = JournalID(low: 0x0102_0304_0506_0708, high: 0x1112_1314_1516_1718)

    let disk: SimulatedDisk
    let limits: JournalLimits
    /// All records of the open journal: those replayed, then those appended.
    private(set) var records: [TestRecord] = []
    private(set) var opening: JournalOpening<SimulatedDisk>

    /// Opens the journal on `disk`.
    init(
        _ disk: SimulatedDisk,
        limits: JournalLimits = tinyLimits,
        from: JournalStart = .beginning
    ) throws(JournalError) {
        self.disk = disk
        self.limits = limits
        var replayed: [TestRecord] = []
        opening = try Journal.open(
            disk: disk,
            directory: Self.directory,
            journal: Self.id,
            limits: limits,
            from: from,
            clock: StillClock()
        ) { (position, type, payload) throws(JournalError) in
            replayed.append(TestRecord(position: position, type: type, payload: payload.array))
        }
        records = replayed
    }

    /// A disk with an empty journal, everything durable.
    static func emptyDisk(limits: JournalLimits = tinyLimits) throws -> SimulatedDisk {
        let disk = SimulatedDisk()
        try disk.createDirectory(directory)
        try disk.syncDirectory("/")
        try Journal.create(disk: disk, directory: directory, journal: id, limits: limits)
        return disk
    }

    /// A new, empty journal.
    convenience init(limits: JournalLimits = tinyLimits) throws {
        try self.init(Self.emptyDisk(limits: limits), limits: limits)
    }

    var appender: JournalAppender { opening.appender }
    var writer: JournalWriter<SimulatedDisk> { opening.writer }
    var durable: JournalPosition { appender.durable }

    /// The start of a replay at a record or segment, as a snapshot of all before it would have it.
    func start(at position: JournalPosition) throws(JournalError) -> JournalStart {
        let stretch = try JournalStretch(
            disk: disk,
            directory: Self.directory,
            journal: Self.id,
            from: .beginning,
            upTo: position
        )
        while try stretch.step({ (_, _, _) throws(JournalError) in }) {}
        return stretch.end
    }

    /// Appends a record whose bytes follow from its number and size.
    @discardableResult
    func append(bytes: Int, type: UInt8? = nil) -> JournalPosition? {
        let number = records.count
        let payload = (0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ number &* 31 &+ 1) }
        let type = type ?? UInt8(number % 254 + 1)
        guard let position = appender.append(type: type, payload: payload.span) else { return nil }
        records.append(TestRecord(position: position, type: type, payload: payload))
        return position
    }

    /// Publishes and makes everything durable.
    func commit() {
        appender.publish()
        while writer.step() {}
    }

    /// The segment files, in order.
    var segmentPaths: [String] {
        ((try? disk.list(Self.directory)) ?? []).filter { SegmentName.first($0) != nil }.sorted()
            .map { "\(Self.directory)/\($0)" }
    }

    static func path(first: UInt64) -> String { "\(directory)/\(SegmentName.of(first: first))" }
    static var markPath: String { "\(directory)/settled" }
}

extension Span<UInt8> {
    var array: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for index in indices { bytes.append(self[index]) }
        return bytes
    }
}

/// A clock that stands still.
struct StillClock: Clock {
    func wallMilliseconds() -> Int64 { 0 }
    func monotonicNanoseconds() -> UInt64 { 0 }
}

/// A small seeded generator, so that a failing run can be had again.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
