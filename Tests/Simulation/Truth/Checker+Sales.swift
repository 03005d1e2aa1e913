import Domain

/// Answers about sales, stock and the catalogue's changes.
extension Checker {
    func purchase(
        _ attempt: Attempt,
        _ quantity: Int64,
        _ answer: Answer,
        _ bytes: [UInt8]
    ) throws(Violation) {
        guard answer.status == 201 else {
            return try refused(attempt, answer, bytes, quantity)
        }
        let history = truth.histories[attempt.operation.subject]
        let sequence = bytes.number(after: "\"sequence\":", in: answer.body).map { Int($0) }
        guard try acknowledged(attempt, answer, bytes, change: sequence, of: history) else { return }
        let moment = history.moments[sequence ?? 0]
        try promise(moment.change == .purchased, "another change was made")
        try sold(moment, quantity, answer, bytes)
    }

    /// An order that is told for the first time.
    func sold(_ moment: Moment, _ quantity: Int64, _ answer: Answer, _ bytes: [UInt8]) throws(Violation) {
        try promise(moment.quantity == quantity, "another quantity was sold")
        let remaining = bytes.number(after: "\"remaining\":", in: answer.body)
        try promise(remaining == moment.available, "other units remain")
        try promise(bytes.number(after: "\"quantity\":", in: answer.body) == quantity, "another quantity is told")
    }

    /// Why units were not sold, or not held.
    func refused(
        _ attempt: Attempt,
        _ answer: Answer,
        _ bytes: [UInt8],
        _ quantity: Int64,
        sku: Int? = nil
    ) throws(Violation) {
        func says(_ type: StaticString) -> Bool { bytes.place(of: type, in: answer.body) != nil }
        switch answer.status {
        case 404: try match(attempt, sku: sku, "unknown") { $0.details == nil }
        case 409 where says("sold-out"):
            try match(attempt, sku: sku, "sold out") { $0.details != nil && $0.available == 0 }
        case 409:
            let available = bytes.number(after: "\"available\":", in: answer.body)
            let most = truth.histories[sku ?? attempt.operation.subject].rules.heldUnitsMax
            let isHold = attempt.operation.isHold && most > 0
            try match(attempt, sku: sku, "too few") {
                guard $0.details != nil, let available, available < quantity else { return false }
                return $0.available == available || isHold && max(0, most - $0.held) == available
            }
        case 403 where says("sale-paused"): try match(attempt, sku: sku, "paused") { $0.details?.paused == true }
        case 403 where says("sale-not-started"):
            let opens = bytes.time(after: "\"opens_at\":\"", in: answer.body)
            try promise(opens.map { $0 > earliest(attempt) } ?? false, "a sale has begun")
            try match(attempt, sku: sku, "opens") { $0.details?.opensAt?.millisecondsSinceEpoch == opens }
        case 403 where says("sale-ended"):
            try match(attempt, sku: sku, "ended") {
                $0.details?.closesAt.map { $0.millisecondsSinceEpoch <= workload.latestTime } ?? false
            }
        case 403 where says("buyer-limit-reached"):
            let limit = bytes.number(after: "\"limit\":", in: answer.body)
            let most = truth.histories[sku ?? attempt.operation.subject].rules.openPerBuyerMax
            let isHold = attempt.operation.isHold
            try match(attempt, sku: sku, "limit") {
                $0.details?.limitPerBuyer?.units == limit || isHold && limit == Int64(most) && $0.open >= most
            }
        default: throw Violation("an answer that nobody may get")
        }
    }

    /// The earliest moment at which the server can have decided about a request.
    func earliest(_ attempt: Attempt) -> Int64 { attempt.setbacks == setbacks ? attempt.askedAt : .min }

    func stock(
        _ attempt: Attempt,
        _ answer: Answer,
        _ bytes: [UInt8],
        refuses: (Moment) -> Bool
    ) throws(Violation) {
        let available = bytes.number(after: "\"available\":", in: answer.body)
        switch answer.status {
        case 200:
            let history = truth.histories[attempt.operation.subject]
            let sequence = bytes.number(after: "\"sequence\":", in: answer.body).map { Int($0) }
            guard try acknowledged(attempt, answer, bytes, change: sequence, of: history) else { return }
            let moment = history.moments[sequence ?? 0]
            try promise(moment.change == .adjusted && available == moment.available, "other stock is there")
        case 404: try match(attempt, "unknown") { $0.details == nil }
        case 409, 412:
            try match(attempt, "stock refused") {
                $0.details != nil && $0.available == available && refuses($0)
            }
        default: throw Violation("an answer that nobody may get")
        }
    }

    /// `If-Match`, or what goes with it, did not hold.
    func mismatch(_ attempt: Attempt, _ answer: Answer, _ bytes: [UInt8]) throws(Violation) {
        let operation = attempt.operation
        let sequence = bytes.number(after: "\"sequence\":", in: answer.body).map { Int($0) }
        try match(attempt, "a mismatch") {
            guard $0.number == sequence else { return false }
            if $0.details == nil || $0.number != operation.ifMatch { return true }
            if case .set(_, let seen?) = operation.kind { return seen != $0.available }
            return false
        }
    }

    func removal(_ attempt: Attempt, _ answer: Answer, _ bytes: [UInt8]) throws(Violation) {
        let operation = attempt.operation
        switch answer.status {
        case 204:
            let history = truth.histories[operation.subject]
            let floor = attempt.floor(operation.subject)
            let isThere =
                floor < history.last
                && history.moments[(floor + 1)...]
                    .contains {
                        $0.change == .removed
                            && operation.ifMatch.map { [number = $0.number] in number == $0 + 1 } ?? true
                    }
            try promise(isThere, "removed, and not durable")
        case 404: try match(attempt, "unknown") { $0.details == nil }
        case 409:
            let holds = bytes.number(after: "\"holds\":", in: answer.body)
            try match(attempt, "holds are open") { Int64($0.open) == holds && $0.open > 0 }
        default: throw Violation("an answer that nobody may get")
        }
    }

    func view(_ attempt: Attempt, _ answer: Answer, _ bytes: [UInt8]) throws(Violation) {
        let operation = attempt.operation
        switch answer.status {
        case 200, 201:
            let moment = try shown(attempt, bytes, answer.body)
            if case .show = operation.kind { return }
            try promise(moment.operation == operation.number, "another change is shown")
            if let ifMatch = operation.ifMatch { try promise(moment.number == ifMatch + 1, "another version") }
        case 404: try match(attempt, "unknown") { $0.details == nil }
        default: throw Violation("an answer that nobody may get")
        }
    }
}

extension Operation {
    /// Whether it sets units aside.
    var isHold: Bool {
        if case .hold = kind { return true }
        return false
    }
}
