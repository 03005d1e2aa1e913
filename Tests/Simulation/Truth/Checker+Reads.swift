import Domain

/// Answers that only show what there is.
extension Checker {
    /// A SKU as it is shown: exactly one of its moments, durable, and none from before the request.
    @discardableResult
    func shown(
        _ attempt: Attempt,
        _ bytes: [UInt8],
        _ part: Range<Int>,
        sku: Int? = nil
    ) throws(Violation) -> Moment {
        let sku = sku ?? attempt.operation.subject
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
            && bytes.number(after: "\"held\":", in: part) == moment.held
            && bytes.number(after: "\"supplied\":", in: part) == moment.supplied
        try promise(isSame, "\(history.label) at \(sequence) is shown with other units")
        try promise(isTimely(moment), "\(history.label) at \(sequence) is shown with a hold that was over at the start")
        history.shown = max(history.shown, sequence)
        return moment
    }

    func changes(
        _ attempt: Attempt,
        _ after: Int,
        _ limit: Int,
        _ answer: Answer,
        _ bytes: [UInt8]
    ) throws(Violation) {
        let history = truth.histories[attempt.operation.subject]
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
        let least = min(attempt.floor(attempt.operation.subject), after + limit)
        try promise(next >= least, "the trail ends at \(next), shown was \(least)")
        try promise(next <= most, "more changes than were asked for")
    }

    func list(_ attempt: Attempt, _ limit: Int, _ answer: Answer, _ bytes: [UInt8]) throws(Violation) {
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
}
