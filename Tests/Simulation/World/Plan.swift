import Platform
import Service

/// What a seed's world is like: sizes small enough that everything that is rare elsewhere happens all the time.
struct Plan {
    let partitions: Int
    let skus: Int
    let wallets: Int
    /// Whether there are carts, and purchases that wallets pay for.
    let hasBundles: Bool
    let clients: Int
    let lives: Int
    /// Limits of the server, the same in all lives.
    private let segmentBytes: Int
    private let stagingBytes: Int
    private let pipelinedMax: Int
    private let connectionsMax: Int
    private let keysMax: Int
    private let snapshotEveryBytes: Int
    private let snapshotsKept: Int
    /// How long segments are kept; 0: for ever.
    let retentionDays: Int
    let holdRules: HoldRules

    /// Where the folder is on the simulated disk.
    static let folder = "/data"
    static let requestTimeoutSeconds = 2
    static let writeTimeoutSeconds = 3
    static let idleTimeoutSeconds = 5
    private static let holdsRememberedHours: Int64 = 2

    init(_ chance: Chance) {
        partitions = chance.within(1...4)
        skus = chance.within(2...6)
        wallets = chance.within(2...5)
        hasBundles = chance.percent(75)
        clients = chance.within(3...24)
        lives = chance.within(2...4)
        segmentBytes = 4_096 + chance.pick([2_048, 4_096, 8_192, 32_768])
        stagingBytes = chance.pick([4_096, 16_384, 65_536])
        pipelinedMax = chance.pick([1, 4, 64])
        connectionsMax = chance.percent(20) ? chance.within(2...8) : 1_000
        snapshotEveryBytes = chance.pick([0, 4_096, 16_384, 65_536])
        snapshotsKept = chance.within(1...3)
        retentionDays = chance.percent(25) ? 1 : 0
        keysMax = chance.percent(10) ? chance.within(50...400) : 1 << 20
        holdRules = HoldRules(
            openPerBuyerMax: chance.within(1...4),
            heldUnitsMax: chance.percent(50) ? 0 : Int64(chance.within(5...40)),
            extensionsMax: chance.within(0...3),
            rememberedMilliseconds: Self.holdsRememberedHours * 3_600_000
        )
    }

    func configuration(loops: Int) -> ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.data = Self.folder
        configuration.loops = loops
        configuration.partitions = partitions
        configuration.mailboxBytes = 65_536
        configuration.http.requestTimeoutSeconds = Self.requestTimeoutSeconds
        configuration.http.writeTimeoutSeconds = Self.writeTimeoutSeconds
        configuration.http.idleTimeoutSeconds = Self.idleTimeoutSeconds
        configuration.http.pipelinedMax = pipelinedMax
        configuration.http.connectionsMax = connectionsMax
        configuration.journal.segmentBytes = segmentBytes
        configuration.journal.stagingBytes = stagingBytes
        configuration.journal.snapshotEveryBytes = snapshotEveryBytes
        configuration.journal.snapshotsKept = snapshotsKept
        configuration.journal.retentionDays = retentionDays
        configuration.idempotency.keysMax = keysMax
        configuration.holds.openPerBuyerMax = holdRules.openPerBuyerMax
        configuration.holds.heldUnitsMax = Int(holdRules.heldUnitsMax)
        configuration.holds.extensionsMax = holdRules.extensionsMax
        configuration.holds.rememberedHours = Int(Self.holdsRememberedHours)
        return configuration
    }
}
