import Domain
import Foundation
import Journal
import Loop
import Platform

@testable import Keepers

/// A folder's partitions, with everything that anybody was told of them.
final class Shop {
    /// A change that somebody was told of.
    struct Told {
        let sku: String
        let sequence: UInt64
        let address: RecordAddress
        let key: UInt64?
        let purchase: Purchase?
    }

    private let secret: FingerprintKey
    private(set) var partitions: [Partition] = []
    /// In the order in which they were made.
    private(set) var told: [Told] = []
    private var openings: [JournalOpening<RealDisk>] = []
    private var folder: DataFolder<RealDisk>
    private let path: String
    private let windowMilliseconds: Int64
    private let loop: EventLoop
    private static let limits = JournalLimits(segmentBytes: 1 << 16, stagingBytes: 1 << 18)

    init(partitions count: Int, windowMilliseconds: Int64 = 86_400_000) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "stockkeeper-\(UUID().uuidString)").path
        self.windowMilliseconds = windowMilliseconds
        loop = try EventLoop(index: 0)
        secret = try TestFailure.unwrap(PartitionHarness.key)
        folder = try DataFolder.open(disk: RealDisk(), path: path, holder: "test", limits: Self.limits) {
            FolderDescription(
                partitions: count,
                id: JournalID(low: 1, high: 2),
                secret: [UInt8](0..<16),
                createdMilliseconds: 0
            )
        }
        try start()
    }

    deinit {
        folder.close()
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Stops, shares everything out among so many new partitions, and starts again.
    @discardableResult
    func repartition(
        _ count: Int,
        windowMilliseconds: Int64? = nil
    ) throws -> RepartitionSummary {
        try stop()
        let summary = try FolderRepartition(
            folder,
            disk: RealDisk(),
            limits: Self.limits,
            windowMilliseconds: windowMilliseconds ?? self.windowMilliseconds,
            clock: SystemClock()
        )
        .run(count)
        folder.close()
        folder = try DataFolder.openFinished(disk: RealDisk(), path: path, holder: "test")
        try start()
        return summary
    }

    func restart() throws {
        try stop()
        try start()
    }

    private func stop() throws {
        commit()
        for opening in openings { opening.writer.finish() }
    }

    private func start() throws {
        let description = folder.description
        let recovered = try description.journals.map { number in
            try JournalPlace(folder, journal: number, on: RealDisk())
                .recover(limits: Self.limits, clock: SystemClock()) {
                    Partition(
                        index: number - description.firstJournal,
                        journalNumber: UInt16(number),
                        executor: PlacedExecutor(loop: loop),
                        key: secret,
                        windowMilliseconds: windowMilliseconds,
                        keysMax: 1_000_000
                    )
                }
        }
        partitions = recovered.map(\.partition)
        openings = recovered.map(\.opening)
        for (partition, opening) in zip(partitions, openings) { partition.connect(opening.appender) }
    }

    /// Publishes, and makes everything durable.
    func commit() {
        for (partition, opening) in zip(partitions, openings) {
            partition.publish()
            while opening.writer.step() {}
        }
    }

    func partition(of sku: String) -> Partition {
        partitions[Slots(partitions: partitions.count).partition(of: Array(sku.utf8).span)]
    }

    func keeper(_ sku: String) -> SKUKeeper? { partition(of: sku).keeper(of: Array(sku.utf8).span) }

    @discardableResult
    func purchase(
        _ sku: String,
        buyer: String = "ann",
        quantity: Int64 = 1,
        key: UInt64? = nil,
        at milliseconds: Int64 = 1_000
    ) throws -> Outcome<Sale> {
        let partition = partition(of: sku)
        let outcome = partition.purchase(
            sku: Array(sku.utf8).span,
            buyer: Array(buyer.utf8).span,
            quantity: try TestFailure.unwrap(Quantity(quantity)),
            request: key.map { request(sku, $0) },
            at: Instant(millisecondsSinceEpoch: milliseconds)
        )
        if let sale = outcome.change {
            note(sku, sale.purchase.sequence, partition, sale.position, key, sale.purchase)
        }
        return outcome
    }

    @discardableResult
    func change(
        _ sku: String,
        _ command: SKUCommand,
        key: UInt64? = nil,
        at milliseconds: Int64 = 1_000
    ) throws
        -> Outcome<SKUChange>
    {
        let partition = partition(of: sku)
        let outcome = partition.change(
            sku: Array(sku.utf8).span,
            command,
            request: key.map { request(sku, $0) },
            at: Instant(millisecondsSinceEpoch: milliseconds)
        )
        if let change = outcome.change {
            let sequence = try TestFailure.unwrap(keeper(sku)).assumeIsolated { $0.sequence }
            note(sku, sequence, partition, change.position, key, nil)
        }
        return outcome
    }

    func create(_ sku: String, stock: Int64, limit: Int64? = nil) throws {
        let details = try PartitionHarness.details("the \(sku)", limit: limit)
        try change(sku, .put(details, stock: try TestFailure.unwrap(UnitCount(stock)), ifSequence: nil))
    }

    func wallet(_ buyer: String) -> WalletKeeper? { partition(of: buyer).wallet(of: Array(buyer.utf8).span) }

    @discardableResult
    func change(
        walletOf buyer: String,
        _ command: WalletCommand,
        key: UInt64? = nil,
        at milliseconds: Int64 = 1_000
    ) throws -> Outcome<WalletMove> {
        partition(of: buyer)
            .change(
                walletOf: Array(buyer.utf8).span,
                command,
                request: key.map { request(buyer, $0) },
                at: Instant(millisecondsSinceEpoch: milliseconds)
            )
    }

    /// A key belongs to the SKU it was sent to, and its fingerprint does not tell which.
    func request(_ sku: String, _ number: UInt64) -> RequestKey {
        var hasher = SipHasher128(key: secret)
        hasher.update(Array(sku.utf8).span)
        hasher.update(Array("\(number)".utf8).span)
        return RequestKey(fingerprint: hasher.finalize(), digest: number)
    }

    /// Where the first answer to a key stands now.
    func recall(_ sku: String, _ key: UInt64) -> RecordAddress? {
        let partition = partition(of: sku)
        return partition.recall(request(sku, key))?.address(seenFrom: partition.journalNumber)
    }

    /// Reads all journals, retired ones too.
    func records() -> RecordFinder<RealDisk> {
        var readers: [UInt16: JournalReader<RealDisk>] = [:]
        for number in folder.retired {
            readers[UInt16(number)] = folder.reader(journal: number, on: RealDisk(), following: nil)
        }
        for (partition, opening) in zip(partitions, openings) {
            let number = Int(partition.journalNumber)
            readers[partition.journalNumber] = folder.reader(
                journal: number,
                on: RealDisk(),
                following: opening.appender
            )
        }
        return RecordFinder(readers, key: secret)
    }

    /// Everything that can be seen of the SKUs, whatever partition they are in.
    func views() -> [String] {
        partitions.flatMap(\.keepers)
            .map { keeper in
                keeper.assumeIsolated { keeper in
                    let view = keeper.view(at: Instant(millisecondsSinceEpoch: 5_000))
                    let details = view.map {
                        "\($0.details.title) \($0.details.limitPerBuyer?.units ?? 0) \($0.levels)"
                    }
                    return "\(keeper.name) \(details ?? "gone") \(view.map { "\($0.status)" } ?? "") \(keeper.sequence)"
                }
            }
            .sorted()
    }

    private func note(
        _ sku: String,
        _ sequence: UInt64,
        _ partition: Partition,
        _ position: JournalPosition,
        _ key: UInt64?,
        _ purchase: Purchase?
    ) {
        let address = RecordAddress(journal: partition.journalNumber, position: position)
        told.append(Told(sku: sku, sequence: sequence, address: address, key: key, purchase: purchase))
    }
}
