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
}

/// What is read from a journal to answer a request.
enum ArchiveRead: BitwiseCopyable, Sendable {
    /// An order by its id; the SKU's owner completes the answer.
    case order(OrderID)
    /// The order that somebody wants to cancel; the SKU's owner decides.
    case cancel(OrderID)
    /// The first answer to an idempotency key; the request's digest must be the recorded one.
    case replay(RecordAddress, digest: UInt64)
    /// The same for a deposit or withdrawal.
    case walletReplay(RecordAddress, digest: UInt64)
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

    init(composer: Composer, _ configuration: ServerConfiguration) {
        self.composer = composer
        keyRequired = configuration.idempotency.keyRequired
        holds = configuration.holds
    }

    /// Answers a request for a resource of a SKU of the partition.
    func serve(
        _ route: Route,
        of partition: Partition,
        at now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) -> Served {
        switch route {
        case .purchases(let sku): return purchase(sku, partition, now, exchange, bytes, into: &output)
        case .stock(let sku): return stock(sku, partition, now, exchange, bytes, into: &output)
        case .wallet(let buyer): return wallet(buyer, partition, now, exchange, bytes, into: &output)
        case .deposits(let buyer):
            return moveMoney(buyer, .deposit, partition, now, exchange, bytes, into: &output) { .deposit($0, $1) }
        case .withdrawals(let buyer):
            return moveMoney(buyer, .withdrawal, partition, now, exchange, bytes, into: &output) { .withdraw($0, $1) }
        case .changes(let sku): return changes(sku, partition, now, exchange, bytes, into: &output)
        case .holds(let sku): return hold(sku, partition, now, exchange, bytes, into: &output)
        case .hold(let hold), .confirm(let hold), .extend(let hold), .confirmIntent(let hold):
            return serve(route, hold, partition, now, exchange, bytes, into: &output)
        case .sku(let sku):
            switch exchange.request.method {
            case .put: return put(sku, partition, now, exchange, bytes, into: &output)
            case .patch: return amend(sku, partition, now, exchange, bytes, into: &output)
            case .delete: return remove(sku, partition, now, exchange, bytes, into: &output)
            case .get, .head, .post, .options, .other: return show(sku, partition, now, exchange, bytes, into: &output)
            }
        case .skus, .order, .cancel, .problem, .health, .readiness, .metrics:
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
    ) -> Served {
        let body: PurchaseRequest
        do throws(InvalidRequest) {
            body = try PurchaseRequest(exchange.request.body, bytes)
        } catch {
            return invalid(error, exchange, bytes, into: &output)
        }
        let name = bytes.extracting(sku.bounds)
        let buyer = bytes.extracting(body.buyer.bounds)
        var key: RequestKey?
        if exchange.request.idempotencyKey.isPresent {
            key = requestKey(partition.key, .purchase, name, exchange, bytes) { hasher in
                hasher.update(buyer)
                hasher.update(integer: body.quantity.units)
            }
        } else if keyRequired {
            return keyMissing(exchange, bytes, into: &output)
        }
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

    private func stock(
        _ sku: ByteRange,
        _ partition: Partition,
        _ now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) -> Served {
        do throws(InvalidRequest) {
            let body = try StockRequest(exchange.request.body, bytes)
            let ifSequence = try ifMatch(exchange, bytes)
            let name = bytes.extracting(sku.bounds)
            var key: RequestKey?
            if exchange.request.idempotencyKey.isPresent {
                key = requestKey(partition.key, .stock, name, exchange, bytes) { body.update(&$0) }
            } else if keyRequired {
                return keyMissing(exchange, bytes, into: &output)
            }
            let outcome = partition.change(sku: name, body.command(ifSequence), request: key, at: now)
            guard case .changed(let change) = outcome, let adjustment = change.adjustment else {
                return unchanged(outcome, key, partition, now, exchange, bytes, into: &output)
            }
            composer.stock(adjustment, sku: name, isReplay: false, to: exchange, bytes, into: &output)
            return .answered(change.dependsOn)
        } catch {
            return invalid(error, exchange, bytes, into: &output)
        }
    }

    private func put(
        _ sku: ByteRange,
        _ partition: Partition,
        _ now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) -> Served {
        do throws(InvalidRequest) {
            let body = try CatalogueRequest(exchange.request.body, bytes, isPut: true)
            let details = try body.details()
            guard let stock = body.stock else { throw InvalidRequest("stock", "is missing") }
            let isNewOnly = Text.equals(bytes, exchange.request.ifNoneMatch, "*")
            let ifSequence = try ifMatch(exchange, bytes)
            let command: SKUCommand =
                isNewOnly
                ? .create(details, stock: stock) : .put(details, stock: stock, ifSequence: ifSequence)
            return change(command, sku, partition, now, exchange, bytes, into: &output)
        } catch {
            return invalid(error, exchange, bytes, into: &output)
        }
    }

    private func amend(
        _ sku: ByteRange,
        _ partition: Partition,
        _ now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) -> Served {
        do throws(InvalidRequest) {
            let body = try CatalogueRequest(exchange.request.body, bytes, isPut: false)
            let ifSequence = try ifMatch(exchange, bytes)
            guard !body.patch.isEmpty else { throw InvalidRequest(.body, "names no member to change") }
            return change(
                .amend(body.patch, ifSequence: ifSequence),
                sku,
                partition,
                now,
                exchange,
                bytes,
                into: &output
            )
        } catch {
            return invalid(error, exchange, bytes, into: &output)
        }
    }

    private func remove(
        _ sku: ByteRange,
        _ partition: Partition,
        _ now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) -> Served {
        do throws(InvalidRequest) {
            let ifSequence = try ifMatch(exchange, bytes)
            return change(.remove(ifSequence: ifSequence), sku, partition, now, exchange, bytes, into: &output)
        } catch {
            return invalid(error, exchange, bytes, into: &output)
        }
    }

    private func change(
        _ command: SKUCommand,
        _ sku: ByteRange,
        _ partition: Partition,
        _ now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) -> Served {
        let name = bytes.extracting(sku.bounds)
        let outcome = partition.change(sku: name, command, request: nil, at: now)
        guard case .changed(let change) = outcome else {
            return unchanged(outcome, nil, partition, now, exchange, bytes, into: &output)
        }
        if case .remove = command {
            composer.answer(.noContent, to: exchange, bytes, into: &output) { _ in }
        } else if let view = change.view {
            composer.sku(change.isCreation ? .created : .ok, view, name: name, to: exchange, bytes, into: &output)
        }
        return .answered(change.dependsOn)
    }

    private func show(
        _ sku: ByteRange,
        _ partition: Partition,
        _ now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) -> Served {
        let name = bytes.extracting(sku.bounds)
        let keeper = partition.keeper(of: name)
        guard let keeper, let view = keeper.viewInPlace(at: now) else {
            composer.refusal(.unknownSKU, at: now, to: exchange, bytes, into: &output)
            return .answered(keeper?.assumeIsolated { $0.dependsOn } ?? .start)
        }
        composer.sku(.ok, view, name: name, to: exchange, bytes, into: &output)
        return .answered(view.dependsOn)
    }
}

extension Serving {
    /// Most changes of one page of a trail.
    static let changesMax: UInt64 = 500

    private func changes(
        _ sku: ByteRange,
        _ partition: Partition,
        _ now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) -> Served {
        do throws(InvalidRequest) {
            let after = try Query.number("after", 0...UInt64(Int64.max), exchange, bytes) ?? 0
            let limit = try Query.number("limit", 1...Self.changesMax, exchange, bytes) ?? 100
            guard let keeper = partition.keeper(of: bytes.extracting(sku.bounds)) else {
                composer.refusal(.unknownSKU, at: now, to: exchange, bytes, into: &output)
                return .answered(.start)
            }
            let wanted = min(keeper.assumeIsolated { $0.sequence }, after + limit)
            let start = keeper.assumeIsolated { $0.trail(upTo: wanted, keptFrom: partition.journalStart) }
            // Where the records up to there are not kept any more, the first ones that are.
            let upTo = start.isBehindGap ? start.sequence : wanted
            let read = ArchiveRead.changes(
                from: start.place.address(seenFrom: partition.journalNumber),
                after: min(after, upTo),
                upTo: upTo,
                limit: UInt32(limit)
            )
            return .read(read, after: start.dependsOn)
        } catch {
            return invalid(error, exchange, bytes, into: &output)
        }
    }

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
            let first = place.address(seenFrom: partition.journalNumber)
            return .read(.replay(first, digest: key?.digest ?? 0), after: place.readableFrom)
        case .refused(let refusal, let dependsOn):
            composer.refusal(refusal, at: now, to: exchange, bytes, into: &output)
            return .answered(dependsOn)
        case .unavailable(let reason):
            switch reason {
            case .overloaded: composer.metrics.reached(.stagingBytes)
            case .keysFull: composer.metrics.reached(.idempotencyKeys)
            case .readOnly: break
            }
            composer.unavailable(reason, to: exchange, bytes, into: &output)
            return .answered(.start)
        case .changed:
            composer.problem(.internal, "The change has no answer.", to: exchange, bytes, into: &output)
            return .answered(.start)
        }
    }

    /// A key belongs to the resource of the SKU, buyer, hold or order that it was sent to.
    func requestKey(
        _ secret: FingerprintKey,
        _ resource: KeyScope,
        _ name: Span<UInt8>,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        _ meaning: (inout SipHasher128) -> Void
    ) -> RequestKey {
        var scope = SipHasher128(key: secret)
        scope.update(FingerprintDomain.idempotencyKey.rawValue)
        scope.update(resource.rawValue)
        scope.update(name)
        // No name holds a zero byte: name and key cannot be cut in another place.
        scope.update(0)
        scope.update(bytes.extracting(exchange.request.idempotencyKey.bounds))
        var digest = SipHasher128(key: secret)
        digest.update(FingerprintDomain.request.rawValue)
        meaning(&digest)
        return RequestKey(fingerprint: scope.finalize(), digest: digest.finalize().low)
    }

    /// The sequence that `If-Match` asks for; nil where it asks for nothing or for any version.
    private func ifMatch(_ exchange: Exchange, _ bytes: Span<UInt8>) throws(InvalidRequest) -> UInt64? {
        let field = exchange.request.ifMatch
        guard field.isPresent, !Text.equals(bytes, field, "*") else { return nil }
        let quoted = field.count > 2 && bytes[field.start] == 0x22 && bytes[field.end - 1] == 0x22
        let inner = ByteRange(field.start + 1..<max(field.start + 1, field.end - 1))
        guard quoted, let value = Text.decimal(bytes, inner) else {
            throw InvalidRequest("If-Match", "must be one entity tag of this SKU, or *")
        }
        return SKUView.sequence(ofTag: value)
    }

    func invalid(
        _ error: InvalidRequest,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) -> Served {
        if exchange.label == .purchase { composer.metrics.purchased(.refused(.invalidRequest)) }
        composer.invalid(error, to: exchange, bytes, into: &output)
        return .answered(.start)
    }

    func keyMissing(
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) -> Served {
        composer.problem(
            .idempotencyKeyMissing,
            "This server asks for an Idempotency-Key.",
            to: exchange,
            bytes,
            into: &output
        )
        return .answered(.start)
    }
}

extension SipHasher128 {
    /// Adds text behind its length, so that two texts cannot be cut in another place.
    mutating func update(text: String?) {
        guard let text else { return update(integer: -1) }
        update(integer: Int64(text.utf8.count))
        for byte in text.utf8 { update(byte) }
    }
}

extension StockRequest {
    func command(_ ifSequence: UInt64?) -> SKUCommand {
        switch change {
        case .delta(let delta): .adjust(delta: delta, note: note, ifSequence: ifSequence)
        case .set(let target, let ifAvailable):
            .set(available: target, ifAvailable: ifAvailable, note: note, ifSequence: ifSequence)
        }
    }

    /// Adds what is asked for to a request's digest.
    func update(_ hasher: inout SipHasher128) {
        switch change {
        case .delta(let delta):
            hasher.update(0)
            hasher.update(integer: delta)
        case .set(let target, let ifAvailable):
            hasher.update(1)
            hasher.update(integer: target.units)
            hasher.update(integer: ifAvailable?.units ?? -1)
        }
        hasher.update(text: note.reason)
        hasher.update(text: note.reference)
    }
}

/// Reads the items of a query.
enum Query {
    /// A number; nil where the item is not there.
    static func number(
        _ name: StaticString,
        _ range: ClosedRange<UInt64>,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) throws(InvalidRequest) -> UInt64? {
        do throws(HTTPRefusal) {
            guard let value = try QueryItems.value(of: name, in: exchange.request.query, of: bytes) else { return nil }
            guard let number = Text.decimal(bytes, value), range.contains(number) else {
                return try outOfRange()
            }
            return number
        } catch {
            throw InvalidRequest(name, error == .queryItemRepeated ? "stands twice" : "is not a number in its limits")
        }
    }

    private static func outOfRange() throws(HTTPRefusal) -> UInt64? { throw .targetMalformed }
}
