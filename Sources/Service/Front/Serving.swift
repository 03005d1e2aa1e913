import Domain
import HTTP
import Journal
import Keepers

/// What became of a request at the partition that owns its SKU.
enum Served {
    /// The answer is written; it may leave once the partition's journal is durable up to there.
    case answered(JournalPosition)
    /// The answer stands in the journal, or is made of records there: once it is durable that far, read it.
    case read(ArchiveRead, after: JournalPosition)
    /// The SKU is in the catalogue: its feed begins.
    case watch(SKUKeeper)
    /// The partition is to coordinate a transaction; its outcome is answered by `Serving.answer`.
    indirect case transaction(TransactionPlan)
}

/// What is read from a journal to answer a request.
enum ArchiveRead: BitwiseCopyable, Sendable {
    /// An order by its id; the SKU's owner completes the answer.
    case order(OrderID)
    /// The order that somebody wants to cancel; the SKU's owner decides.
    case cancel(OrderID)
    /// The first answer to an idempotency key; the request's digest must be the recorded one.
    case replay(RecordAddress, digest: UInt64)
    /// A page of the orders of a buyer, whose name stands here in the request.
    case orders(of: ByteRange)
    /// A page of the events of all journals.
    case events
    /// A part of a SKU's trail: the first `limit` of the changes above `after` up to `upTo`, found by walking back from a
    /// record.
    case changes(from: RecordAddress, after: UInt64, upTo: UInt64, limit: UInt32)
}

/// Serves the requests that concern a SKU or a wallet, on the thread of the partition that owns it.
///
/// - Isolation: the loop that it belongs to.
final class Serving {
    let composer: Composer
    let keyRequired: Bool
    let holds: ServerConfiguration.Holds
    /// Knows the names of callers; nil where there are no credentials.
    private let callers: Callers?

    init(composer: Composer, _ configuration: ServerConfiguration, _ callers: Callers?) {
        self.composer = composer
        self.callers = callers
        keyRequired = configuration.idempotency.keyRequired
        holds = configuration.holds
    }

    /// Answers a request for a resource of a SKU or wallet of the partition.
    ///
    /// - Parameters:
    ///   - route: the resource.
    ///   - partition: which owns it.
    ///   - now: the moment of the decision.
    ///   - exchange: the request.
    ///   - bytes: the request's.
    ///   - output: where the answer goes.
    /// - Returns: from where on the answer may leave, or what answers.
    func serve(
        _ route: Route,
        of partition: Partition,
        at now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) -> Served {
        act(for: exchange, partition)
        defer { actNoMore(partition) }
        do throws(InvalidRequest) {
            return try answer(route, partition, now, exchange, bytes, into: &output)
        } catch {
            return invalid(error, exchange, bytes, into: &output)
        }
    }

    /// Lets the partition journal what follows in the caller's name.
    @inline(__always)
    func act(for exchange: Exchange, _ partition: Partition) {
        if let callers { partition.act(as: callers.name(of: exchange.caller)) }
    }

    /// Ends what `act` began.
    @inline(__always)
    func actNoMore(_ partition: Partition) {
        if callers != nil { partition.act(as: partition.ownName) }
    }

    /// The name of whoever has sent a request; empty where nobody is asked for it.
    func caller(_ exchange: Exchange) -> [UInt8] { callers?.name(of: exchange.caller) ?? [] }

    /// Each resource the same way: read what was asked, ask the keeper, write what it says.
    ///
    /// - Throws: what keeps the request from being asked; nothing is written then.
    private func answer(
        _ route: Route,
        _ partition: Partition,
        _ now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) throws(InvalidRequest) -> Served {
        switch route {
        case .purchases(let sku): return try purchase(sku, partition, now, exchange, bytes, into: &output)
        case .carts, .itemPurchase:
            return buy(try plan(route, partition.key, exchange, bytes), partition, now, exchange, bytes, into: &output)
        case .stock(let sku): return try stock(sku, partition, now, exchange, bytes, into: &output)
        case .wallet(let buyer): return wallet(buyer, partition, now, exchange, bytes, into: &output)
        case .deposits(let buyer):
            return try moveMoney(buyer, .deposit, partition, now, exchange, bytes, into: &output) { .deposit($0, $1) }
        case .withdrawals(let buyer):
            return try moveMoney(buyer, .withdrawal, partition, now, exchange, bytes, into: &output) {
                .withdraw($0, $1)
            }
        case .changes(let sku): return try changes(sku, partition, now, exchange, bytes, into: &output)
        case .feed(let sku): return feed(sku, partition, now, exchange, bytes, into: &output)
        case .holds(let sku): return try hold(sku, partition, now, exchange, bytes, into: &output)
        case .hold(let hold), .confirm(let hold), .extend(let hold), .confirmIntent(let hold):
            return try serve(route, hold, partition, now, exchange, bytes, into: &output)
        case .sku(let sku):
            switch exchange.request.method {
            case .put: return try put(sku, partition, now, exchange, bytes, into: &output)
            case .patch: return try amend(sku, partition, now, exchange, bytes, into: &output)
            case .delete: return try remove(sku, partition, now, exchange, bytes, into: &output)
            case .get, .head, .post, .options, .other: return show(sku, partition, now, exchange, bytes, into: &output)
            }
        case .skus, .order, .buyerOrders, .events, .cancel, .problem, .health, .readiness, .metrics, .document:
            composer.problem(.notFound, "Nothing is here.", to: exchange, bytes, into: &output)
            return .answered(.start)
        }
    }

    private func purchase(
        _ sku: ByteRange,
        _ partition: Partition,
        _ now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) throws(InvalidRequest) -> Served {
        let body = try PurchaseRequest(exchange.request.body, bytes)
        guard body.payment == .none else {
            let plan = try purchasePlan(body, of: sku, partition.key, exchange, bytes)
            return buy(plan, partition, now, exchange, bytes, into: &output)
        }
        let name = bytes.extracting(sku.bounds)
        let buyer = bytes.extracting(body.buyer.bounds)
        let key = try key(.purchase, name, partition.key, exchange, bytes) { body.update(&$0, bytes) }
        let outcome = partition.purchase(sku: name, buyer: buyer, quantity: body.quantity, request: key, at: now)
        guard case .changed(let sale) = outcome else {
            return unchanged(outcome, key, partition, now, exchange, bytes, into: &output)
        }
        composer.metrics.purchased(.confirmed)
        let id = OrderID(journal: partition.journalNumber, position: sale.position)
        composer.order(
            .created,
            OrderFacts(id: id, purchase: sale.purchase),
            sku: name,
            buyer: buyer,
            key: partition.key,
            isReplay: false,
            to: exchange,
            bytes,
            into: &output
        )
        return .answered(sale.dependsOn)
    }
}

extension Serving {
    /// Answers what changed nothing.
    func unchanged<Change>(
        _ outcome: Outcome<Change>,
        _ key: RequestKey?,
        _ partition: Partition,
        _ now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) -> Served {
        switch outcome {
        case .remembered(let place):
            return remembered(place, key, partition)
        case .refused(let refusal, let dependsOn):
            composer.refusal(refusal, at: now, to: exchange, bytes, into: &output)
            return .answered(dependsOn)
        case .unavailable(let reason):
            return unavailable(reason, exchange, bytes, into: &output)
        case .changed:
            composer.problem(.internal, "The change has no answer.", to: exchange, bytes, into: &output)
            return .answered(.start)
        }
    }

    /// Has the first answer to a key read, if the same was asked.
    func remembered(_ place: RecordPlace, _ key: RequestKey?, _ partition: Partition) -> Served {
        let first = place.address(seenFrom: partition.journalNumber)
        return .read(.replay(first, digest: key?.digest ?? 0), after: place.readableFrom)
    }

    /// Answers that the server takes no change now.
    func unavailable(
        _ reason: Unavailability,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) -> Served {
        switch reason {
        case .overloaded: composer.metrics.reached(.stagingBytes)
        case .keysFull: composer.metrics.reached(.idempotencyKeys)
        // Its partition counts which limit it was.
        case .transactionsFull, .readOnly: break
        }
        composer.unavailable(reason, to: exchange, bytes, into: &output)
        return .answered(.start)
    }

    /// Answers what could not be asked.
    func invalid(
        _ error: InvalidRequest,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) -> Served {
        composer.invalid(error, to: exchange, bytes, into: &output)
        return .answered(.start)
    }
}
