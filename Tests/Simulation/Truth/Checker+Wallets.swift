import Domain

/// Answers about wallets.
extension Checker {
    func wallet(_ attempt: Attempt, _ answer: Answer, _ bytes: [UInt8]) throws(Violation) {
        let wallet = truth.wallets[attempt.operation.subject]
        guard answer.status == 200 else { return try unknown(attempt, answer) }
        guard let sequence = bytes.number(after: "\"sequence\":", in: answer.body).map({ Int($0) }) else {
            throw Violation("a wallet without a sequence")
        }
        try promise(sequence <= wallet.last, "\(wallet.label) is shown at \(sequence), durable is \(wallet.last)")
        let floor = attempt.floor(attempt.operation.subject)
        try promise(sequence >= floor, "\(wallet.label) is shown at \(sequence), it was shown later before")
        let balance = bytes.number(after: "\"balance\":{\"amount\":", in: answer.body)
        try promise(balance == wallet.moments[sequence].balance?.amount, "\(wallet.label) is shown with other money")
        wallet.shown = max(wallet.shown, sequence)
    }

    func money(
        _ attempt: Attempt,
        _ amount: Int64,
        _ currency: String,
        _ answer: Answer,
        _ bytes: [UInt8]
    ) throws(Violation) {
        let wallet = truth.wallets[attempt.operation.subject]
        let balance = bytes.number(after: "\"balance\":{\"amount\":", in: answer.body)
        switch answer.status {
        case 201:
            let sequence = bytes.number(after: "\"sequence\":", in: answer.body).map { Int($0) }
            guard try acknowledged(attempt, answer, bytes, change: sequence, of: wallet) else { return }
            let isSame =
                balance == wallet.moments[sequence ?? 0].balance?.amount
                && bytes.number(after: "\"amount\":{\"amount\":", in: answer.body) == amount
            try promise(isSame, "other money is there")
        case 402:
            try match(attempt, "too little money") {
                $0.balance?.amount == balance && balance.map { $0 < amount } ?? false
            }
        case 400:
            try match(attempt, "another currency") { $0.balance.map { $0.currency.description != currency } ?? false }
        default: try unknown(attempt, answer)
        }
    }

    private func unknown(_ attempt: Attempt, _ answer: Answer) throws(Violation) {
        try promise(answer.status == 404, "an answer that nobody may get")
        try match(attempt, "unknown") { $0.balance == nil }
    }

    /// As for a SKU's moments.
    func match(
        _ attempt: Attempt,
        wallet payer: Int? = nil,
        _ reason: @autoclosure () -> String,
        _ isRight: (WalletHistory.Moment) -> Bool
    ) throws(Violation) {
        let wallet = truth.wallets[payer ?? attempt.operation.subject]
        let floor = attempt.floors.own
        guard let found = wallet.moments[floor...].firstIndex(where: isRight) else {
            throw Violation("\(reason()): was not so between \(floor) and \(wallet.last)")
        }
        wallet.shown = max(wallet.shown, found)
    }
}
