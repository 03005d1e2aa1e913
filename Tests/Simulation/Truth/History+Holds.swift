import Domain

/// One hold of a SKU, by the records alone.
final class HoldStory {
    /// The number of the change that placed it.
    let number: Int
    let place: UInt32
    let buyer: Fingerprint
    let quantity: Int64
    let price: Money
    /// What has become of it; the first one is its placement.
    private(set) var steps: [Step]

    /// A hold right after one of the changes that concern it.
    struct Step {
        var change: Int
        var state = Hold.State.held
        var deadline: Int64
        var extensions = 0
        var wasFrozen = false
    }

    init(_ placement: HoldPlacement) {
        number = Int(placement.sequence)
        place = placement.place
        buyer = placement.buyer
        quantity = placement.quantity.units
        price = placement.unitPrice
        steps = [Step(change: number, deadline: placement.expiresAt.millisecondsSinceEpoch)]
    }

    var now: Step { steps[steps.count - 1] }
    var deadline: Int64 { now.deadline }

    /// Notes what one more change has made of it.
    func step(_ change: Int, _ body: (inout Step) -> Void) {
        var next = now
        next.change = change
        body(&next)
        steps.append(next)
    }

    /// What it was right after a change of the SKU; nil before it was placed.
    func step(at change: Int) -> Step? { steps.last { $0.change <= change } }
}

extension History {
    func place(_ placement: HoldPlacement, _ next: inout Moment) throws(Violation) {
        try sale(placement.buyer, placement.quantity, placement.unitPrice, placement.at, next)
        let units = placement.quantity.units
        let others = open.reduce(0) { $0 + ($1.buyer == placement.buyer ? 1 : 0) }
        try promise(others < rules.openPerBuyerMax, "\(label): a buyer has too many open holds")
        let isWithin = rules.heldUnitsMax == 0 || next.held + units <= rules.heldUnitsMax
        try promise(isWithin, "\(label): too many units are held")
        let story = HoldStory(placement)
        try take(placement.place, story, at: next.at)
        holds[story.number] = story
        open.append(story)
        next.available -= units
        next.held += units
        next.hold = story.number
        next.change = .held
        try promise(next.available == placement.remaining, "\(label): hold \(story.number) leaves other stock")
    }

    /// A hold's place must be new, or its last hold long over.
    private func take(_ place: UInt32, _ story: HoldStory, at now: Int64) throws(Violation) {
        try promise(place <= places.count, "\(label): a hold has a place far away")
        guard place < places.count else { return places.append(story.number) }
        guard let former = holds[places[Int(place)]]?.now else { throw Violation("\(label): nobody had the place") }
        try promise(former.state != .held, "\(label): an open hold is overwritten")
        try promise(now - former.deadline > rules.rememberedMilliseconds, "\(label): a hold is forgotten too soon")
        places[Int(place)] = story.number
    }

    func confirm(_ confirmation: HoldConfirmation, _ next: inout Moment) throws(Violation) {
        let purchase = confirmation.purchase
        let story = try story(confirmation.hold, confirmation.isReacquired ? .expired : .held, &next)
        let units = purchase.quantity.units
        try promise(purchase.buyer == story.buyer, "\(label): a hold is confirmed for another buyer")
        try promise(units <= story.quantity, "\(label): more is confirmed than was held")
        try promise(purchase.unitPrice == story.price, "\(label): a hold is confirmed at another price")
        if confirmation.isReacquired {
            guard let details = next.details, story.number > next.begun else {
                throw Violation("\(label): a hold of an earlier life is confirmed")
            }
            try limit(story.buyer, purchase.quantity, details)
            next.available -= units
        } else {
            next.held -= story.quantity
            next.available += story.quantity - units
        }
        open.removeAll { $0 === story }
        story.step(next.number) { step in
            step.state = .confirmed
            if confirmation.isReacquired { step.deadline = next.at }
        }
        next.change = .confirmed
        try book(purchase, &next)
    }

    func end(_ ending: HoldEnding, _ next: inout Moment) throws(Violation) {
        let story = try story(ending.hold, .held, &next)
        try promise(ending.quantity.units == story.quantity, "\(label): other units come back from a hold")
        if ending.isExpiry { try promise(story.deadline <= next.at, "\(label): a hold expires before its deadline") }
        open.removeAll { $0 === story }
        story.step(next.number) { $0.state = ending.isExpiry ? .expired : .released }
        next.held -= story.quantity
        next.available += story.quantity
        next.change = .holdEnded
        try promise(next.available == ending.remaining, "\(label): the end of a hold leaves other stock")
    }

    func prolong(_ prolongation: HoldProlongation, _ next: inout Moment) throws(Violation) {
        let story = try story(prolongation.hold, .held, &next)
        let deadline = prolongation.expiresAt.millisecondsSinceEpoch
        try promise(next.at < story.deadline, "\(label): a hold is prolonged after its deadline")
        try promise(deadline >= story.deadline, "\(label): a hold's deadline moves back")
        if prolongation.isFreeze {
            try promise(!story.now.wasFrozen, "\(label): a hold is frozen twice")
        } else {
            try promise(story.now.extensions < rules.extensionsMax, "\(label): a hold is extended too often")
        }
        story.step(next.number) { step in
            step.deadline = deadline
            if prolongation.isFreeze { step.wasFrozen = true } else { step.extensions += 1 }
        }
        next.change = .holdProlonged
        try promise(next.available == prolongation.remaining, "\(label): a prolongation leaves other stock")
    }

    private func story(
        _ name: HoldName,
        _ state: Hold.State,
        _ next: inout Moment
    ) throws(Violation) -> HoldStory {
        guard let story = holds[Int(clamping: name.number)], story.place == name.place,
            places[Int(name.place)] == story.number
        else { throw Violation("\(label): a hold that nobody placed is changed at \(next.number)") }
        try promise(story.now.state == state, "\(label): hold \(story.number) is \(story.now.state) at \(next.number)")
        next.hold = story.number
        return story
    }
}
