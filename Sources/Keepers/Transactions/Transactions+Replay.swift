import Domain
import Journal

extension Partition {
    /// Makes a transaction's own record part of the state.
    func replay(transaction record: TransactionRecord, start: JournalPosition) {
        switch record.content {
        case .decided(let decision, let others): transactions.noteDecided(decision.id, others)
        case .closed(let ids): for id in ids { transactions.forget(id) }
        }
        note(record.head, start)
    }

    /// Notes what a SKU's record means for transactions; the SKU has it already.
    func replay(partOf event: SKUEvent, _ sku: Span<UInt8>, _ buyer: Span<UInt8>, start: JournalPosition) {
        switch event {
        case .reserved(let reservation):
            guard let keeper = keeperIndex(of: sku) else { return }
            transactions.noteReserved(reservation, keeper: keeper, buyer: Self.bytes(buyer))
        case .settled(let settlement):
            guard let keeper = keeperIndex(of: sku) else { return }
            transactions.noteSettled(settlement, keeper: keeper)
        case .cancelled(let cancellation):
            guard let refund = cancellation.refund else { return }
            transactions.noteDue(refund, to: Self.bytes(buyer), because: start)
        case .purchased, .created, .replaced, .amended, .stockAdjusted, .removed: break
        case .held, .confirmed, .holdEnded, .holdProlonged: break
        }
    }

    /// Notes what a wallet's record means for transactions; the wallet has it already.
    func replay(partOf change: WalletChange, _ buyer: Span<UInt8>) {
        switch change.command {
        case .pay(let amount, let link): transactions.noteDebited(amount, link, buyer: Self.bytes(buyer))
        case .refund(_, let link): transactions.noteRefunded(link)
        case .deposit, .withdraw: break
        }
    }
}

extension Transactions {
    /// A reservation is over: by the number that it has in its SKU.
    fileprivate func noteSettled(_ settlement: Settlement, keeper: Int) {
        let id = settlement.link.id
        parts[id]?.lines.removeAll { $0.keeper == keeper && $0.order == settlement.order }
        dropIfSettled(id)
    }

    fileprivate func noteDue(_ amount: Money, to buyer: [UInt8], because position: JournalPosition) {
        dues[refundID(position)] = Due(buyer: buyer, amount: amount)
    }

    /// Either a transaction was undone here, or a cancelled order is paid back.
    fileprivate func noteRefunded(_ link: TransactionLink) {
        guard parts[link.id]?.debit != nil else { return noteCredited(link.id) }
        parts[link.id]?.debit = nil
        dropIfSettled(link.id)
    }
}
