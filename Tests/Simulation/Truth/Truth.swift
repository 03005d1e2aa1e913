import Domain
import Journal
import Keepers
import Platform

/// What is durable, and so what is true: every SKU's history and every key, by the records on the platters.
final class Truth {
    let histories: [History]
    private let workload: Workload
    private let disk: SimulatedDisk
    private let slots: Slots
    private(set) var taps: [JournalTap] = []
    private var key: FingerprintKey?
    /// Keys by their fingerprint: the record that each one stands for.
    private var keys: [Fingerprint: KeyRecord] = [:]
    private var keyOrder: [Fingerprint] = []
    /// The latest record of each partition that has a key.
    private var latest: [Int64] = []
    /// How long a key is promised to be remembered.
    ///
    /// Unit: milliseconds.
    static let windowMilliseconds: Int64 = 24 * 3_600_000

    private struct KeyRecord {
        let request: RequestKey
        let partition: Int
        let position: UInt64
        let at: Int64
    }

    init(histories: [History], workload: Workload, disk: SimulatedDisk, partitions: Int) {
        self.histories = histories
        self.workload = workload
        self.disk = disk
        slots = Slots(partitions: partitions)
    }

    /// Looks at a folder that a server has opened for the first time.
    func open(_ journals: [(directory: String, id: JournalID)], key: FingerprintKey) {
        guard taps.isEmpty else {
            for tap in taps { tap.reopen() }
            return
        }
        self.key = key
        taps = journals.map { JournalTap(disk: disk, directory: $0.directory, journal: $0.id) }
        latest = taps.map { _ in .min }
    }

    /// Takes in what has become durable of one journal.
    func follow(_ partition: Int) throws(Violation) {
        try taps[partition]
            .run { (position, type, payload) throws(Violation) in
                try take(partition, position, type, payload)
            }
    }

    private func take(_ partition: Int, _ position: UInt64, _ type: UInt8, _ payload: Span<UInt8>) throws(Violation) {
        guard let key, let record = SKURecord(type: type, payload, key: key) else {
            throw Violation("partition \(partition): the record at \(position) cannot be read")
        }
        let name = payload.extracting(record.head.sku)
        guard name.count == 2, name[0] == 115, Int(name[1]) - 48 < histories.count else {
            throw Violation("partition \(partition): a record of a SKU that nobody named")
        }
        let sku = Int(name[1]) - 48
        try promise(slots.partition(of: name) == partition, "a record of \(histories[sku].label) in another partition")
        let operation = try operation(of: record.event, buyer: payload.extracting(record.buyer))
        try histories[sku].add(record.event, at: position, operation: operation?.number)
        if let operation { try note(operation, sku, record.event) }
        if let request = record.head.key { try remember(request, partition, position, record.event) }
    }

    /// Who asked for a change, where the record says so.
    private func operation(of event: SKUEvent, buyer: Span<UInt8>) throws(Violation) -> Operation? {
        let number: Int?
        switch event {
        case .purchased: number = buyer[0] == 117 ? Self.number(buyer) : nil
        case .created(let creation): number = Self.number(Array(creation.details.title.utf8).span)
        case .replaced(let change), .amended(let change): number = Self.number(Array(change.details.title.utf8).span)
        case .stockAdjusted(let adjustment):
            number = adjustment.note.reference.flatMap { Self.number(Array($0.utf8).span) }
        case .removed: return nil
        case .held, .confirmed, .holdEnded, .holdProlonged, .cancelled, .reserved, .settled: number = nil
        }
        guard let number else {
            if case .purchased = event, buyer[0] == 98 { return nil }
            throw Violation("a change that nobody asked for")
        }
        try promise(number < workload.operations.count, "a change that nobody asked for")
        return workload.operations[number]
    }

    private static func number(_ text: Span<UInt8>) -> Int? {
        guard text.count > 1 else { return nil }
        var value = 0
        for index in 1..<text.count {
            guard (48...57).contains(text[index]) else { return nil }
            value = value * 10 + Int(text[index]) - 48
        }
        return value
    }

    private func note(_ operation: Operation, _ sku: Int, _ event: SKUEvent) throws(Violation) {
        let at = event.at.millisecondsSinceEpoch
        let label = "operation \(operation.number)"
        try promise(operation.sku == sku && operation.matches(event), "\(label): another change was made of it")
        try promise(operation.attemptsOpen > 0 || operation.isUncertain, "\(label): was refused, and is in the journal")
        let isAgain =
            operation.change != nil && !(operation.isKeyed && at - operation.changedAt >= Self.windowMilliseconds)
        try promise(!isAgain, "\(label): applied twice")
        operation.change = histories[sku].last
        operation.changedAt = at
    }

    private func remember(
        _ request: RequestKey,
        _ partition: Int,
        _ position: UInt64,
        _ event: SKUEvent
    ) throws(Violation) {
        let at = event.at.millisecondsSinceEpoch
        if let before = keys[request.fingerprint] {
            try promise(at - before.at >= Self.windowMilliseconds, "a key was used twice within its window")
        } else {
            keyOrder.append(request.fingerprint)
        }
        keys[request.fingerprint] = KeyRecord(request: request, partition: partition, position: position, at: at)
        latest[partition] = max(latest[partition], at)
    }
}

extension Truth {
    /// Holds a server's state against the records: all of them are durable, and nothing else has happened.
    func compare(with partitions: [Partition], at now: Instant) throws(Violation) {
        for (index, tap) in taps.enumerated() {
            let end = partitions[index].appender?.end.rawValue ?? 0
            try promise(
                end == tap.position,
                "partition \(index) ends at \(end), its durable records at \(tap.position)"
            )
        }
        for history in histories { try compare(history, partitions[home(history)], now) }
        try compareKeys(partitions)
    }

    private func home(_ history: History) -> Int {
        let name = history.name
        return slots.partition(of: name.span)
    }

    private func compare(_ history: History, _ partition: Partition, _ now: Instant) throws(Violation) {
        let label = history.label
        let name = history.name
        guard let keeper = partition.keeper(of: name.span) else {
            return try promise(history.last == 0, "\(label): has records and no keeper")
        }
        let sequence = keeper.assumeIsolated { $0.sequence }
        try promise(sequence == UInt64(history.last), "\(label): the keeper is at \(sequence) of \(history.last)")
        let view = keeper.viewInPlace(at: now)
        let moment = history.now
        try promise((view == nil) == (moment.details == nil), "\(label): is in the catalogue or is not")
        if let view, let details = moment.details {
            let levels = view.levels
            let isSame =
                levels.available == moment.available && levels.sold == moment.sold && levels.held == 0
                && levels.supplied == moment.supplied
            try promise(isSame, "\(label): the keeper has \(levels), the records \(moment)")
            let hasDetails =
                view.details.title == details.title && view.details.price == details.price
                && view.details.paused == details.paused && view.details.limitPerBuyer == details.limitPerBuyer
                && view.details.description == details.description
            try promise(hasDetails, "\(label): other details than its records")
        }
        let broken = keeper.assumeIsolated { $0.violatedInvariant() }
        try promise(broken == nil, "\(label): \(broken.map { "\($0)" } ?? "")")
        for number in stride(from: 64, through: history.last, by: 64) {
            let start = keeper.assumeIsolated { $0.trail(upTo: UInt64(number)) }
            let isThere = start.place.position.rawValue == history.moments[number].position
            try promise(isThere, "\(label): the trail is lost at \(number)")
        }
    }

    private func compareKeys(_ partitions: [Partition]) throws(Violation) {
        for fingerprint in keyOrder {
            guard let key = keys[fingerprint], latest[key.partition] - key.at < Self.windowMilliseconds else {
                continue
            }
            let place = partitions[key.partition].recall(key.request)?.position.rawValue
            try promise(place == key.position, "a key of \(key.position) in partition \(key.partition) is forgotten")
        }
    }
}

extension Operation {
    /// Whether a change is what was asked for.
    fileprivate func matches(_ event: SKUEvent) -> Bool {
        switch (kind, event) {
        case (.purchase(let quantity, _), .purchased(let purchase)),
            (.reuse(_, let quantity), .purchased(let purchase)):
            purchase.quantity.units == quantity
        case (.adjust(let delta), .stockAdjusted(let adjustment)): adjustment.delta == delta
        case (.set(let target, _), .stockAdjusted(let adjustment)): adjustment.remaining == target
        case (.put, .created), (.put, .replaced), (.amend, .amended): true
        default: false
        }
    }
}
