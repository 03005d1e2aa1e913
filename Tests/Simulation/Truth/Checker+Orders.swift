import Domain

/// Answers about orders.
extension Checker {
    func order(_ attempt: Attempt, _ first: Operation, _ answer: Answer, _ bytes: [UInt8]) throws(Violation) {
        if answer.status == 404, mayBeOver(first.placedAt) {
            return try promise(bytes.place(of: "older than", in: answer.body) != nil, "an order is not found")
        }
        try promise(answer.status == 200, "an order that was sold is not found")
        guard let sequence = first.bodies[0].number(after: "\"sequence\":", in: 0..<first.bodies[0].count) else {
            throw Violation("an order without a sequence")
        }
        try told(attempt, Int(sequence), answer, bytes)
    }

    /// An order is shown as it was told first, but for what was cancelled since.
    func told(_ attempt: Attempt, _ sequence: Int, _ answer: Answer, _ bytes: [UInt8]) throws(Violation) {
        let history = truth.histories[attempt.operation.subject]
        let cancelled = bytes.number(after: ",\"cancelled_quantity\":", in: answer.body) ?? 0
        try match(attempt, "cancelled") { moment in
            moment.number >= sequence && history.cancelled(ofOrder: sequence, at: moment.number) == cancelled
        }
        let isWhole = cancelled < history.moments[sequence].quantity
        let state = bytes.place(of: isWhole ? "\"state\":\"confirmed\"" : "\"state\":\"cancelled\"", in: answer.body)
        try promise(state != nil, "an order is in another state")
        guard let maker = history.moments[sequence].operation,
            let first = workload.operations[maker].bodies.first(where: { $0.tells(of: sequence) })
        else { return }
        try promise(bytes[answer.body].isOrder(first), "an order is told in other words")
    }

    func cancellation(
        _ attempt: Attempt,
        _ first: Operation,
        _ quantity: Int64?,
        _ answer: Answer,
        _ bytes: [UInt8]
    ) throws(Violation) {
        let history = truth.histories[first.subject]
        let body = first.bodies[0]
        let sequence = Int(body.number(after: "\"sequence\":", in: 0..<body.count) ?? 0)
        switch answer.status {
        case 200: try cancelled(attempt, sequence, history, answer, bytes)
        case 404 where mayBeOver(first.placedAt): return
        case 409 where bytes.place(of: "quantity-exceeded", in: answer.body) != nil:
            let left = bytes.number(after: "\"limit\":", in: answer.body)
            let units = history.moments[sequence].quantity
            try promise(quantity.map { wanted in left.map { wanted > $0 } ?? false } ?? false, "as many are left")
            try match(attempt, "left") { units - history.cancelled(ofOrder: sequence, at: $0.number) == left }
        default: throw Violation("an answer that nobody may get")
        }
    }

    private func cancelled(
        _ attempt: Attempt,
        _ order: Int,
        _ history: History,
        _ answer: Answer,
        _ bytes: [UInt8]
    ) throws(Violation) {
        let operation = attempt.operation
        let units = bytes.number(after: ",\"cancelled_quantity\":", in: answer.body)
        if let change = operation.change, history.cancelled(ofOrder: order, at: change) == units {
            _ = try acknowledged(attempt, answer, bytes, change: change, of: history)
            return
        }
        let isOver = operation.change == nil || workload.latestTime - operation.changedAt >= Truth.windowMilliseconds
        try promise(isOver, "a cancellation is told in other words")
        let all = history.moments[order].quantity
        try promise(units == all, "a cancellation that is not durable")
        try match(attempt, "cancelled") { history.cancelled(ofOrder: order, at: $0.number) == all }
    }
}

extension [UInt8] {
    /// Whether an order's first answer is about that change.
    fileprivate func tells(of sequence: Int) -> Bool {
        // A cart begins otherwise.
        starts(with: "{\"order\"".utf8) && number(after: "\"sequence\":", in: 0..<count) == Int64(sequence)
    }
}

extension ArraySlice<UInt8> {
    /// Whether an order is the same as in its first answer, but for what was cancelled.
    fileprivate func isOrder(_ first: [UInt8]) -> Bool {
        let bytes = Array(self)
        guard let end = first.place(of: ",\"state\":", from: 0), let rest = first.place(of: "\"sequence\":", from: 0),
            let again = bytes.place(of: "\"sequence\":", from: 0)
        else { return false }
        return bytes.starts(with: first[..<end]) && bytes[again...].elementsEqual(first[rest...])
    }
}
