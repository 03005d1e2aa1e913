import Domain
import HTTP
import Journal
import Keepers
import Loop
import Platform

/// The index of orders as the archive keeps it, with what it says of itself.
struct KeptOrders {
    let index: OrderIndex
    let tally: IndexTally
    /// What has been read of the journals.
    let inbox: Mailbox

    /// Messages taken at once: requests are looked at in between.
    private static let messagesMax = 4

    /// Takes what has been read of the journals into the index.
    ///
    /// - Returns: whether there was anything.
    func takeNotes(_ metrics: LoopMetrics) -> Bool {
        let forgotten = index.forgotten
        let count = unsafe inbox.drain(messagesMax: Self.messagesMax) { bytes in
            let head = unsafe IndexMail.read(bytes) { $0.add(to: index) }
            tally.read(UInt16(truncatingIfNeeded: head.journal), upTo: head.position)
        }
        guard count > 0 else { return false }
        if index.forgotten > forgotten { metrics.reached(.indexOrders) }
        tally.holds(index.count, forgotten: index.forgotten)
        return true
    }
}

extension Archive {
    /// Most orders of one page.
    static var ordersMax: UInt64 { 500 }

    /// Writes a page of a buyer's orders, newest first.
    func orders(_ buyer: ByteRange, _ records: RecordFinder<D>, _ exchange: Exchange, _ bytes: Span<UInt8>) {
        guard let kept, let placement else {
            return composer.problem(
                .notFound,
                "This server keeps no index of orders: index.orders_max is 0.",
                to: exchange,
                bytes,
                into: &output
            )
        }
        do throws(InvalidRequest) {
            let limit = try Query.number("limit", 1...Self.ordersMax, exchange, bytes) ?? 100
            let after = try JournalPlaces.query("after", of: kept.tally.journals, exchange, bytes)
            var lists = OrderLists(bytes.extracting(buyer.bounds).array, kept, records, after: after, isOver: isOver)
            let reading = kept.tally.reading(placement.partitions.map { ($0.journalNumber, $0.durable) })
            composer.answer(.ok, .json, to: exchange, bytes, into: &output) { body, _ in
                lists.write(Int(limit), to: &body)
                body.append(",\"as_of\":{\"offset\":\"")
                body.append(kept.places(of: placement))
                body.append("\",\"behind_bytes\":")
                body.append(decimal: reading.behindBytes)
                body.append("},\"forgotten\":")
                body.append(decimal: reading.forgotten)
                body.append("}\n")
            }
            guard lists.isDamaged else { return }
            output.reset()
            composer.problem(.internal, "The orders cannot be read.", to: exchange, bytes, into: &output)
        } catch {
            composer.invalid(error, to: exchange, bytes, into: &output)
        }
    }
}

extension KeptOrders {
    /// How far the journals that are written have been read.
    fileprivate func places(of placement: Placement) -> JournalPlaces {
        var places = JournalPlaces()
        for partition in placement.partitions {
            let position = JournalPosition(rawValue: tally.position(of: partition.journalNumber))
            places.set(RecordAddress(journal: partition.journalNumber, position: position))
        }
        return places
    }
}

/// A buyer's orders in all journals, merged by their time, the newest first.
private struct OrderLists<D: Disk> {
    /// The next order of one journal.
    private struct Head {
        let address: RecordAddress
        let found: FoundRecord
        let sale: Purchase
        var cursor: OrderIndex.Cursor
    }

    private let buyer: [UInt8]
    private let fingerprint: Fingerprint
    private let kept: KeptOrders
    private let records: RecordFinder<D>
    /// Whether a record was deleted because its time was over.
    private let isOver: (RecordAddress) -> Bool
    private var heads: [Head] = []
    /// Whether a record could not be read that should be there.
    private(set) var isDamaged = false

    /// The lists from their beginning, or from where a page before has ended.
    init(
        _ buyer: [UInt8],
        _ kept: KeptOrders,
        _ records: RecordFinder<D>,
        after: JournalPlaces?,
        isOver: @escaping (RecordAddress) -> Bool
    ) {
        self.isOver = isOver
        self.buyer = buyer
        self.kept = kept
        self.records = records
        fingerprint = records.key.fingerprint(of: buyer.span, domain: .buyer)
        for journal in kept.tally.journals {
            // A page before names all journals that have more.
            let last = after.map { $0[journal] }
            if let last, last == nil { continue }
            let cursor = kept.index.begin(fingerprint, in: journal)
            if let head = next(cursor, in: journal, upTo: last ?? nil) { heads.append(head) }
        }
    }

    /// Appends the members `items` and `next`.
    mutating func write(_ limit: Int, to body: inout ByteWriter) {
        body.append("{\"items\":[")
        var count = 0
        while count < limit, body.count < Composer.changesBytesMax, let index = newest() {
            let head = heads[index]
            if count > 0 { body.append(0x2C) }
            count += 1
            let payload = head.found.payload
            let id = OrderID(head.address)
            let text = id.text(key: records.key)
            let cancelled = kept.index.cancelledUnits(of: head.address) ?? 0
            let isPaid = head.found.record.event.isPaid
            Composer.write(
                OrderFacts(id: id, purchase: head.sale, cancelled: cancelled, isPaid: isPaid),
                id: text.span,
                sku: payload.span.extracting(head.found.record.head.sku),
                buyer: buyer.span,
                to: &body
            )
            if let next = next(head.cursor, in: head.address.journal, upTo: nil) {
                heads[index] = next
            } else {
                heads.remove(at: index)
            }
        }
        body.append("]")
        guard !heads.isEmpty else { return }
        var places = JournalPlaces()
        for head in heads { places.set(head.address) }
        body.append(",\"next\":\"")
        body.append(places)
        body.append("\"")
    }

    /// Whether a transaction, where one made the record, was decided: else nothing may ever become of it.
    private func isOrder(_ found: FoundRecord, _ address: RecordAddress) -> Bool {
        guard case .reserved = found.record.event else { return true }
        return kept.index.cancelledUnits(of: address) != nil
    }

    private func newest() -> Int? {
        heads.indices.max { heads[$0].sale.at < heads[$1].sale.at }
    }

    /// The next order of a list that is this buyer's; nil where there is none, or none any more.
    ///
    /// - Parameters:
    ///   - from: where the list goes on.
    ///   - journal: whose list it is.
    ///   - last: what stands behind it was on a page before.
    /// - Returns: the order, read.
    private mutating func next(
        _ from: OrderIndex.Cursor,
        in journal: UInt16,
        upTo last: JournalPosition?
    ) -> Head? {
        var cursor = from
        while let address = kept.index.next(&cursor, of: fingerprint, in: journal) {
            if let last, address.position > last { continue }
            do throws(JournalError) {
                // Records go oldest first: where one is gone, all before it are.
                guard !isOver(address), let found = try records.find(address) else { return nil }
                let name = found.payload.span.extracting(found.record.buyer)
                guard let sale = found.record.event.sale, name.array == buyer, isOrder(found, address) else { continue }
                return Head(address: address, found: found, sale: sale, cursor: cursor)
            } catch {
                isDamaged = true
                return nil
            }
        }
        return nil
    }
}
