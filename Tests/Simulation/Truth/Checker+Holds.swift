import Domain
import Keepers

/// Answers about holds.
extension Checker {
    func hold(_ attempt: Attempt, _ quantity: Int64, _ answer: Answer, _ bytes: [UInt8]) throws(Violation) {
        guard answer.status == 201 else { return try refused(attempt, answer, bytes, quantity) }
        let operation = attempt.operation
        let history = truth.histories[operation.subject]
        let (id, number) = try name(answer, bytes)
        guard try acknowledged(attempt, answer, bytes, change: number, of: history) else { return }
        guard let story = history.holds[number] else { throw Violation("no hold \(number) was placed") }
        try promise(story.quantity == quantity, "another quantity is held")
        try describe(story.steps[0], story, history.moments[number], answer, bytes)
        if history.known[number] == nil {
            let known = KnownHold(id: id, sku: operation.subject, number: number, quantity: quantity)
            history.known[number] = known
            workload.learn(known)
        }
    }

    func show(_ attempt: Attempt, _ hold: KnownHold, _ answer: Answer, _ bytes: [UInt8]) throws(Violation) {
        let (history, story) = try known(hold)
        guard answer.status == 200 else { return try gone(history, story, answer, bytes) }
        let remaining = bytes.number(after: "\"remaining\":", in: answer.body)
        let deadline = bytes.time(after: "\"expires_at\":\"", in: answer.body)
        try match(attempt, story, "hold") { step, moment in
            moment.available == remaining && step.deadline == deadline && says(step.state, answer, bytes)
        }
        try promise(bytes.number(after: "\"quantity\":", in: answer.body) == story.quantity, "another quantity is held")
    }

    func confirmation(
        _ attempt: Attempt,
        _ hold: KnownHold,
        _ quantity: Int64?,
        _ answer: Answer,
        _ bytes: [UInt8]
    ) throws(Violation) {
        let (history, story) = try known(hold)
        let wanted = quantity ?? story.quantity
        let sequence = bytes.number(after: "\"sequence\":", in: answer.body).map { Int($0) }
        switch answer.status {
        case 201:
            guard try acknowledged(attempt, answer, bytes, change: sequence, of: history) else { return }
            let moment = history.moments[sequence ?? 0]
            try promise(moment.change == .confirmed && moment.hold == story.number, "another hold was confirmed")
            try sold(moment, wanted, answer, bytes)
        case 200:
            guard let sequence, sequence <= history.last else { throw Violation("an order that is not durable") }
            let moment = history.moments[sequence]
            try promise(moment.change == .confirmed && moment.hold == story.number, "another hold's order is told")
            try told(attempt, sequence, answer, bytes)
        case 403:
            let limit = bytes.number(after: "\"limit\":", in: answer.body)
            try match(attempt, story, "limit") { step, moment in
                step.state == .expired && moment.details?.limitPerBuyer?.units == limit
            }
        case 404 where mayBeOver(story.now.change <= history.last ? history.moments[story.now.change].at : 0):
            return
        case 409 where bytes.place(of: "hold-expired", in: answer.body) != nil:
            try match(attempt, story, "expired") { step, moment in
                step.state == .expired
                    && (moment.details == nil || story.number <= moment.begun || wanted > moment.available)
            }
        case 409 where bytes.place(of: "quantity-exceeded", in: answer.body) != nil:
            try promise(wanted > story.quantity, "the hold has as many units")
            try match(attempt, story, "too many") { step, _ in step.state == .held || step.state == .expired }
        default: try gone(attempt, history, story, answer, bytes)
        }
    }

    func prolongation(_ attempt: Attempt, _ hold: KnownHold, _ answer: Answer, _ bytes: [UInt8]) throws(Violation) {
        let (history, story) = try known(hold)
        switch answer.status {
        case 200:
            let change = attempt.operation.change
            guard try acknowledged(attempt, answer, bytes, change: change, of: history) else { return }
            guard let change, let step = story.step(at: change) else { throw Violation("no hold was prolonged") }
            try describe(step, story, history.moments[change], answer, bytes)
        case 409 where bytes.place(of: "hold-extensions-exhausted", in: answer.body) != nil:
            try match(attempt, story, "extended") { step, _ in
                step.state == .held && step.extensions >= history.rules.extensionsMax
            }
        case 409 where bytes.place(of: "hold-frozen-before", in: answer.body) != nil:
            try match(attempt, story, "frozen") { step, _ in step.state == .held && step.wasFrozen }
        case 409 where bytes.place(of: "hold-expired", in: answer.body) != nil:
            try match(attempt, story, "expired") { step, _ in
                step.state == .expired || step.state == .held && step.deadline <= workload.latestTime
            }
        default: try gone(attempt, history, story, answer, bytes)
        }
    }

    func release(_ attempt: Attempt, _ hold: KnownHold, _ answer: Answer, _ bytes: [UInt8]) throws(Violation) {
        let (history, story) = try known(hold)
        guard answer.status == 204 else { return try gone(attempt, history, story, answer, bytes) }
        try match(attempt, story, "released") { step, _ in step.state == .released || step.state == .expired }
    }

    /// What any command may be told of a hold that is none any more.
    private func gone(
        _ attempt: Attempt,
        _ history: History,
        _ story: HoldStory,
        _ answer: Answer,
        _ bytes: [UInt8]
    ) throws(Violation) {
        func says(_ type: StaticString) -> Bool { bytes.place(of: type, in: answer.body) != nil }
        switch answer.status {
        case 409 where says("hold-released"):
            try match(attempt, story, "released") { step, _ in step.state == .released }
        case 409 where says("hold-confirmed"):
            try match(attempt, story, "confirmed") { step, _ in step.state == .confirmed }
        default: try gone(history, story, answer, bytes)
        }
    }

    /// A hold may be forgotten once another one has its place.
    private func gone(
        _ history: History,
        _ story: HoldStory,
        _ answer: Answer,
        _ bytes: [UInt8]
    ) throws(Violation) {
        let isUnknown = answer.status == 404 && bytes.place(of: "unknown-hold", in: answer.body) != nil
        try promise(isUnknown, "an answer that nobody may get")
        let isForgotten = history.places[Int(story.place)] != story.number
        try promise(isForgotten, "hold \(story.number) is forgotten")
    }

    private func known(_ hold: KnownHold) throws(Violation) -> (History, HoldStory) {
        let history = truth.histories[hold.sku]
        guard let story = history.holds[hold.number] else { throw Violation("hold \(hold.number) was never placed") }
        return (history, story)
    }

    /// The hold that an answer tells of: its public name and the number of its placement.
    private func name(_ answer: Answer, _ bytes: [UInt8]) throws(Violation) -> (Text, Int) {
        guard let place = bytes.place(of: "{\"hold\":\"", in: answer.body), place + 65 <= answer.body.upperBound,
            let key = truth.key
        else { throw Violation("no hold is told of") }
        let text = Text(bytes[place + 9..<place + 65])
        guard let id = HoldID(text.bytes.span, key: key) else { throw Violation("a hold's name cannot be read") }
        return (text, Int(clamping: id.name.number))
    }

    /// The answer tells of a hold as it was right after one of its changes.
    private func describe(
        _ step: HoldStory.Step,
        _ story: HoldStory,
        _ moment: Moment,
        _ answer: Answer,
        _ bytes: [UInt8]
    ) throws(Violation) {
        let isSame =
            bytes.time(after: "\"expires_at\":\"", in: answer.body) == step.deadline
            && bytes.number(after: "\"quantity\":", in: answer.body) == story.quantity
            && bytes.number(after: "\"remaining\":", in: answer.body) == moment.available
            && says(.held, answer, bytes)
        try promise(isSame, "hold \(story.number) is told in other words")
    }

    private func says(_ state: Hold.State, _ answer: Answer, _ bytes: [UInt8]) -> Bool {
        let text: StaticString =
            switch state {
            case .held: "\"state\":\"held\""
            case .confirmed: "\"state\":\"confirmed\""
            case .released: "\"state\":\"released\""
            case .expired: "\"state\":\"expired\""
            }
        return bytes.place(of: text, in: answer.body) != nil
    }

    /// As `match`, of one hold.
    private func match(
        _ attempt: Attempt,
        _ story: HoldStory,
        _ reason: @autoclosure () -> String,
        _ isRight: (HoldStory.Step, Moment) -> Bool
    ) throws(Violation) {
        try match(attempt, "\(reason()), hold \(story.number) at \(story.now)") { moment in
            story.step(at: moment.number).map { isRight($0, moment) } ?? false
        }
    }
}
