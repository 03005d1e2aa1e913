import Domain

/// A table in a box: the expectation macros copy what they look at, and a table cannot be copied.
final class FingerprintBox {
    private var table = FingerprintTable()

    var count: Int { table.count }
    var isEmpty: Bool { table.isEmpty }
    var memoryBytes: Int { table.memoryBytes }

    func find(_ fingerprint: Fingerprint) -> UInt64? { table.find(fingerprint) }

    func set(_ value: UInt64, for fingerprint: Fingerprint) -> UInt64? { table.set(value, for: fingerprint) }

    func insert(_ fingerprint: Fingerprint, _ value: UInt64) -> UInt64? { table.insert(fingerprint, value) }

    func add(_ amount: UInt64, to fingerprint: Fingerprint) { table.add(amount, to: fingerprint) }

    func visit<Failure: Error>(_ body: (Fingerprint, UInt64) throws(Failure) -> Void) throws(Failure) {
        try table.visit(body)
    }

    /// The entries, in the order of a visit.
    func entries() -> [(Fingerprint, UInt64)] {
        var entries: [(Fingerprint, UInt64)] = []
        table.visit { entries.append(($0, $1)) }
        return entries
    }
}

/// A table that forgets, in a box.
final class GenerationalBox {
    private var table: GenerationalTable

    init(window: Int64, entriesMax: Int = 1_000_000) {
        table = GenerationalTable(windowMilliseconds: window, entriesMax: entriesMax)
    }

    var count: Int { table.count }
    var memoryBytes: Int { table.memoryBytes }

    func find(_ fingerprint: Fingerprint) -> UInt64? { table.find(fingerprint) }

    func isFull(at milliseconds: Int64) -> Bool { table.isFull(at: Sample.at(milliseconds)) }

    func insert(_ fingerprint: Fingerprint, _ value: UInt64, at milliseconds: Int64) {
        table.insert(fingerprint, value, at: Sample.at(milliseconds))
    }

    func visit(_ body: (Fingerprint, UInt64, Int64) -> Void) {
        table.visit { body($0, $1, $2.millisecondsSinceEpoch) }
    }

    /// What each fingerprint is found with.
    func contents() -> [Fingerprint: UInt64] {
        var entries: [Fingerprint: UInt64] = [:]
        table.visit { fingerprint, value, _ in entries[fingerprint] = value }
        return entries
    }
}
