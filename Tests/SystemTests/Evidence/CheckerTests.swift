import Testing

extension SystemTests {
    /// The judge is judged: a checker that never objects would make every crash test pass.
    @Suite("The checker of crash tests")
    struct CheckerTests {
        @Test("a server that kept every promise passes")
        func innocent() {
            let story = Story()
            #expect(violations(story.history, story.aftermath) == [])
        }

        @Test("a purchase without an answer may have happened or not")
        func unknownEitherWay() {
            var story = Story()
            let (sold, replayed) = (story.answer(2, isReplay: false), story.answer(2, isReplay: true))
            story.history.attempts[2].outcome = .unknown
            story.aftermath.retries["k2"] = [replayed, replayed]
            #expect(violations(story.history, story.aftermath) == [])
            story.aftermath.retries["k2"] = [sold, replayed]
            #expect(violations(story.history, story.aftermath) == [])
        }

        @Test("a lost order is found")
        func lost() {
            var story = Story()
            story.aftermath.orders["o1"] = nil
            #expect(violations(story.history, story.aftermath) == [.lostOrder("o1")])
        }

        @Test("an order that reads otherwise is found")
        func changedOrder() {
            var story = Story()
            story.aftermath.orders["o1"] = Array("other".utf8)
            #expect(violations(story.history, story.aftermath) == [.changedOrder("o1")])
        }

        @Test("an answer that changed under its key is found")
        func changedAnswer() {
            var story = Story()
            story.aftermath.retries["k1"] = [.init(outcome: .refused(409, "/problems/sold-out"), isReplay: false)]
            #expect(violations(story.history, story.aftermath) == [.changedAnswer(key: "k1")])
        }

        @Test("a replay that does not say so is found")
        func unmarked() {
            var story = Story()
            story.aftermath.retries["k1"] = [story.answer(1, isReplay: false)]
            #expect(violations(story.history, story.aftermath) == [.unmarkedReplay(key: "k1")])
        }

        @Test("a purchase that was refused is refused again, for want of more units perhaps, and never sold")
        func refusedAgain() {
            var story = Story()
            story.history.attempts.append(
                Attempt(purchase: Purchase(sku: "a", buyer: "b9", quantity: 9, key: "k9"), outcome: .unknown)
            )
            let few = Aftermath.Answer(outcome: .refused(409, "/problems/insufficient-stock"), isReplay: false)
            let none = Aftermath.Answer(outcome: .refused(409, "/problems/sold-out"), isReplay: false)
            for kept in [[few, few], [none, none], [few, none]] {
                story.aftermath.retries["k9"] = kept
                #expect(violations(story.history, story.aftermath) == [])
            }
            story.aftermath.retries["k9"] = [none, few]
            #expect(violations(story.history, story.aftermath) == [.unsettled(key: "k9")])
        }

        @Test("a purchase that was made twice under one key is found")
        func soldTwice() {
            var story = Story()
            let second = Sale(order: "o9", sequence: 5, remaining: 5, body: Array("o9".utf8))
            story.aftermath.retries["k2"] = [
                story.answer(2, isReplay: false), .init(outcome: .sold(second), isReplay: false),
            ]
            story.history.attempts[2].outcome = .unknown
            story.aftermath.stocks["a"] = Stock(5, sold: 5, supplied: 10, sequence: 5)
            let found = violations(story.history, story.aftermath)
            #expect(found.contains(.unsettled(key: "k2")))
            #expect(found.contains(.unclaimedSequence(sku: "a", 5)))
            #expect(found.contains(.unconserved(sku: "a")))
        }

        @Test("one order given to two purchases is found")
        func doubled() {
            var story = Story()
            story.history.attempts[2].outcome = story.history.attempts[1].outcome
            story.aftermath.retries["k2"] = [story.answer(1, isReplay: true)]
            let found = violations(story.history, story.aftermath)
            #expect(found.contains(.doubledOrder("o1")))
            #expect(found.contains(.sharedSequence(sku: "a", 3)))
            #expect(found.contains(.unclaimedSequence(sku: "a", 4)))
        }

        @Test("units that went to nobody, and more units than there were, are found")
        func miscounted() {
            var story = Story()
            story.aftermath.stocks["a"] = Stock(5, sold: 5, supplied: 10, sequence: 4)
            #expect(violations(story.history, story.aftermath) == [.unconserved(sku: "a")])
            story.aftermath.stocks["a"] = Stock(-1, sold: 4, supplied: 3, sequence: 4)
            #expect(violations(story.history, story.aftermath).contains(.oversold(sku: "a")))
        }

        @Test("a count that went back is found")
        func rewound() {
            var story = Story()
            story.aftermath.stocks["a"] = Stock(7, sold: 3, supplied: 10, sequence: 3)
            let found = violations(story.history, story.aftermath)
            #expect(found.contains(.unclaimedSequence(sku: "a", 4)))
            #expect(found.contains(.unconserved(sku: "a")))
        }

        @Test("a `remaining` that nobody could have seen is found")
        func wrongRemaining() {
            var story = Story()
            let sale = Sale(order: "o1", sequence: 3, remaining: 9, body: Array("o1".utf8))
            story.history.attempts[1].outcome = .sold(sale)
            story.aftermath.retries["k1"] = [.init(outcome: .sold(sale), isReplay: true)]
            #expect(violations(story.history, story.aftermath) == [.wrongRemaining(order: "o1")])
        }
    }
}

/// Three sales (1, 1 and 2 units) of a SKU that was created with 10 at sequence 1, all of them kept.
private struct Story {
    var history = History()
    var aftermath = Aftermath()

    init() {
        history.created["a"] = Stock(10, sold: 0, supplied: 10, sequence: 1)
        for (number, remaining) in [9, 8, 6].enumerated() {
            let sale = Sale(
                order: "o\(number)",
                sequence: number + 2,
                remaining: remaining,
                body: Array("o\(number)".utf8)
            )
            let purchase = Purchase(sku: "a", buyer: "b\(number)", quantity: number == 2 ? 2 : 1, key: "k\(number)")
            history.attempts.append(Attempt(purchase: purchase, outcome: .sold(sale)))
            aftermath.orders[sale.order] = sale.body
            aftermath.retries[purchase.key] = [.init(outcome: .sold(sale), isReplay: true)]
        }
        aftermath.stocks["a"] = Stock(6, sold: 4, supplied: 10, sequence: 4)
    }

    func answer(_ number: Int, isReplay: Bool) -> Aftermath.Answer {
        .init(outcome: history.attempts[number].outcome, isReplay: isReplay)
    }
}
