import Domain

/// Holds every answer against what is durable, and against what was shown before its request was made.
final class Checker {
    let truth: Truth
    let workload: Workload
    /// Something has gone wrong on the disk in this life: a 500 or a read-only 503 may be right.
    var hasTrouble = false
    /// The server drains.
    var isDraining = false
    /// The earliest that the server's clock can have been since it started: no answer shows a hold as open whose time
    /// was over then.
    var startedAt = Int64.min
    /// Whether holds were due at the start: until they are ended nothing is answered.
    var mayRecover = false
    /// How often the clock was set back.
    var setbacks = 0
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
            let subject = operation.isOfWallet ? "w" : "s"
            throw Violation(
                "\(error) (operation \(operation.number), \(operation.kindName) of \(subject)\(operation.subject), "
                    + "answered \(answer.status) \(body))"
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
        case 412 where operation.ifMatch != nil: return try mismatch(attempt, answer, bytes)
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
        case .remove: try removal(attempt, answer, bytes)
        case .order(let first): try order(attempt, first, answer, bytes)
        case .cancel(let first, let quantity): try cancellation(attempt, first, quantity, answer, bytes)
        case .changes(let after, let limit): try changes(attempt, after, limit, answer, bytes)
        case .list(let limit): try list(attempt, limit, answer, bytes)
        case .readiness: try promise(answer.status == 200, "not ready")
        case .hold(let quantity, _): try hold(attempt, quantity, answer, bytes)
        case .showHold(let hold): try show(attempt, hold, answer, bytes)
        case .confirm(let hold, let quantity): try confirmation(attempt, hold, quantity, answer, bytes)
        case .extend(let hold, _), .freeze(let hold, _): try prolongation(attempt, hold, answer, bytes)
        case .release(let hold): try release(attempt, hold, answer, bytes)
        case .bundle(let lines, let payer): try bundle(attempt, lines, payer, answer, bytes)
        case .item(let payer): try item(attempt, payer, answer, bytes)
        case .wallet: try wallet(attempt, answer, bytes)
        case .deposit(let amount, let currency): try money(attempt, amount, currency, answer, bytes)
        case .withdraw(let amount, let currency): try money(attempt, amount, currency, answer, bytes)
        }
    }

    private func unavailable(_ operation: Operation, _ answer: Answer, _ bytes: [UInt8]) throws(Violation) {
        if bytes.place(of: "/problems/overloaded", in: answer.body) != nil { return }
        if bytes.place(of: "/problems/draining", in: answer.body) != nil {
            return try promise(isDraining, "draining and not asked to")
        }
        if bytes.place(of: "/problems/recovering", in: answer.body) != nil {
            return try promise(mayRecover, "recovering, and nothing was due")
        }
        try promise(bytes.place(of: "/problems/read-only", in: answer.body) != nil, "an unknown 503")
        try promise(hasTrouble, "read-only, and the disk is well")
        guard bytes.place(of: "shows at the next start", in: answer.body) != nil else { return }
        operation.isUncertain = true
        workload.lost(operation)
    }

    /// A change's success: it is durable, it is this request's, and the first answer is the only one.
    ///
    /// - Returns: whether the answer is given for the first time.
    func acknowledged(
        _ attempt: Attempt,
        _ answer: Answer,
        _ bytes: [UInt8],
        change number: Int?,
        of timeline: any Timeline
    ) throws(Violation) -> Bool {
        let operation = attempt.operation
        if operation.isAcknowledged {
            if operation.bodies.contains(where: { bytes[answer.body].elementsEqual($0) }) { return false }
            // After the key's window the same request is a new one.
            try promise(isPastWindow(operation), "the same key, another answer")
        }
        guard let number else { throw Violation("a success without a change") }
        try promise(number <= timeline.last, "change \(number) is told of and not durable")
        let isFirst = operation.attempts == 1
        try promise(!isFirst || !answer.isReplayed, "a first request is answered with a replay")
        let floor = attempt.floor(operation.subject)
        try promise(!isFirst || number > floor, "a change before its request was made")
        if let maker = timeline.maker(of: number) {
            try promise(maker == operation.number, "change \(number) is operation \(maker)'s")
        } else {
            // Its record does not say who asked for it: the answer does, and no other one may claim it.
            timeline.claim(number, by: operation.number)
            operation.change = number
            operation.changedAt = timeline.time(of: number)
        }
        if let ifMatch = operation.ifMatch { try promise(number == ifMatch + 1, "a change of another version") }
        timeline.shown = max(timeline.shown, number)
        let isNew = !operation.isAcknowledged
        if isNew { operation.placedAt = timeline.time(of: number) }
        operation.bodies.append(Array(bytes[answer.body]))
        if isNew { workload.acknowledge(operation) }
        return true
    }

    /// Whether the key of a success may have been forgotten since.
    func isPastWindow(_ operation: Operation) -> Bool {
        workload.latestTime - operation.placedAt >= Truth.windowMilliseconds
    }

    /// Whether the records of that time may have been deleted.
    func mayBeOver(_ at: Int64) -> Bool {
        retentionDays > 0 && workload.latestTime - at >= Int64(retentionDays) * 86_400_000
    }

    /// Some moment between the request and its answer is one that the answer is right about.
    func match(
        _ attempt: Attempt,
        sku: Int? = nil,
        _ reason: @autoclosure () -> String,
        _ isRight: (Moment) -> Bool
    ) throws(Violation) {
        let sku = sku ?? attempt.operation.subject
        let history = truth.histories[sku]
        let floor = attempt.floor(sku)
        guard let found = history.moments[floor...].firstIndex(where: { isTimely($0) && isRight($0) }) else {
            throw Violation("\(reason()): was not so between \(floor) and \(history.last)")
        }
        history.shown = max(history.shown, found)
    }

    /// Whether the server may show a moment: every hold whose time was over when it started has given its units back.
    func isTimely(_ moment: Moment) -> Bool { hasTrouble || moment.firstDeadline > startedAt }
}
