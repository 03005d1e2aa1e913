import Domain
import HTTP
import Journal
import Keepers

extension Serving {
    /// Sets units aside.
    func hold(
        _ sku: ByteRange,
        _ partition: Partition,
        _ now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) throws(InvalidRequest) -> Served {
        let body = try HoldRequest(exchange.request.body, bytes, secondsMax: Int64(holds.ttlSecondsMax))
        let name = bytes.extracting(sku.bounds)
        let buyer = bytes.extracting(body.buyer.bounds)
        let key = try key(.hold, name, partition.key, exchange, bytes) { hasher in
            hasher.update(buyer)
            hasher.update(integer: body.quantity.units)
            hasher.update(integer: body.seconds)
        }
        let outcome = partition.hold(
            sku: name,
            buyer: buyer,
            quantity: body.quantity,
            forMilliseconds: body.seconds * 1_000,
            request: key,
            at: now
        )
        guard case .changed(let change) = outcome else {
            return unchanged(outcome, key, partition, now, exchange, bytes, into: &output)
        }
        composer.metrics.held(.placed)
        let facts = HoldFacts(change.view, HoldID(change.view.name, sku: name, key: partition.key), partition)
        composer.hold(.created, facts, sku: name, buyer: buyer, partition.key, to: exchange, bytes, into: &output)
        return .answered(change.view.dependsOn)
    }

    /// Serves what concerns a hold that there is.
    func serve(
        _ route: Route,
        _ text: ByteRange,
        _ partition: Partition,
        _ now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) throws(InvalidRequest) -> Served {
        guard let id = HoldID(bytes.extracting(text.bounds), key: partition.key),
            let keeper = partition.keeper(of: id)
        else {
            composer.refusal(.unknownHold, at: now, to: exchange, bytes, into: &output)
            return .answered(.start)
        }
        guard let request = try commandRequest(route, exchange, bytes) else {
            return show(id, keeper, partition, now, exchange, bytes, into: &output)
        }
        var key: RequestKey?
        if let scope = request.scope {
            key = try self.key(scope, bytes.extracting(text.bounds), partition.key, exchange, bytes) {
                $0.update(integer: request.meaning)
            }
        }
        let outcome = partition.change(id, request.command, request: key, at: now)
        switch outcome {
        case .changed(let change):
            count(change, request.command)
            answer(change, id, keeper, request.command, partition, exchange, bytes, into: &output)
            return .answered(change.view.dependsOn)
        case .refused(.holdConfirmed(let order), let dependsOn):
            let place = RecordPlace(rawValue: order)
            let address = place.address(seenFrom: partition.journalNumber)
            if case .confirm = request.command { return .read(.order(OrderID(address)), after: place.readableFrom) }
            composer.confirmedBefore(OrderID(address), partition.key, to: exchange, bytes, into: &output)
            return .answered(dependsOn)
        case .remembered, .refused, .unavailable:
            return unchanged(outcome, key, partition, now, exchange, bytes, into: &output)
        }
    }

    /// A command on a hold, as it was asked for.
    private struct HoldCommandRequest {
        let command: HoldCommand
        /// What its key belongs to; nil where it takes none.
        let scope: KeyScope?
        /// What tells it from another request under the same key.
        let meaning: Int64
    }

    /// - Returns: nil where the hold is only to be shown.
    private func commandRequest(
        _ route: Route,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) throws(InvalidRequest) -> HoldCommandRequest? {
        let body = exchange.request.body
        switch route {
        case .confirm:
            let quantity = try ConfirmRequest(body, bytes).quantity
            return HoldCommandRequest(command: .confirm(quantity), scope: .confirm, meaning: quantity?.units ?? 0)
        case .extend:
            let most = Int64(holds.ttlSecondsMax)
            let seconds = try DurationRequest(body, bytes, "ttl_seconds", secondsMax: most).seconds
            return HoldCommandRequest(
                command: .extend(milliseconds: seconds * 1_000),
                scope: .extend,
                meaning: seconds
            )
        case .confirmIntent:
            let most = Int64(holds.freezeSecondsMax)
            let seconds = try DurationRequest(body, bytes, "freeze_seconds", secondsMax: most).seconds
            return HoldCommandRequest(
                command: .freeze(milliseconds: seconds * 1_000),
                scope: .confirmIntent,
                meaning: seconds
            )
        default:
            guard exchange.request.method == .delete else { return nil }
            return HoldCommandRequest(command: .release, scope: nil, meaning: 0)
        }
    }

    private func show(
        _ id: HoldID,
        _ keeper: SKUKeeper,
        _ partition: Partition,
        _ now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) -> Served {
        guard let view = partition.view(of: id) else {
            composer.refusal(.unknownHold, at: now, to: exchange, bytes, into: &output)
            return .answered(keeper.assumeIsolated { $0.dependsOn })
        }
        write(view, id, keeper, partition, exchange, bytes, into: &output)
        return .answered(view.dependsOn)
    }

    private func write(
        _ view: HoldView,
        _ id: HoldID,
        _ keeper: SKUKeeper,
        _ partition: Partition,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) {
        let (name, buyer) = (keeper.name, view.buyer.bytes)
        composer.hold(
            .ok,
            HoldFacts(view, id, partition),
            sku: name.span,
            buyer: buyer.span.extracting(first: view.buyer.count),
            partition.key,
            to: exchange,
            bytes,
            into: &output
        )
    }

    private func answer(
        _ change: HoldChange,
        _ id: HoldID,
        _ keeper: SKUKeeper,
        _ command: HoldCommand,
        _ partition: Partition,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) {
        if case .release = command {
            return composer.answer(.noContent, to: exchange, bytes, into: &output) { _ in }
        }
        guard let order = change.order, let position = change.position else {
            return write(change.view, id, keeper, partition, exchange, bytes, into: &output)
        }
        let (name, buyer) = (keeper.name, change.view.buyer.bytes)
        composer.order(
            .created,
            OrderFacts(id: OrderID(journal: partition.journalNumber, position: position), purchase: order),
            sku: name.span,
            buyer: buyer.span.extracting(first: change.view.buyer.count),
            key: partition.key,
            isReplay: false,
            to: exchange,
            bytes,
            into: &output
        )
    }

    private func count(_ change: HoldChange, _ command: HoldCommand) {
        guard change.position != nil else { return }
        switch command {
        case .confirm: composer.metrics.held(change.isReacquired ? .reacquired : .confirmed)
        case .release: composer.metrics.held(.released)
        case .extend, .freeze: composer.metrics.held(.prolonged)
        }
    }
}
