import Domain
import Testing

@Suite("The details of a SKU")
struct SKUDetailsTests {
    private static let umlaut = "\u{00FC}"

    private func fault(_ body: () throws -> Void) -> InvalidField? {
        do {
            try body()
            return nil
        } catch {
            return error as? InvalidField
        }
    }

    @Test("a title has 1 to 200 characters, however many bytes they take")
    func titles() throws {
        let price = try Sample.price()
        _ = try SKUDetails(title: String(repeating: Self.umlaut, count: 200), price: price)
        #expect(fault { _ = try SKUDetails(title: "", price: price) } == InvalidField(.title, .empty))
        let tooMany = InvalidField(.title, .tooManyScalars(scalarsMax: 200))
        #expect(fault { _ = try SKUDetails(title: String(repeating: "x", count: 201), price: price) } == tooMany)
        #expect(fault { _ = try SKUDetails(title: String(repeating: "x", count: 100_000), price: price) } == tooMany)
    }

    @Test("a price is 0 to 2^53-1 minor units", arguments: [(Int64(-1), false), (0, true), (Money.amountMax, true)])
    func prices(amount: Int64, isAccepted: Bool) throws {
        let price = try Sample.price(amount)
        let found = fault { _ = try SKUDetails(title: "x", price: price) }
        #expect(found == (isAccepted ? nil : InvalidField(.price, .outOfRange(min: 0, max: Money.amountMax))))
    }

    @Test("a price just past 2^53-1 is refused by name")
    func priceTooLarge() throws {
        let price = try Sample.price(Money.amountMax + 1)
        #expect(fault { _ = try SKUDetails(title: "x", price: price) }?.field == .price)
    }

    @Test("texts are limited in bytes, each by its own name")
    func texts() throws {
        let price = try Sample.price()
        let long = String(repeating: "x", count: 4_096)
        let link = String(repeating: "x", count: 2_048)
        _ = try SKUDetails(title: "x", price: price, description: long, image: link, url: link)
        let description = fault { _ = try SKUDetails(title: "x", price: price, description: long + "x") }
        #expect(description == InvalidField(.description, .tooManyBytes(bytesMax: 4_096)))
        let image = fault { _ = try SKUDetails(title: "x", price: price, image: link + "x") }
        #expect(image == InvalidField(.image, .tooManyBytes(bytesMax: 2_048)))
        let url = fault { _ = try SKUDetails(title: "x", price: price, url: link + "x") }
        #expect(url == InvalidField(.url, .tooManyBytes(bytesMax: 2_048)))
    }

    @Test("a sale ends after it begins", arguments: [(Int64(10), Int64(11), true), (10, 10, false), (10, 9, false)])
    func windows(opensAt: Int64, closesAt: Int64, isAccepted: Bool) throws {
        let found = fault { _ = try Sample.details(opensAt: opensAt, closesAt: closesAt) }
        #expect(found == (isAccepted ? nil : InvalidField(.closesAt, .notAfterOpening)))
    }

    @Test("a note has a reason, and its texts have limits")
    func notes() throws {
        _ = try StockNote(reason: "restock", reference: "delivery-7")
        #expect(fault { _ = try StockNote(reason: "") } == InvalidField(.reason, .empty))
        let long = String(repeating: "x", count: 201)
        #expect(fault { _ = try StockNote(reason: long) }?.field == .reason)
        #expect(fault { _ = try StockNote(reason: "x", reference: long) }?.field == .reference)
        #expect(fault { _ = try StockNote(reason: "x", reference: "") }?.field == .reference)
    }
}

@Suite("Merge patches of details")
struct SKUDetailsPatchTests {
    private func full() throws -> SKUDetails {
        try SKUDetails(
            title: "Sneaker",
            price: Sample.price(),
            description: "fast",
            image: "/a.png",
            url: "/a",
            limitPerBuyer: Sample.quantity(2),
            opensAt: Sample.at(10),
            closesAt: Sample.at(20),
            paused: true
        )
    }

    @Test("an empty patch changes nothing")
    func empty() throws {
        let patch = SKUDetailsPatch()
        #expect(patch.isEmpty)
        let details = try full()
        #expect(try patch.applied(to: details) == details)
    }

    @Test("a patch sets what it names and leaves the rest")
    func sets() throws {
        var patch = SKUDetailsPatch()
        patch.title = .set("Boot")
        patch.closesAt = .set(Sample.at(30))
        patch.paused = .set(false)
        #expect(!patch.isEmpty)
        let changed = try patch.applied(to: full())
        let expected = try SKUDetails(
            title: "Boot",
            price: Sample.price(),
            description: "fast",
            image: "/a.png",
            url: "/a",
            limitPerBuyer: Sample.quantity(2),
            opensAt: Sample.at(10),
            closesAt: Sample.at(30)
        )
        #expect(changed == expected)
    }

    @Test("null takes every optional field away")
    func removes() throws {
        var patch = SKUDetailsPatch()
        patch.description = .removed
        patch.image = .removed
        patch.url = .removed
        patch.limitPerBuyer = .removed
        patch.opensAt = .removed
        patch.closesAt = .removed
        let bare = try SKUDetails(title: "Sneaker", price: Sample.price(), paused: true)
        #expect(try patch.applied(to: full()) == bare)
    }

    @Test("null for a required field is refused by name")
    func required() throws {
        var title = SKUDetailsPatch()
        title.title = .removed
        var price = SKUDetailsPatch()
        price.price = .removed
        var paused = SKUDetailsPatch()
        paused.paused = .removed
        let details = try full()
        for (patch, field) in [(title, InvalidField.Field.title), (price, .price), (paused, .paused)] {
            #expect(!patch.isEmpty)
            #expect(throws: InvalidField(field, .required)) { try patch.applied(to: details) }
        }
    }

    @Test("the result of a patch keeps the limits, also against fields that the patch does not name")
    func limits() throws {
        var patch = SKUDetailsPatch()
        patch.closesAt = .set(Sample.at(10))
        let details = try full()
        #expect(throws: InvalidField(.closesAt, .notAfterOpening)) { try patch.applied(to: details) }
        let state = try Sample.sku(details, stock: 1)
        let refusal = state.refusal(of: .amend(patch, ifSequence: nil), at: Sample.at(0))
        #expect(refusal == .invalidDetails(InvalidField(.closesAt, .notAfterOpening)))
    }
}
