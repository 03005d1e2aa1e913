import Domain
import Journal
import Platform

/// Reads records of a data folder by their address, in the partitions' journals and in retired ones.
///
/// - Isolation: one thread at a time.
public final class RecordFinder<D: Disk> {
    /// The folder's secret.
    public let key: FingerprintKey
    private let readers: [UInt16: JournalReader<D>]

    /// Reads from these journals, by their numbers.
    public init(_ readers: [UInt16: JournalReader<D>], key: FingerprintKey) {
        self.readers = readers
        self.key = key
    }

    /// Where the records of a journal begin that are kept; nil where there is no such journal, or nothing of it.
    public func start(ofJournal number: UInt16) throws(JournalError) -> JournalPosition? {
        guard let reader = readers[number] else { return nil }
        return try reader.start()
    }

    /// The record at an address that was once given to a record; nil where its segment is gone, or was never durable.
    ///
    /// - Throws: why the record cannot be read: `noRecord` where its segment holds none there, which is damage.
    public func find(_ address: RecordAddress) throws(JournalError) -> FoundRecord? {
        guard let (type, payload) = try read(address) else { return nil }
        return SKURecord(type: type, payload.span, key: key).map { FoundRecord(record: $0, payload: payload) }
    }

    /// The record at an address, whoever's it is; nil where there is none.
    ///
    /// - Throws: why nobody knows whether there is one.
    public func findAny(_ address: RecordAddress) throws(JournalError) -> (record: JournalRecord, payload: [UInt8])? {
        guard let (type, payload) = try read(address) else { return nil }
        return JournalRecord(type: type, payload.span, key: key).map { ($0, payload) }
    }

    /// The record at an address, whoever's it is, with its name's bytes; nil where there is none.
    ///
    /// - Throws: why nobody knows whether there is one.
    func findHead(_ address: RecordAddress) throws(JournalError) -> (head: RecordHead, name: [UInt8])? {
        try findAny(address).map { ($0.record.head, Array($0.payload[$0.record.head.sku])) }
    }

    private func read(_ address: RecordAddress) throws(JournalError) -> (type: UInt8, payload: [UInt8])? {
        guard let reader = readers[address.journal] else { return nil }
        var payload: [UInt8] = []
        do throws(JournalError) {
            let type = try reader.read(at: address.position, into: &payload)
            return (type, payload)
        } catch {
            if case .noRecord = error, try !reader.holds(address.position) { return nil }
            throw error
        }
    }
}

/// A record with the bytes that its ranges are of.
public struct FoundRecord: Sendable {
    /// What it says.
    public let record: SKURecord
    /// Its payload.
    public let payload: [UInt8]
}
