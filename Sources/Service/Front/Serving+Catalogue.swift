import Domain
import HTTP
import Journal
import Keepers

extension Serving {
    /// Changes the stock of a SKU.
    func stock(
        _ sku: ByteRange,
        _ partition: Partition,
        _ now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) throws(InvalidRequest) -> Served {
        let body = try StockRequest(exchange.request.body, bytes)
        let ifSequence = try ifMatch(exchange, bytes)
        let name = bytes.extracting(sku.bounds)
        let key = try key(.stock, name, partition.key, exchange, bytes) { body.update(&$0) }
        let outcome = partition.change(sku: name, body.command(ifSequence), request: key, at: now)
        guard case .changed(let change) = outcome, let adjustment = change.adjustment else {
            return unchanged(outcome, key, partition, now, exchange, bytes, into: &output)
        }
        composer.stock(adjustment, sku: name, isReplay: false, to: exchange, bytes, into: &output)
        return .answered(change.dependsOn)
    }

    /// Makes a SKU, or replaces its catalogue entry.
    func put(
        _ sku: ByteRange,
        _ partition: Partition,
        _ now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) throws(InvalidRequest) -> Served {
        let body = try CatalogueRequest(exchange.request.body, bytes, isPut: true)
        let details = try body.details()
        guard let stock = body.stock else { throw InvalidRequest("stock", "is missing") }
        let isNewOnly = Text.equals(bytes, exchange.request.ifNoneMatch, "*")
        guard isNewOnly || !exchange.request.ifNoneMatch.isPresent else {
            throw InvalidRequest("If-None-Match", "must be *")
        }
        let ifSequence = try ifMatch(exchange, bytes)
        let command: SKUCommand =
            isNewOnly
            ? .create(details, stock: stock) : .put(details, stock: stock, ifSequence: ifSequence)
        return change(command, sku, partition, now, exchange, bytes, into: &output)
    }

    /// Changes members of a catalogue entry.
    func amend(
        _ sku: ByteRange,
        _ partition: Partition,
        _ now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) throws(InvalidRequest) -> Served {
        let body = try CatalogueRequest(exchange.request.body, bytes, isPut: false)
        let ifSequence = try ifMatch(exchange, bytes)
        guard !body.patch.isEmpty else { throw InvalidRequest(.body, "names no member to change") }
        let command = SKUCommand.amend(body.patch, ifSequence: ifSequence)
        return change(command, sku, partition, now, exchange, bytes, into: &output)
    }

    /// Takes a SKU out of the catalogue.
    func remove(
        _ sku: ByteRange,
        _ partition: Partition,
        _ now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) throws(InvalidRequest) -> Served {
        let ifSequence = try ifMatch(exchange, bytes)
        return change(.remove(ifSequence: ifSequence), sku, partition, now, exchange, bytes, into: &output)
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

    /// Shows a SKU.
    func show(
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
    /// Begins the feed of a SKU.
    func feed(
        _ sku: ByteRange,
        _ partition: Partition,
        _ now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) -> Served {
        let keeper = partition.keeper(of: bytes.extracting(sku.bounds))
        guard let keeper, let view = keeper.viewInPlace(at: now) else {
            composer.refusal(.unknownSKU, at: now, to: exchange, bytes, into: &output)
            return .answered(keeper?.assumeIsolated { $0.dependsOn } ?? .start)
        }
        guard exchange.request.method == .head || partition.isLost(view.dependsOn) else { return .watch(keeper) }
        composer.beginFeed(to: exchange, bytes, into: &output)
        return .answered(view.dependsOn)
    }

    /// Most changes of one page of a trail.
    static let changesMax: UInt64 = 500

    /// Shows a part of a SKU's trail.
    func changes(
        _ sku: ByteRange,
        _ partition: Partition,
        _ now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) throws(InvalidRequest) -> Served {
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
}
