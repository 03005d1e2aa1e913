import Domain
import Journal

/// One record of a SKU, read back from the journal.
public struct SKURecord: Sendable {
    /// What every record says.
    public let head: RecordHead
    /// The change itself.
    public let event: SKUEvent
    /// Where the buyer's name stands in the payload; empty where the change has no buyer.
    public let buyer: Range<Int>
    /// For a cancellation: the order as it was made.
    public let order: CancelledOrder?

    /// Reads a record's payload.
    ///
    /// Parameters:
    /// - `type`: the record's type in the journal.
    /// - `bytes`: the payload.
    /// - `key`: the folder's secret, for the buyer's fingerprint.
    /// Returns: nil where the bytes are no record of this version: of an unknown type, too short, too long, or with a
    ///   value that no command can have led to.
    public init?(type: UInt8, _ bytes: Span<UInt8>, key: FingerprintKey) {
        guard let kind = RecordKind(rawValue: type) else { return nil }
        if kind == .purchased {
            guard let record = PurchaseRecord(bytes, key: key) else { return nil }
            head = record.head
            event = .purchased(record.purchase)
            buyer = record.buyer
            order = nil
            return
        }
        var reader = PayloadReader()
        head = RecordHead(&reader, bytes)
        var buyer = 0..<0
        var order: CancelledOrder?
        let event: SKUEvent?
        switch kind {
        case .purchased: event = nil
        case .created: event = Self.creation(&reader, bytes, head)
        case .replaced: event = Self.details(&reader, bytes, head).map { .replaced($0) }
        case .amended: event = Self.details(&reader, bytes, head).map { .amended($0) }
        case .stockAdjusted: event = Self.adjustment(&reader, bytes, head)
        case .removed: event = .removed(Removal(sequence: head.sequence, at: head.at))
        case .held: event = Self.placement(&reader, bytes, head, key, &buyer)
        case .confirmed: event = Self.confirmation(&reader, bytes, head, key, &buyer)
        case .holdEnded: event = Self.ending(&reader, bytes, head)
        case .holdProlonged: event = Self.prolongation(&reader, bytes, head, &buyer)
        case .cancelled: event = Self.cancellation(&reader, bytes, head, key, &buyer, &order, isPaid: false)
        case .refunding: event = Self.cancellation(&reader, bytes, head, key, &buyer, &order, isPaid: true)
        case .reserved: event = Self.reservation(&reader, bytes, head, key, &buyer)
        case .settled: event = Self.settlement(&reader, bytes, head, &buyer)
        }
        guard let event, reader.isComplete(bytes) else { return nil }
        self.event = event
        self.buyer = buyer
        self.order = order
    }

    /// What a purchase's record says behind its head.
    @inline(__always)
    static func sale(
        _ reader: inout PayloadReader,
        _ bytes: Span<UInt8>,
        _ head: RecordHead,
        _ key: FingerprintKey,
        _ buyer: inout Range<Int>
    ) -> Purchase? {
        guard let terms = SaleTerms(&reader, bytes) else { return nil }
        buyer = terms.buyer
        return Purchase(
            buyer: key.fingerprint(of: bytes.extracting(buyer), domain: .buyer),
            quantity: terms.quantity,
            unitPrice: terms.unitPrice,
            remaining: terms.remaining,
            sequence: head.sequence,
            at: head.at
        )
    }

    private static func creation(
        _ reader: inout PayloadReader,
        _ bytes: Span<UInt8>,
        _ head: RecordHead
    ) -> SKUEvent? {
        let stock = UnitCount(reader.take(Int64.self, bytes))
        guard let stock, let details = SKUDetails(&reader, bytes) else { return nil }
        return .created(Creation(details: details, stock: stock, sequence: head.sequence, at: head.at))
    }

    private static func details(
        _ reader: inout PayloadReader,
        _ bytes: Span<UInt8>,
        _ head: RecordHead
    ) -> DetailsChange? {
        SKUDetails(&reader, bytes).map { DetailsChange(details: $0, sequence: head.sequence, at: head.at) }
    }

    private static func adjustment(
        _ reader: inout PayloadReader,
        _ bytes: Span<UInt8>,
        _ head: RecordHead
    ) -> SKUEvent? {
        let delta = reader.take(Int64.self, bytes)
        let remaining = reader.take(Int64.self, bytes)
        let reason = reader.takeLong(bytes)
        let reference = reader.take(UInt8.self, bytes) == 0 ? nil : reader.takeLong(bytes)
        guard let note = try? StockNote(reason: reason, reference: reference) else { return nil }
        return .stockAdjusted(
            StockAdjustment(delta: delta, remaining: remaining, note: note, sequence: head.sequence, at: head.at)
        )
    }

    static func money(_ reader: inout PayloadReader, _ bytes: Span<UInt8>) -> Money? {
        let amount = reader.take(Int64.self, bytes)
        let letters = reader.takeBytes(3, bytes)
        guard !reader.failed, let currency = Currency(bytes.extracting(letters)) else { return nil }
        return Money(amount: amount, currency: currency)
    }
}

/// A purchase, read back from the journal: what nearly all records are.
public struct PurchaseRecord: Sendable {
    /// What every record says.
    public let head: RecordHead
    /// The sale.
    public let purchase: Purchase
    /// Where the buyer's name stands in the payload.
    public let buyer: Range<Int>

    /// Reads the payload of a purchase's record; see `SKURecord`.
    public init?(_ bytes: Span<UInt8>, key: FingerprintKey) {
        var reader = PayloadReader()
        head = RecordHead(&reader, bytes)
        var buyer = 0..<0
        guard let purchase = SKURecord.sale(&reader, bytes, head, key, &buyer), reader.isComplete(bytes) else {
            return nil
        }
        self.purchase = purchase
        self.buyer = buyer
    }

    /// Whether `init` reads these bytes.
    ///
    /// Cost: no fingerprint of the buyer, no copy.
    static func isOne(_ bytes: Span<UInt8>) -> Bool {
        var reader = PayloadReader()
        _ = RecordHead(&reader, bytes)
        return SaleTerms(&reader, bytes) != nil && reader.isComplete(bytes)
    }
}

/// What a purchase's record says behind its head, as it stands there.
private struct SaleTerms {
    let quantity: Quantity
    let unitPrice: Money
    let remaining: Int64
    /// Where the buyer's name stands in the payload.
    let buyer: Range<Int>

    /// Reads them; nil where the bytes end before, or hold what no command can have led to.
    @inline(__always)
    init?(_ reader: inout PayloadReader, _ bytes: Span<UInt8>) {
        let quantity = Quantity(Int64(reader.take(UInt32.self, bytes)))
        let price = SKURecord.money(&reader, bytes)
        remaining = reader.take(Int64.self, bytes)
        buyer = reader.takeShort(bytes)
        guard !reader.failed, let quantity, let price else { return nil }
        self.quantity = quantity
        unitPrice = price
    }
}

extension PayloadWriter {
    /// Appends what follows the head of an event's record.
    ///
    /// - Parameters:
    ///   - event: the change; a cancellation has a method of its own.
    ///   - buyer: the buyer's name, for a purchase or what concerns a hold.
    mutating func put(_ event: SKUEvent, buyer: Span<UInt8>) {
        switch event {
        case .purchased(let purchase): put(purchase, buyer: buyer)
        case .created(let creation):
            put(creation.stock.units)
            put(creation.details)
        case .replaced(let change), .amended(let change): put(change.details)
        case .stockAdjusted(let adjustment): put(adjustment)
        case .removed: break
        case .held(let placement): put(placement, buyer: buyer)
        case .confirmed(let confirmation): put(confirmation, buyer: buyer)
        case .holdEnded(let ending): put(ending)
        case .holdProlonged(let prolongation): put(prolongation, buyer: buyer)
        case .cancelled: preconditionFailure("a cancellation is written with its order")
        case .reserved(let reservation): put(reservation, buyer: buyer)
        case .settled(let settlement): put(settlement, buyer: buyer)
        }
    }

    /// Quantity 4, unit price 8, currency 3, remaining 8, the buyer behind a one-byte count.
    mutating func put(_ purchase: Purchase, buyer: Span<UInt8>) {
        put(UInt32(purchase.quantity.units))
        put(purchase.unitPrice)
        put(purchase.remaining)
        putShort(buyer)
    }

    /// Delta 8, remaining 8, reason, and behind a flag the reference.
    private mutating func put(_ adjustment: StockAdjustment) {
        put(adjustment.delta)
        put(adjustment.remaining)
        putLong(adjustment.note.reason)
        putOptional(adjustment.note.reference)
    }

    mutating func put(_ money: Money) {
        put(money.amount)
        let (first, second, third) = money.currency.bytes
        put(first)
        put(second)
        put(third)
    }

    mutating func putOptional(_ text: String?) {
        put(UInt8(text == nil ? 0 : 1))
        if let text { putLong(text) }
    }
}

extension PayloadWriter {
    /// Price, paused 1, limit 4 (0: none), opening and closing 8 each (the smallest: none), title, and each behind a flag:
    /// description, image, url.
    mutating func put(_ details: SKUDetails) {
        put(details.price)
        put(UInt8(details.paused ? 1 : 0))
        put(UInt32(details.limitPerBuyer?.units ?? 0))
        put(details.opensAt?.millisecondsSinceEpoch ?? SKUDetails.noInstant)
        put(details.closesAt?.millisecondsSinceEpoch ?? SKUDetails.noInstant)
        putLong(details.title)
        putOptional(details.description)
        putOptional(details.image)
        putOptional(details.url)
    }
}

extension SKUDetails {
    fileprivate static let noInstant = Int64.min

    convenience init?(_ reader: inout PayloadReader, _ bytes: Span<UInt8>) {
        guard let price = SKURecord.money(&reader, bytes) else { return nil }
        let paused = reader.take(UInt8.self, bytes) != 0
        let limit = reader.take(UInt32.self, bytes)
        let opensAt = Self.instant(&reader, bytes)
        let closesAt = Self.instant(&reader, bytes)
        let title = reader.takeLong(bytes)
        let description = reader.take(UInt8.self, bytes) == 0 ? nil : reader.takeLong(bytes)
        let image = reader.take(UInt8.self, bytes) == 0 ? nil : reader.takeLong(bytes)
        let url = reader.take(UInt8.self, bytes) == 0 ? nil : reader.takeLong(bytes)
        guard !reader.failed else { return nil }
        do throws(InvalidField) {
            try self.init(
                title: title,
                price: price,
                description: description,
                image: image,
                url: url,
                limitPerBuyer: Quantity(Int64(limit)),
                opensAt: opensAt,
                closesAt: closesAt,
                paused: paused
            )
        } catch {
            return nil
        }
    }

    private static func instant(_ reader: inout PayloadReader, _ bytes: Span<UInt8>) -> Instant? {
        let milliseconds = reader.take(Int64.self, bytes)
        return milliseconds == noInstant ? nil : Instant(millisecondsSinceEpoch: milliseconds)
    }
}
