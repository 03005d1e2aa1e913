import Domain
import Foundation
import Journal
import Loop
import Platform
import Synchronization

@testable import Keepers

/// A folder that goes with the test.
final class TestFolder {
    let path: String

    init(segmentBytes: Int = 64 << 20) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "stockkeeper-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        let limits = JournalLimits(segmentBytes: segmentBytes)
        try Journal.create(disk: RealDisk(), directory: path, journal: PartitionHarness.id, limits: limits)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// One partition on a journal whose writer the test steps.
final class PartitionHarness {
    static let id = JournalID(low: 1, high: 2)
    static let key = FingerprintKey([UInt8](0..<16).span)

    let partition: Partition
    let opening: JournalOpening<BreakableDisk>
    /// What the journal held when it was opened.
    let replayed: [(position: JournalPosition, type: UInt8, payload: [UInt8])]
    private let disk = BreakableDisk()
    private let folder: TestFolder

    init(
        _ folder: TestFolder,
        keysMax: Int = 1_000_000,
        stagingBytes: Int = 1 << 18,
        segmentBytes: Int = 1 << 20
    ) throws {
        self.folder = folder
        var replayed: [(position: JournalPosition, type: UInt8, payload: [UInt8])] = []
        let place = JournalPlace(disk: disk, directory: folder.path, journal: Self.id)
        let restored = try place.snapshots.restoreNewest { (source) throws(JournalError) in
            let partition = Self.emptyPartition(keysMax: keysMax)
            try partition.read(from: source)
            return partition
        }
        let partition = restored.state ?? Self.emptyPartition(keysMax: keysMax)
        opening = try Journal.open(
            disk: disk,
            directory: folder.path,
            journal: Self.id,
            limits: JournalLimits(segmentBytes: segmentBytes, stagingBytes: stagingBytes),
            from: restored.start
        ) { (position, type, payload) throws(JournalError) in
            replayed.append((position, type, (0..<payload.count).map { payload[$0] }))
            do throws(ReplayError) {
                try partition.replay(type: type, payload, start: position)
            } catch {
                throw .refused(at: position, reason: "\(error)")
            }
        }
        try partition.finishReplay()
        self.partition = partition
        self.replayed = replayed
        partition.connect(opening.appender)
    }

    /// A partition of which nothing is known.
    static func emptyPartition(keysMax: Int = 1_000_000, windowMilliseconds: Int64 = 86_400_000) -> Partition {
        guard let loop = try? EventLoop(index: 0), let key else { preconditionFailure("no loop") }
        return Partition(
            index: 3,
            journalNumber: 3,
            executor: PlacedExecutor(loop: loop),
            key: key,
            windowMilliseconds: windowMilliseconds,
            keysMax: keysMax
        )
    }

    /// Publishes, and makes everything durable or finds that the disk refuses.
    func commit() {
        partition.publish()
        while opening.writer.step() {}
    }

    func close() {
        commit()
        opening.writer.finish()
    }

    func breakDisk() { disk.isBroken.turnOn() }

    func purchase(
        _ sku: String,
        buyer: String = "ann",
        quantity: Int64 = 1,
        key: RequestKey? = nil,
        at milliseconds: Int64 = 1_000
    ) throws -> Outcome<Sale> {
        partition.purchase(
            sku: Array(sku.utf8).span,
            buyer: Array(buyer.utf8).span,
            quantity: try TestFailure.unwrap(Quantity(quantity)),
            request: key,
            at: Instant(millisecondsSinceEpoch: milliseconds)
        )
    }

    func change(
        _ sku: String,
        _ command: SKUCommand,
        key: RequestKey? = nil,
        at milliseconds: Int64 = 1_000
    )
        -> Outcome<SKUChange>
    {
        partition.change(
            sku: Array(sku.utf8).span,
            command,
            request: key,
            at: Instant(millisecondsSinceEpoch: milliseconds)
        )
    }

    func create(_ sku: String, stock: Int64, limit: Int64? = nil) throws {
        let details = try Self.details("the \(sku)", limit: limit)
        let units = try TestFailure.unwrap(UnitCount(stock))
        guard case .changed = change(sku, .create(details, stock: units)) else { throw TestFailure("not created") }
    }

    static func details(_ title: String, limit: Int64? = nil, description: String? = nil) throws -> SKUDetails {
        try SKUDetails(
            title: title,
            price: Money(amount: 250, currency: try TestFailure.unwrap(Currency("EUR"))),
            description: description,
            limitPerBuyer: limit.flatMap { Quantity($0) }
        )
    }

    func keeper(_ sku: String) -> SKUKeeper? { partition.keeper(of: Array(sku.utf8).span) }

    /// All that can be seen of a SKU, to be compared.
    func view(_ sku: String) -> String {
        guard let keeper = keeper(sku) else { return "none" }
        return keeper.assumeIsolated { keeper in
            let view = keeper.view(at: Instant(millisecondsSinceEpoch: 5_000))
            let details = view.map { view in
                let details = view.details
                return "\(details.title) \(details.price) \(details.description ?? "-") \(details.image ?? "-") "
                    + "\(String(describing: details.limitPerBuyer)) \(String(describing: details.opensAt)) "
                    + "\(details.paused) \(view.levels) \(view.status)"
            }
            let trail = stride(from: UInt64(1), through: keeper.sequence, by: 61)
                .map { keeper.trail(upTo: $0).place.rawValue }
            let table = "\(keeper.state.holds.count) \(keeper.state.holds.openCount)"
            let holds = "\(table) \(keeper.state.hasCancellations)"
            return
                "\(details ?? "gone") \(holds) \(keeper.sequence) \(trail) \(String(describing: keeper.violatedInvariant()))"
        }
    }

    /// All that can be seen of the partition.
    var summary: [String] {
        partition.keepers.map { "\($0.name) " + view(String(decoding: $0.name, as: UTF8.self)) }
    }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }

    static func unwrap<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw TestFailure("no \(Value.self)") }
        return value
    }
}

extension RequestKey {
    init(_ number: UInt64, digest: UInt64 = 0) {
        self.init(fingerprint: Fingerprint(high: number &* 0x9E37_79B9_7F4A_7C15, low: number), digest: digest)
    }
}

extension Outcome {
    var change: Change? {
        if case .changed(let change) = self { return change }
        return nil
    }

    var remembered: RecordPlace? {
        if case .remembered(let place) = self { return place }
        return nil
    }

    var unavailability: Unavailability? {
        if case .unavailable(let reason) = self { return reason }
        return nil
    }

    var refusal: Refusal? {
        if case .refused(let refusal, _) = self { return refusal }
        return nil
    }
}

/// The machine's disk, until its syncs are told to fail.
struct BreakableDisk: Disk {
    final class Switch: Sendable {
        private let value = Atomic<Bool>(false)
        func turnOn() { value.store(true, ordering: .relaxed) }
        var isOn: Bool { value.load(ordering: .relaxed) }
    }

    let isBroken = Switch()
    private let real = RealDisk()

    final class File: DiskFile {
        private let file: RealFile
        private let isBroken: Switch

        init(_ file: RealFile, _ isBroken: Switch) {
            self.file = file
            self.isBroken = isBroken
        }

        func read(at offset: UInt64, into bytes: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
            try unsafe file.read(at: offset, into: bytes)
        }

        func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(SystemError) -> Int {
            try file.write(bytes, at: offset)
        }

        func sync() throws(SystemError) {
            if isBroken.isOn { throw SystemError("fdatasync", code: 5) }
            try file.sync()
        }

        func size() throws(SystemError) -> UInt64 { try file.size() }
        func truncate(to size: UInt64) throws(SystemError) { try file.truncate(to: size) }
        func close() throws(SystemError) { try file.close() }
    }

    func createDirectory(_ path: String) throws(SystemError) { try real.createDirectory(path) }
    func list(_ path: String) throws(SystemError) -> [String] { try real.list(path) }
    func open(_ path: String, _ access: DiskAccess) throws(SystemError) -> File {
        File(try real.open(path, access), isBroken)
    }
    func openLocked(_ path: String, holder: String) throws(SystemError) -> File {
        File(try real.openLocked(path, holder: holder), isBroken)
    }
    func rename(_ source: String, to target: String) throws(SystemError) { try real.rename(source, to: target) }
    func unlink(_ path: String) throws(SystemError) { try real.unlink(path) }
    func syncDirectory(_ path: String) throws(SystemError) { try real.syncDirectory(path) }
    func freeBytes(_ path: String) throws(SystemError) -> UInt64 { try real.freeBytes(path) }
}

/// SplitMix64: the same seed gives the same run, on any machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
    mutating func oneIn(_ times: Int) -> Bool { below(times) == 0 }
}
