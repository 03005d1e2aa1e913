import Domain
import HTTP
import Journal
import Keepers

extension Serving {
    /// Answers a request with what became of its transaction.
    ///
    /// - Parameters:
    ///   - outcome: what became of it.
    ///   - plan: what was asked for.
    ///   - partition: the coordinator.
    ///   - now: the moment of the answer.
    ///   - exchange: the request.
    ///   - bytes: the request's.
    ///   - output: where the answer goes.
    /// - Returns: from where on the answer may leave, or what answers.
    func answer(
        _ outcome: TransactionOutcome,
        to plan: TransactionPlan,
        of partition: Partition,
        at now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) -> Served {
        switch outcome {
        case .decided(let decision, let dependsOn):
            write(decision, partition.key, isReplay: false, exchange, bytes, into: &output)
            return .answered(dependsOn)
        case .remembered(let place):
            let first = place.address(seenFrom: partition.journalNumber)
            return .read(.replay(first, digest: plan.request?.digest ?? 0), after: place.readableFrom)
        case .refused(let refusal, _, let dependsOn):
            composer.refusal(refusal, at: now, to: exchange, bytes, into: &output)
            return .answered(dependsOn)
        case .unavailable(let reason):
            composer.unavailable(reason, to: exchange, bytes, into: &output)
            return .answered(.start)
        }
    }

    private func write(
        _ decision: TransactionDecision,
        _ key: FingerprintKey,
        isReplay: Bool,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) {
        guard let line = decision.lines.first else { return }
        composer.order(
            .created,
            OrderFacts(id: OrderID(line.order), purchase: line.purchase),
            sku: line.sku.span,
            buyer: decision.buyer.span,
            key: key,
            isReplay: isReplay,
            to: exchange,
            bytes,
            into: &output
        )
    }
}
