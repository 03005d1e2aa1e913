import Domain

/// Answers about transactions over several SKUs and a wallet.
extension Checker {
    func bundle(
        _ attempt: Attempt,
        _ lines: [BundleLine],
        _ payer: Int?,
        _ answer: Answer,
        _ bytes: [UInt8]
    ) throws(Violation) {
        switch answer.status {
        case 201: try bought(attempt, lines, answer, bytes)
        case 402:
            let balance = bytes.number(after: "\"balance\":{\"amount\":", in: answer.body)
            let total = bytes.number(after: "\"total\":{\"amount\":", in: answer.body)
            guard let payer, let balance, let total else { throw Violation("nothing was to be paid") }
            try match(attempt, wallet: payer, "too little money") { moment in
                let isOther = moment.balance.map { $0.currency.description != "USD" } ?? false
                return (moment.balance?.amount ?? 0) == balance && (balance < total || isOther)
            }
        default:
            let line = try refusedLine(lines, answer, bytes)
            try refused(attempt, answer, bytes, line.quantity, sku: line.sku)
        }
    }

    /// As a purchase that a wallet pays for, which has other statuses.
    func item(_ attempt: Attempt, _ payer: Int, _ answer: Answer, _ bytes: [UInt8]) throws(Violation) {
        func says(_ type: StaticString) -> Bool { bytes.place(of: type, in: answer.body) != nil }
        let status =
            switch answer.status {
            case 200: 201
            case 400 where says("/insufficient-funds"): 402
            case 400 where says("/unknown-sku"): 404
            case 400 where says("/sold-out"): 409
            case 400: 403
            default: throw Violation("an answer that nobody may get")
            }
        let line = BundleLine(sku: attempt.operation.subject, quantity: 1)
        try bundle(attempt, [line], payer, answer.with(status: status), bytes)
    }

    /// All orders of an answer are of one decided transaction, and are all of it.
    private func bought(
        _ attempt: Attempt,
        _ lines: [BundleLine],
        _ answer: Answer,
        _ bytes: [UInt8]
    ) throws(Violation) {
        var orders: [(sku: Int, moment: Moment)] = []
        var start = answer.body.lowerBound
        while let place = bytes.place(of: "{\"order\":\"", in: start..<answer.body.upperBound) {
            let end = bytes.place(of: "{\"order\":\"", in: place + 9..<answer.body.upperBound) ?? answer.body.upperBound
            orders.append(try order(lines, orders.count, bytes, place..<end))
            start = end
        }
        try promise(orders.count == lines.count, "\(orders.count) orders of \(lines.count)")
        let first = orders[0]
        let history = truth.histories[first.sku]
        guard try acknowledged(attempt, answer, bytes, change: first.moment.number, of: history) else { return }
        guard let story = first.moment.reservation?.transaction, story.claim(for: attempt.operation) else {
            throw Violation("somebody else's transaction, or one that is not decided")
        }
        for order in orders {
            try promise(order.moment.reservation?.transaction === story, "an order of another transaction")
            let history = truth.histories[order.sku]
            history.shown = max(history.shown, order.moment.number)
        }
    }

    private func order(
        _ lines: [BundleLine],
        _ index: Int,
        _ bytes: [UInt8],
        _ part: Range<Int>
    ) throws(Violation) -> (sku: Int, moment: Moment) {
        guard index < lines.count, let place = bytes.place(of: "\"sku\":\"s", in: part),
            let sequence = bytes.number(after: "\"sequence\":", in: part).map({ Int($0) })
        else { throw Violation("an order that cannot be read") }
        let sku = Int(bytes[place + 8]) - 48
        let history = truth.histories[sku]
        try promise(sequence <= history.last, "order \(sequence) of \(history.label) is told of and not durable")
        let moment = history.moments[sequence]
        let isSame =
            sku == lines[index].sku && moment.quantity == lines[index].quantity
            && bytes.number(after: "\"quantity\":", in: part) == moment.quantity
            && bytes.number(after: "\"remaining\":", in: part) == moment.available
        try promise(isSame, "an order is told in other words")
        return (sku, moment)
    }

    /// The line that a refusal is about.
    private func refusedLine(
        _ lines: [BundleLine],
        _ answer: Answer,
        _ bytes: [UInt8]
    ) throws(Violation) -> BundleLine {
        guard lines.count > 1 || bytes.place(of: "\"sku\":\"s", in: answer.body) != nil else { return lines[0] }
        guard let place = bytes.place(of: "\"sku\":\"s", in: answer.body),
            let line = lines.first(where: { $0.sku == Int(bytes[place + 8]) - 48 })
        else { throw Violation("a refusal that names no line") }
        return line
    }
}
