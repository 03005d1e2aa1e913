import Domain
import Journal

/// What one line of a transaction would set aside: decided, and not journaled.
struct Draft {
    /// The place of the keeper in the partition.
    let keeper: Int
    let reservation: Reservation
}

/// What a wallet would pay: decided, and not journaled.
struct DebitDraft {
    let wallet: WalletKeeper
    let change: WalletChange
}

/// What the journal has taken of the drafts: the first ones, and the debit last.
struct JournaledDrafts {
    /// The orders to be.
    var lines: [DecidedLine] = []
    /// What has left the wallet.
    var debited: Money?
    /// Whether it is all of them.
    var isComplete = false
}

extension Transactions {
    /// Decides what one transaction wants of this partition, and leaves it in `drafts` and `debitDraft`.
    ///
    /// - Returns: nil where all can be had, else why not.
    func draft(_ order: ReserveOrder, _ link: TransactionLink, at now: Instant) -> ReserveReply? {
        drafts.removeAll(keepingCapacity: true)
        debitDraft = nil
        let buyer = partition.key.fingerprint(of: order.buyer.span, domain: .buyer)
        for (place, line) in order.lines.enumerated() {
            guard let index = partition.keeperIndex(of: line.sku.span) else {
                return .refused(.unknownSKU, line: place, dependsOn: .start)
            }
            let keeper = partition.keepers[index]
            let decided = keeper.inPlace((buyer, line.quantity, link, order.isPaid, now)) {
                $0.decideReservation($1.0, $1.1, $1.2, isPaid: $1.3, at: $1.4)
            }
            switch decided {
            case .failure(let refusal):
                return .refused(refusal, line: place, dependsOn: keeper.inPlace(()) { keeper, _ in keeper.dependsOn })
            case .success(let reservation): drafts.append(Draft(keeper: index, reservation: reservation))
            }
        }
        return order.pays ? draftDebit(of: buyer, order.others, link, at: now) : nil
    }

    /// Decides what the buyer's wallet would pay.
    private func draftDebit(
        of buyer: Fingerprint,
        _ others: [Money],
        _ link: TransactionLink,
        at now: Instant
    ) -> ReserveReply? {
        let wallet = partition.wallets.find(buyer)
        switch bill(others).flatMap({ Self.payment(of: $0, from: wallet, link, at: now) }) {
        case .success(let draft):
            debitDraft = draft
            return nil
        case .failure(let refusal):
            let dependsOn = wallet?.inPlace(()) { wallet, _ in wallet.dependsOn } ?? .start
            return .refused(refusal, line: nil, dependsOn: max(dependsOn, skusDependOn))
        }
    }

    private var skusDependOn: JournalPosition {
        drafts.map { partition.keepers[$0.keeper].inPlace(()) { keeper, _ in keeper.dependsOn } }.max() ?? .start
    }

    /// What the drafts cost, with what others have set aside.
    private func bill(_ others: [Money]) -> Result<Money, Refusal> {
        guard let first = others.first ?? drafts.first?.reservation.purchase.total else {
            return .failure(.limitsOverflow(.total))
        }
        // No sum overflows: at most `linesMax` numbers below 2^53.
        var sum: Int64 = 0
        var isOneCurrency = true
        for other in others {
            sum += other.amount
            isOneCurrency = isOneCurrency && other.currency == first.currency
        }
        for draft in drafts {
            guard let total = draft.reservation.purchase.total else { continue }
            sum += total.amount
            isOneCurrency = isOneCurrency && total.currency == first.currency
        }
        guard isOneCurrency else { return .failure(.wallet(.otherCurrency(first.currency))) }
        guard sum <= Money.amountMax else { return .failure(.limitsOverflow(.total)) }
        return .success(Money(amount: sum, currency: first.currency))
    }

    private static func payment(
        of total: Money,
        from wallet: WalletKeeper?,
        _ link: TransactionLink,
        at now: Instant
    ) -> Result<DebitDraft, Refusal> {
        guard let wallet else {
            let nothing = Money(amount: 0, currency: total.currency)
            return .failure(.wallet(.insufficientFunds(balance: nothing, total: total)))
        }
        return wallet.inPlace((total, link, now)) { $0.decidePayment($1.0, $1.1, at: $1.2) }
            .map { DebitDraft(wallet: wallet, change: $0) }
    }

    /// Journals what was drafted, until the staging takes no more.
    func journalDrafts(_ buyer: [UInt8]) -> JournaledDrafts {
        var journaled = JournaledDrafts()
        journaled.lines.reserveCapacity(drafts.count)
        for draft in drafts {
            let keeper = partition.keepers[draft.keeper]
            let start = keeper.inPlace((draft.reservation, buyer)) { $0.reserve($1.0, buyer: $1.1) }
            guard let start else { return journaled }
            let order = RecordAddress(journal: partition.journalNumber, position: start)
            journaled.lines.append(DecidedLine(sku: keeper.name, order: order, purchase: draft.reservation.purchase))
        }
        if let debit = debitDraft {
            guard debit.wallet.inPlace(debit.change, { $0.apply($1, nil) }) != nil else { return journaled }
            journaled.debited = debit.change.command.amount
        }
        journaled.isComplete = true
        return journaled
    }
}
