import Testing

extension SystemTests {
    /// The judge of holds, cancellations and wallets is judged: each promise is broken once, and that is found.
    @Suite("The checker of crashes under a mixed load")
    struct DeedCheckerTests {
        @Test("a server that kept every promise passes, also where a client had no answer")
        func innocent() {
            var story = Story()
            #expect(story.found == [])
            for index in story.reports.indices {
                let done = story.reports[index].told
                let key = story.reports[index].deed.key
                let isMarked = story.reports[index].deed.isMarked
                story.reports[index].told = .unknown
                for first in [Echo(told: done, isReplay: isMarked), Echo(told: done, isReplay: false)] {
                    story.aftermath.echoes[key] = [first, Echo(told: done, isReplay: isMarked)]
                    #expect(story.found == [])
                }
                // Refused once, and possible a moment later.
                story.aftermath.echoes[key] = [
                    Echo(told: .refused(409, "/problems/sold-out"), isReplay: false),
                    Echo(told: done, isReplay: false),
                ]
                #expect(story.found == [])
            }
        }

        @Test("another answer to the same key, none that can be relied on and one that is not marked are found")
        func answers() {
            var story = Story()
            story.aftermath.echoes["hold-h4"] = [Echo(told: .refused(409, "/problems/sold-out"), isReplay: false)]
            #expect(story.found == [.changedAnswer(key: "hold-h4")])
            story = Story()
            story.aftermath.echoes["deposit"] = [Echo(told: story.told("deposit"), isReplay: false)]
            #expect(story.found == [.unmarkedReplay(key: "deposit")])
            story = Story()
            story.set("hold-h4", .unknown)
            story.aftermath.echoes["hold-h4"] = [
                Echo(told: Story.hold("h4", 1, remaining: 6), isReplay: false),
                Echo(told: Story.hold("h9", 1, remaining: 5), isReplay: false),
            ]
            #expect(story.found == [.unsettled(key: "hold-h4")])
        }

        @Test("a lost hold is found, and one that reads otherwise")
        func holds() {
            var story = Story()
            story.aftermath.holds["h4"] = nil
            #expect(story.found == [.lostHold("h4")])
            story = Story()
            story.remove(10)
            #expect(story.found == [.lostHold("h4")])
            story = Story()
            story.aftermath.holds["h4"] = .init(state: "released", order: nil)
            #expect(story.found == [.changedHold("h4")])
            story = Story()
            story.set("hold-h4", Story.hold("h4", 1, remaining: 5))
            #expect(story.found == [.changedHold("h4")])
        }

        @Test("a hold that two were given, and one that nobody asked for, are found")
        func doubledHold() {
            var story = Story()
            story.set("hold-h4", story.told("hold-h3"))
            #expect(story.found == [.doubledHold("h3"), .unclaimedSequence(sku: "a", 10)])
        }

        @Test(
            "a hold that is both confirmed and expired, or ends twice otherwise, is found; one confirmed late is none"
        )
        func resolvedTwice() {
            for (hold, type) in [("h1", "hold_expired"), ("h1", "hold_released"), ("h3", "hold_expired")] {
                var story = Story()
                story.append(type, hold: hold, quantity: hold == "h1" ? 2 : 1, free: hold == "h1" ? 2 : 1)
                #expect(story.found.contains(.resolvedTwice(hold)))
            }
            for isLate in [true, false] {
                var story = Story()
                story.append("hold_confirmed", hold: "h2", order: "o3", quantity: 1, free: -1, isLate: isLate)
                story.add(.confirm(hold: "h2", quantity: nil), "late", Story.order("o3", 11, 1, remaining: 5))
                story.aftermath.holds["h2"] = .init(state: "confirmed", order: "o3")
                #expect(story.found == (isLate ? [] : [.resolvedTwice("h2")]))
            }
        }

        @Test("units that come back too early or too late are found")
        func expiry() {
            var story = Story()
            story.moveExpiry(to: 1_999)
            #expect(story.found == [.expiredEarly("h2")])
            story.moveExpiry(to: 3_001)
            #expect(story.found == [.overdue("h2")])
            // There was no server.
            story.lives = [Life(started: 0, ready: 100), Life(started: 2_900, ready: 2_950)]
            #expect(story.found == [])
            story.aftermath.askedAt = 601_001
            #expect(story.found == [.overdue("h4")])
        }

        @Test("releases and cancellations that did not happen, or that nobody asked for, are found")
        func undone() {
            var story = Story()
            story.add(.release(hold: "h4"), "more", .done(204, []))
            #expect(story.found == [.lostRelease("h4")])
            story = Story()
            story.reports.removeAll { $0.deed.key == "release-h3" }
            #expect(story.found == [.unclaimedSequence(sku: "a", 7)])
            story = Story()
            story.add(.cancel(order: "o1", quantity: nil), "more", .done(200, Array("{}".utf8)))
            #expect(story.found == [.lostCancellation("o1")])
            story = Story()
            story.append("order_cancelled", order: "o2", quantity: 1, free: 1)
            #expect(story.found.contains(.cancelledTwice("o2")))
        }

        @Test("a doubled deposit, a lost one and a balance that nobody can explain are found")
        func wallets() {
            var story = Story()
            story.aftermath.wallets["ann"] = .init(balance: 8, sequence: 3)
            #expect(story.found == [.wrongBalance("ann")])
            story.aftermath.wallets["ann"] = nil
            #expect(story.found == [.wrongBalance("ann")])
            story = Story()
            story.add(.deposit(5), "again", Story.move(sequence: 1, balance: 5))
            #expect(story.found.contains(.brokenWallet("ann", 1)))
            #expect(story.found.contains(.wrongBalance("ann")))
        }

        @Test("a lost order and one that was told otherwise are found")
        func orders() {
            var story = Story()
            story.aftermath.orders["o1"] = nil
            #expect(story.found == [.lostOrder("o1")])
            story = Story()
            story.aftermath.orders["o2"] = Array(#"{"state":"confirmed"}"#.utf8)
            #expect(story.found == [.changedOrder("o2")])
            story = Story()
            let wrong = Story.order("o1", 3, 1, remaining: 7)
            story.set("confirm-h1", wrong)
            if case .done(_, let body) = wrong { story.aftermath.orders["o1"] = body }
            #expect(story.found == [.wrongRemaining(order: "o1")])
        }

        @Test("a trail that does not add up, and a SKU that reads otherwise than its trail, are found")
        func counts() {
            var story = Story()
            story.aftermath.stocks["a"] = Stock(6, held: 2, sold: 2, supplied: 10, sequence: 10)
            #expect(story.found == [.unconserved(sku: "a")])
            story = Story()
            story.append("purchased", order: "o3", quantity: 1, free: -2)
            #expect(story.found.contains(.brokenTrail(sku: "a", 11)))
            story = Story()
            story.append("purchased", order: "o3", quantity: 7, free: -7)
            story.add(.purchase(sku: "a", quantity: 7), "more", Story.order("o3", 11, 7, remaining: -1))
            #expect(story.found == [.oversold(sku: "a")])
        }

        @Test("a cart that is half done, sold for nothing or told otherwise is found")
        func carts() {
            var story = Story()
            story.addCart()
            #expect(story.found == [])
            story.append("reserved", order: "o9", quantity: 1, free: -1)
            story.append("returned", quantity: 1, free: 1)
            #expect(story.found == [])
            story = Story()
            story.addCart(isSold: false)
            #expect(story.found == [.halfDone(sku: "b")])
            story = Story()
            story.addCart()
            story.append("reserved", order: "o9", quantity: 1, free: -1, sku: "b")
            story.append("sold", quantity: 1, free: 0, sku: "b")
            #expect(story.found == [.halfDone(sku: "b")])
            story = Story()
            story.addCart()
            story.aftermath.wallets["bob"] = .init(balance: 12_901, sequence: 2)
            #expect(story.found == [.wrongBalance("bob")])
            story = Story()
            story.addCart()
            story.aftermath.orders["o6"] = story.aftermath.orders["o5"]
            #expect(story.found == [.changedOrder("o6")])
            story = Story()
            story.addCart()
            story.aftermath.orders["o6"] = nil
            #expect(story.found == [.lostOrder("o6")])
        }
    }
}

/// One buyer and a SKU that was created with 10: a part of a hold confirmed, one expired, one released, one open; a
/// purchase, a part of it cancelled; money in and out.
private struct Story {
    var reports: [Report] = []
    var lives = [Life(started: 0, ready: 100)]
    var aftermath = DeedAftermath()

    var found: [Violation] { violations(reports, lives, aftermath) }

    init() {
        aftermath.trails["a"] = [Change(1, "created", at: 0, before: 0, after: 10)]
        place("h1", 2)
        append("hold_confirmed", hold: "h1", order: "o1", quantity: 1, free: 1)
        add(.confirm(hold: "h1", quantity: 1), "confirm-h1", Self.order("o1", 3, 1, remaining: 9))
        place("h2", 1, expiresAt: 2_000)
        append("hold_expired", hold: "h2", quantity: 1, free: 1, at: 2_500)
        place("h3", 1)
        append("hold_released", hold: "h3", quantity: 1, free: 1)
        add(.release(hold: "h3"), "release-h3", .done(204, []))
        append("purchased", order: "o2", quantity: 3, free: -3)
        add(.purchase(sku: "a", quantity: 3), "purchase", Self.order("o2", 8, 3, remaining: 6))
        append("order_cancelled", order: "o2", quantity: 1, free: 1)
        add(.cancel(order: "o2", quantity: 1), "cancel", .done(200, Array("{}".utf8)))
        place("h4", 1)
        add(.deposit(5), "deposit", Self.move(sequence: 1, balance: 5))
        add(.withdrawal(2), "withdrawal", Self.move(sequence: 2, balance: 3))
        aftermath.holds = [
            "h1": .init(state: "confirmed", order: "o1"), "h2": .init(state: "expired", order: nil),
            "h3": .init(state: "released", order: nil), "h4": .init(state: "held", order: nil),
        ]
        aftermath.orders["o2"] = Array(#"{"state":"confirmed","cancelled_quantity":1}"#.utf8)
        aftermath.stocks["a"] = Stock(6, held: 1, sold: 3, supplied: 10, sequence: 10)
        aftermath.wallets["ann"] = .init(balance: 3, sequence: 2)
        aftermath.askedAt = 5_000
    }

    static func order(_ id: String, _ sequence: Int, _ quantity: Int, remaining: Int) -> Told {
        let members = #""sequence":\#(sequence),"quantity":\#(quantity),"remaining":\#(remaining)"#
        return .done(201, Array(#"{"order":"\#(id)",\#(members)}"#.utf8))
    }

    static func hold(_ id: String, _ quantity: Int, remaining: Int, expiresAt: Int = 600_000) -> Told {
        let minutes = expiresAt / 60_000
        let time = "1970-01-01T00:\(minutes < 10 ? "0" : "")\(minutes):0\(expiresAt % 60_000 / 1_000).000Z"
        let members = #""quantity":\#(quantity),"remaining":\#(remaining),"expires_at":"\#(time)""#
        return .done(201, Array(#"{"hold":"\#(id)",\#(members)}"#.utf8))
    }

    static func move(sequence: Int, balance: Int) -> Told {
        .done(201, Array(#"{"sequence":\#(sequence),"balance":{"amount":\#(balance)}}"#.utf8))
    }

    func told(_ key: String) -> Told { reports.first { $0.deed.key == key }?.told ?? .unknown }

    /// A client was told something, and is told it again.
    mutating func add(_ wish: Deed.Wish, _ key: String, _ told: Told, buyer: String = "ann") {
        let deed = Deed(buyer: buyer, wish: wish, key: key)
        reports.append(Report(deed: deed, told: told))
        aftermath.echoes[key] = [Echo(told: told, isReplay: deed.isMarked)]
        if case .done(_, let body) = told, let order = told.json?["order"]?.string { aftermath.orders[order] = body }
    }

    /// A client was told something else, and is told that again.
    mutating func set(_ key: String, _ told: Told) {
        for index in reports.indices where reports[index].deed.key == key { reports[index].told = told }
        aftermath.echoes[key]?[0] = Echo(told: told, isReplay: true)
    }

    /// Another buyer's cart of that SKU and another one, paid by wallet.
    mutating func addCart(isSold: Bool = true) {
        aftermath.trails["b"] = [Change(1, "created", at: 0, before: 0, after: 5)]
        var orders: [String] = []
        for (sku, id) in [("a", "o5"), ("b", "o6")] {
            append("reserved", order: id, quantity: 1, free: -1, buyer: "bob", sku: sku)
            let reserved = aftermath.trails[sku]?.last
            let place = #""sequence":\#(reserved?.sequence ?? 0),"remaining":\#(reserved?.after ?? 0)"#
            let body = #"{"order":"\#(id)","sku":"\#(sku)","quantity":1,\#(place),"total":{"amount":12900}}"#
            if isSold || sku == "a" { append("sold", quantity: 1, free: 0, buyer: "bob", sku: sku) }
            orders.append(body)
            aftermath.orders[id] = Array(body.utf8)
        }
        let told = Told.done(201, Array(#"{"cart":"c","orders":[\#(orders.joined(separator: ","))]}"#.utf8))
        add(.deposit(38_700), "bob-deposit", Self.move(sequence: 1, balance: 38_700), buyer: "bob")
        let lines = ["a", "b"].map { Deed.Line(sku: $0, quantity: 1) }
        add(.cart(lines, isPaid: true), "bob-cart", told, buyer: "bob")
        aftermath.wallets["bob"] = .init(balance: 12_900, sequence: 2)
        for (sku, trail) in aftermath.trails {
            guard let counts = SKUBooks(sku, trail).counts.last else { continue }
            aftermath.stocks[sku] = Stock(
                counts.available,
                held: counts.held,
                sold: counts.sold,
                supplied: sku == "a" ? 10 : 5,
                sequence: trail.count
            )
        }
    }

    mutating func append(
        _ type: String,
        hold: String? = nil,
        order: String? = nil,
        quantity: Int,
        free: Int,
        at: Int = 500,
        isLate: Bool = false,
        expiresAt: Int? = nil,
        buyer: String = "ann",
        sku: String = "a"
    ) {
        let trail = aftermath.trails[sku] ?? []
        let before = trail.last?.after ?? 0
        var change = Change(trail.count + 1, type, at: at, before: before, after: before + free)
        change.hold = hold
        change.order = order
        change.buyer = buyer
        change.quantity = quantity
        change.expiresAt = expiresAt
        change.isLate = isLate
        aftermath.trails[sku] = trail + [change]
    }

    private mutating func place(_ id: String, _ quantity: Int, expiresAt: Int = 600_000) {
        append("held", hold: id, quantity: quantity, free: -quantity, expiresAt: expiresAt)
        let remaining = aftermath.trails["a"]?.last?.after ?? 0
        let told = Self.hold(id, quantity, remaining: remaining, expiresAt: expiresAt)
        add(.hold(sku: "a", quantity: quantity, seconds: 1), "hold-\(id)", told)
    }

    /// The last change is gone from the trail and the counts.
    mutating func remove(_ sequence: Int) {
        aftermath.trails["a"]?.removeAll { $0.sequence == sequence }
        aftermath.stocks["a"] = Stock(7, held: 0, sold: 3, supplied: 10, sequence: 9)
    }

    /// The hold that has expired did so at another time.
    mutating func moveExpiry(to at: Int) {
        guard let known = aftermath.trails["a"]?[4] else { return }
        var change = Change(known.sequence, known.type, at: at, before: known.before, after: known.after)
        change.hold = known.hold
        change.quantity = known.quantity
        aftermath.trails["a"]?[4] = change
    }
}
