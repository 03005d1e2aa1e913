import Domain
import Testing

@Suite("Wallets")
struct WalletTests {
    private static let most = Money.amountMax

    private static func money(_ amount: Int64, _ currency: String = "USD") throws -> Money {
        Money(amount: amount, currency: try #require(Currency(currency)))
    }

    private static func command(_ random: inout SeededGenerator) throws -> WalletCommand {
        let small = Int64(1 + random.below(500))
        let amount = try money(
            random.below(20) == 0 ? most - Int64(random.below(300)) : small,
            random.below(12) == 0 ? "EUR" : "USD"
        )
        let reference = random.below(2) == 0 ? nil : try WalletReference("r\(random.below(9))")
        switch random.below(3) {
        case 0: return .deposit(amount, reference)
        case 1: return .withdraw(amount, reference)
        default: return .pay(amount, TransactionLink(id: TransactionID(high: 1, low: 2), coordinator: 0))
        }
    }

    @Test(
        "a balance is what went in less what went out, of one currency, and never negative",
        arguments: UInt64(1)...8
    )
    func againstModel(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var state = WalletState()
        var changes: [WalletChange] = []
        var model: (amount: Int64, currency: String)?
        var refusals = 0
        for step in 0..<1_500 {
            let command = try Self.command(&random)
            let before = state
            let place: Comment = "seed \(seed), step \(step)"
            let amount = command.amount
            var isDeposit = false
            if case .deposit = command { isDeposit = true }
            let next = (model?.amount ?? 0) + (isDeposit ? amount.amount : -amount.amount)
            switch state.decide(command, at: Sample.at(Int64(step))) {
            case .success(let change):
                try state.apply(change)
                changes.append(change)
                #expect(change.sequence == UInt64(changes.count), place)
                #expect((0...Self.most).contains(next) && (model != nil || isDeposit), place)
                #expect(model == nil || model?.currency == amount.currency.description, place)
                model = (next, amount.currency.description)
            case .failure(let refusal):
                refusals += 1
                #expect(state == before, place)
                switch refusal {
                case .unknownBuyer: #expect(model == nil && !isDeposit, place)
                case .otherCurrency(let own):
                    #expect(model?.currency == own.description && own != amount.currency, place)
                case .insufficientFunds(let balance, let total):
                    #expect(next < 0 && balance.amount == model?.amount && total == amount, place)
                case .balanceOverflow: #expect(next > Self.most, place)
                }
            }
            #expect(state.balance?.amount == model?.amount, place)
        }
        #expect(changes.count > 300 && refusals > 100)
        var replayed = WalletState()
        for change in changes { try replayed.apply(change) }
        #expect(replayed == state)
    }

    @Test("a change that cannot follow is refused and changes nothing")
    func contradictions() throws {
        var state = WalletState()
        let ten = try Self.money(10)
        func change(_ command: WalletCommand, _ balance: Money, _ sequence: UInt64) -> WalletChange {
            WalletChange(command: command, balance: balance, sequence: sequence, at: Sample.at(0))
        }
        let first = change(.deposit(ten, nil), ten, 1)
        let link = TransactionLink(id: TransactionID(high: 1, low: 2), coordinator: 0)
        #expect(throws: Contradiction.self) { try state.apply(change(.pay(ten, link), try Self.money(-10), 1)) }
        #expect(throws: Contradiction.self) { try state.apply(change(.deposit(ten, nil), try Self.money(11), 1)) }
        #expect(throws: Contradiction.self) { try state.apply(change(.deposit(ten, nil), ten, 2)) }
        try state.apply(first)
        let after = state
        for wrong in [
            first, change(.deposit(ten, nil), try Self.money(20, "EUR"), 2),
            change(.deposit(try Self.money(10, "EUR"), nil), try Self.money(20), 2),
            change(.withdraw(try Self.money(11), nil), try Self.money(-1), 2),
            change(.deposit(try Self.money(Self.most), nil), try Self.money(Self.most), 2),
            change(.deposit(try Self.money(-5), nil), try Self.money(5), 2),
        ] {
            #expect(throws: Contradiction.self, "\(wrong)") { try state.apply(wrong) }
            #expect(state == after)
        }
        #expect(throws: Contradiction.self) { try WalletState(balance: ten, sequence: 0) }
        #expect(throws: Contradiction.self) { try WalletState(balance: try Self.money(-1), sequence: 1) }
    }
}
