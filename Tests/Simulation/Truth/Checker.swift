import Domain

/// Holds every answer against what is durable, and against what was shown before its request was made.
final class Checker {
    private let truth: Truth
    private let workload: Workload
    /// Something has gone wrong on the disk in this life: a 500 or a read-only 503 may be right.
    var hasTrouble = false
    /// The server drains.
    var isDraining = false
    /// Answers checked.
    private(set) var answers = 0

    /// How long records are kept; 0: for ever.
    private let retentionDays: Int

    init(truth: Truth, workload: Workload, retentionDays: Int) {
        self.retentionDays = retentionDays
        self.truth = truth
        self.workload = workload
    }

    /// Checks the answer to an attempt.
    func check(_ attempt: Attempt, _ answer: Answer, _ bytes: [UInt8]) throws(Violation) {
        answers += 1
        let operation = attempt.operation
        do throws(Violation) {
            try judge(attempt, answer, bytes)
        } catch {
            let body = String(decoding: bytes[answer.body].prefix(1_500), as: UTF8.self)
            throw Violation(
                "\(error) (operation \(operation.number), \(operation.kindName) of "
                    + "\(truth.histories[operation.sku].label), answered \(answer.status) \(body))"
            )
        }
    }

    private func judge(_ attempt: Attempt, _ answer: Answer, _ bytes: [UInt8]) throws(Violation) {
        let operation = attempt.operation
        switch answer.status {
        case 503: return try unavailable(operation, answer, bytes)
        case 500:
            operation.isUncertain = true
            workload.lost(operation)
            return try promise(hasTrouble, "the server fails and the disk does not")
        case 408:
            // The request had not arrived: whether it was slow is the connection's to say.
            operation.isUncertain = true
            return
        default: break
        }
        switch operation.kind {
        case .purchase where answer.status == 422:
            // Its key is free again after its window, and somebody else may have used it since.
            let isOver = operation.isAcknowledged && isPastWindow(operation)
            try promise(isOver, "the same request under the same key is another one")
        case .purchase(let quantity, _): try purchase(attempt, quantity, answer, bytes)
        case .reuse(_, let quantity):
            if answer.status != 422 { try purchase(attempt, quantity, answer, bytes) }
        case .adjust(let delta): try stock(attempt, answer, bytes) { $0.available + delta < 0 }
        case .set(_, let seen): try stock(attempt, answer, bytes) { seen != nil && $0.available != seen }
        case .put, .amend, .show: try view(attempt, answer, bytes)
        case .remove: try removal(attempt, answer)
        case .order(let first): try order(first, answer, bytes)
        case .changes(let after, let limit): try changes(attempt, after, limit, answer, bytes)
        case .list(let limit): try list(attempt, limit, answer, bytes)
        case .readiness: try promise(answer.status == 200, "not ready")
        }
    }

    private func unavailable(_ operation: Operation, _ answer: Answer, _ bytes: [UInt8]) throws(Violation) {
        if bytes.place(of: "/problems/overloaded", in: answer.body) != nil { return }
        if bytes.place(of: "/problems/draining", in: answer.body) != nil {
            return try promise(isDraining, "draining and not asked to")
        }
        try promise(bytes.place(of: "/problems/read-only", in: answer.body) != nil, "an unknown 503")
        try promise(hasTrouble, "read-only, and the disk is well")
        guard bytes.place(of: "shows at the next start", in: answer.body) != nil else { return }
        operation.isUncertain = true
        workload.lost(operation)
    }

    // MARK: - Changes

    private func purchase(
        _ attempt: Attempt,
        _ quantity: Int64,
        _ answer: Answer,
        _ bytes: [UInt8]
    ) throws(Violation) {
        guard answer.status == 201 else {
            return try refused(attempt, answer, bytes, quantity)
        }
        let moment = try acknowledged(attempt, answer, bytes)
        guard let moment else { return }
        try promise(moment.change == .purchased && moment.quantity == quantity, "another purchase was made")
        let remaining = bytes.number(after: "\"remaining\":", in: answer.body)
        try promise(remaining == moment.available, "other units remain")
        try promise(bytes.number(after: "\"quantity\":", in: answer.body) == quantity, "another quantity was sold")
    }

    private func stock(
        _ attempt: Attempt,
        _ answer: Answer,
        _ bytes: [UInt8],
        refuses: (Moment) -> Bool
    ) throws(Violation) {
        switch answer.status {
        case 200:
            guard let moment = try acknowledged(attempt, answer, bytes) else { return }
            let available = bytes.number(after: "\"available\":", in: answer.body)
            try promise(moment.change == .adjusted && available == moment.available, "other stock is there")
        case 404: try match(attempt, "unknown") { $0.details == nil }
        case 409, 412:
            let available = bytes.number(after: "\"available\":", in: answer.body)
            try match(attempt, "stock refused") {
                $0.details != nil && $0.available == available && refuses($0)
            }
        default: throw Violation("an answer that nobody may get")
        }
    }

    /// A change's success: it is durable, it is this request's, and the first answer is the only one.
    ///
    /// - Returns: the moment right after the change; nil where the answer is one that was given before.
    private func acknowledged(
        _ attempt: Attempt,
        _ answer: Answer,
        _ bytes: [UInt8]
    ) throws(Violation) -> Moment? {
        let operation = attempt.operation
        let history = truth.histories[operation.sku]
        if operation.isAcknowledged {
            if operation.bodies.contains(where: { bytes[answer.body].elementsEqual($0) }) { return nil }
            // After the key's window the same request is a new one.
            try promise(isPastWindow(operation), "the same key, another answer")
        }
        guard let sequence = bytes.number(after: "\"sequence\":", in: answer.body) else {
            throw Violation("a success without a sequence")
        }
        try promise(sequence <= history.last, "change \(sequence) is told of and not durable")
        let isFirst = operation.attempts == 1
        try promise(!isFirst || !answer.isReplayed, "a first request is answered with a replay")
        try promise(!isFirst || Int(sequence) > attempt.floor(operation.sku), "a change before its request was made")
        let moment = history.moments[Int(sequence)]
        if let maker = moment.operation {
            try promise(maker == operation.number, "change \(sequence) is operation \(maker)'s")
        } else {
            // Its record does not say who asked for it: the answer does, and no other one may claim it.
            history.claim(Int(sequence), by: operation.number)
            operation.change = Int(sequence)
            operation.changedAt = moment.at
        }
        history.shown = max(history.shown, Int(sequence))
        let isNew = !operation.isAcknowledged
        if isNew { operation.placedAt = moment.at }
        operation.bodies.append(Array(bytes[answer.body]))
        if isNew { workload.acknowledge(operation) }
        return moment
    }

    /// Whether the key of a success may have been forgotten since.
    private func isPastWindow(_ operation: Operation) -> Bool {
        workload.latestTime - operation.placedAt >= Truth.windowMilliseconds
    }

    private func removal(_ attempt: Attempt, _ answer: Answer) throws(Violation) {
        switch answer.status {
        case 204:
            let history = truth.histories[attempt.operation.sku]
            let floor = attempt.floor(attempt.operation.sku)
            let isThere = floor < history.last && history.moments[(floor + 1)...].contains { $0.change == .removed }
            try promise(isThere, "removed, and not durable")
        case 404: try match(attempt, "unknown") { $0.details == nil }
        default: throw Violation("an answer that nobody may get")
        }
    }

    // MARK: - Refusals and reads

    private func refused(
        _ attempt: Attempt,
        _ answer: Answer,
        _ bytes: [UInt8],
        _ quantity: Int64
    ) throws(Violation) {
        func says(_ type: StaticString) -> Bool { bytes.place(of: type, in: answer.body) != nil }
        switch answer.status {
        case 404: try match(attempt, "unknown") { $0.details == nil }
        case 409 where says("sold-out"): try match(attempt, "sold out") { $0.details != nil && $0.available == 0 }
        case 409:
            let available = bytes.number(after: "\"available\":", in: answer.body)
            try match(attempt, "too few") {
                $0.details != nil && $0.available == available && $0.available < quantity
            }
        case 403 where says("sale-paused"): try match(attempt, "paused") { $0.details?.paused == true }
        case 403 where says("buyer-limit-reached"):
            let limit = bytes.number(after: "\"limit\":", in: answer.body)
            try match(attempt, "limit") { $0.details?.limitPerBuyer?.units == limit }
        default: throw Violation("an answer that nobody may get")
        }
    }

    private func view(_ attempt: Attempt, _ answer: Answer, _ bytes: [UInt8]) throws(Violation) {
        switch answer.status {
        case 200, 201:
            let moment = try shown(attempt, bytes, answer.body)
            if attempt.operation.isChange {
                try promise(moment.operation == attempt.operation.number, "another change is shown")
            }
        case 404: try match(attempt, "unknown") { $0.details == nil }
        default: throw Violation("an answer that nobody may get")
        }
    }

    /// A SKU as it is shown: exactly one of its moments, durable, and none from before the request.
    @discardableResult
    private func shown(
        _ attempt: Attempt,
        _ bytes: [UInt8],
        _ part: Range<Int>,
        sku: Int? = nil
    ) throws(Violation) -> Moment {
        let sku = sku ?? attempt.operation.sku
        let history = truth.histories[sku]
        guard let sequence = bytes.number(after: "\"sequence\":", in: part).map({ Int($0) }) else {
            throw Violation("a SKU without a sequence")
        }
        try promise(sequence <= history.last, "\(history.label) is shown at \(sequence), durable is \(history.last)")
        try promise(
            sequence >= attempt.floor(sku),
            "\(history.label) is shown at \(sequence), it was shown later before"
        )
        let moment = history.moments[sequence]
        let isSame =
            bytes.number(after: "\"available\":", in: part) == moment.available
            && bytes.number(after: "\"sold\":", in: part) == moment.sold
            && bytes.number(after: "\"held\":", in: part) == 0
            && bytes.number(after: "\"supplied\":", in: part) == moment.supplied
        try promise(isSame, "\(history.label) at \(sequence) is shown with other units")
        history.shown = max(history.shown, sequence)
        return moment
    }

    private func order(_ first: Operation, _ answer: Answer, _ bytes: [UInt8]) throws(Violation) {
        if answer.status == 404, mayBeOver(first.placedAt) {
            return try promise(bytes.place(of: "older than", in: answer.body) != nil, "an order is not found")
        }
        try promise(answer.status == 200, "an order that was sold is not found")
        try promise(bytes[answer.body].elementsEqual(first.bodies[0]), "an order is told in other words")
    }

    private func changes(
        _ attempt: Attempt,
        _ after: Int,
        _ limit: Int,
        _ answer: Answer,
        _ bytes: [UInt8]
    ) throws(Violation) {
        let history = truth.histories[attempt.operation.sku]
        if answer.status == 404 { return try match(attempt, "unknown") { $0.change == .none } }
        try promise(answer.status == 200, "an answer that nobody may get")
        var next = after
        if let before = bytes.number(after: "\"before\":", in: answer.body) {
            try promise(mayBeOver(history.moments[Int(before) - 1].at), "a gap in a trail that is kept")
            next = Int(before) - 1
        }
        // Where a part is not kept any more, the page begins behind it.
        let most = next + limit
        var start = answer.body.lowerBound
        while let place = bytes.place(of: "{\"sequence\":", in: start..<answer.body.upperBound) {
            next += 1
            let sequence = bytes.number(after: "{\"sequence\":", in: place..<answer.body.upperBound)
            try promise(sequence == Int64(next), "change \(next) is missing in the trail")
            try promise(next <= history.last, "change \(next) is in the trail and not durable")
            start = place + 12
        }
        let least = min(attempt.floor(attempt.operation.sku), after + limit)
        try promise(next >= least, "the trail ends at \(next), shown was \(least)")
        try promise(next <= most, "more changes than were asked for")
    }

    /// Whether the records of that time may have been deleted.
    private func mayBeOver(_ at: Int64) -> Bool {
        retentionDays > 0 && workload.latestTime - at >= Int64(retentionDays) * 86_400_000
    }

    private func list(_ attempt: Attempt, _ limit: Int, _ answer: Answer, _ bytes: [UInt8]) throws(Violation) {
        try promise(answer.status == 200, "an answer that nobody may get")
        var seen = Set<Int>()
        var start = answer.body.lowerBound
        while let place = bytes.place(of: "{\"sku\":\"s", in: start..<answer.body.upperBound) {
            let sku = Int(bytes[place + 9]) - 48
            start = place + 9
            let end = bytes.place(of: "{\"sku\":\"s", in: start..<answer.body.upperBound) ?? answer.body.upperBound
            try promise(seen.insert(sku).inserted, "a SKU stands twice in a page")
            try shown(attempt, bytes, place..<end, sku: sku)
        }
        try promise(seen.count <= limit, "more SKUs than were asked for")
        guard bytes.place(of: "\"next\":", in: answer.body) == nil else { return }
        for (sku, history) in truth.histories.enumerated() where !seen.contains(sku) {
            let wasAway = history.moments[attempt.floor(sku)...].contains { $0.details == nil }
            try promise(wasAway, "\(history.label) is missing in the catalogue")
        }
    }

    /// Some moment between the request and its answer is one that the answer is right about.
    private func match(_ attempt: Attempt, _ reason: String, _ isRight: (Moment) -> Bool) throws(Violation) {
        let sku = attempt.operation.sku
        let history = truth.histories[sku]
        let floor = attempt.floor(sku)
        guard let found = history.moments[floor...].firstIndex(where: isRight) else {
            throw Violation("\(reason): was not so between \(floor) and \(history.last)")
        }
        history.shown = max(history.shown, found)
    }
}

extension Operation {
    var kindName: String {
        switch kind {
        case .purchase: "purchase"
        case .reuse: "purchase under a used key"
        case .adjust, .set: "stock"
        case .put: "put"
        case .amend: "patch"
        case .remove: "delete"
        case .show: "read"
        case .order: "order"
        case .changes: "trail"
        case .list: "page"
        case .readiness: "readiness"
        }
    }
}
