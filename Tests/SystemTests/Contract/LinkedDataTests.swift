import Testing

extension SystemTests {
    @Suite("Linked data")
    struct LinkedDataTests {
        @Test("a SKU is a Product with an Offer, each property used as schema.org defines it")
        func vocabulary() throws {
            try withServer { _, client in
                let all = """
                    "description":"Fast \\"shoes\\".","image":"https://shop.example/a.jpg","url":"https://shop.example/a",\
                    "limit_per_buyer":2,"opens_at":"2020-01-01T00:00:00.000Z","closes_at":"2099-01-01T00:00:00.000Z"
                    """
                try client.create("mug", stock: 5, all)
                let product = try linked("mug", client).json()
                #expect(Vocabulary.faults(of: product, as: "Product") == [])
                #expect(product["@context"] == .string("https://schema.org"))
                #expect(product["description"] == .string("Fast \"shoes\"."))
                let offer = try #require(product["offers"])
                #expect(offer["price"] == .string("129.00") && offer["priceCurrency"] == .string("USD"))
                #expect(offer["inventoryLevel"]?["value"] == .integer(5))
                #expect(offer["availabilityStarts"] == .string("2020-01-01T00:00:00.000Z"))
                #expect(offer["availabilityEnds"] == .string("2099-01-01T00:00:00.000Z"))
                #expect(offer["eligibleQuantity"]?["maxValue"] == .integer(2))
            }
        }

        @Test("the vocabulary's check finds what schema.org does not have")
        func check() {
            for wrong in [
                ["@type": .string("Offer"), "price": .bool(true)], ["@type": .string("Thing"), "price": .integer(1)],
                ["@type": .string("Offer"), "cost": .integer(1)], ["@type": .string("Shoe")],
                ["@type": .string("Offer"), "availability": .string("https://schema.org/Maybe")],
                ["@type": .string("Offer"), "inventoryLevel": .integer(1)],
                ["@type": .string("Offer"), "inventoryLevel": .object(["@type": .string("Product")])],
            ] as [[String: JSON]] {
                #expect(!Vocabulary.faults(of: .object(wrong), as: "Thing").isEmpty, "\(wrong)")
            }
        }

        @Test("availability follows the sale")
        func availability() throws {
            try withServer { _, client in
                func now() throws -> JSON? { try linked("mug", client).json()["offers"]?["availability"] }
                func term(_ name: String) -> JSON { .string("https://schema.org/\(name)") }
                try client.create("mug", stock: 1)
                #expect(try now() == term("InStock"))
                _ = try client.call(.patch("/v1/skus/mug", #"{"paused":true}"#))
                #expect(try now() == term("OutOfStock"))
                _ = try client.call(.patch("/v1/skus/mug", #"{"paused":false,"opens_at":"2099-01-01T00:00:00.000Z"}"#))
                #expect(try now() == term("PreOrder"))
                _ = try client.call(
                    .patch("/v1/skus/mug", #"{"opens_at":null,"closes_at":"2020-01-01T00:00:00.000Z"}"#)
                )
                #expect(try now() == term("Discontinued"))
                _ = try client.call(.patch("/v1/skus/mug", #"{"closes_at":null}"#))
                _ = try client.call(.purchase("mug", buyer: "ann"))
                #expect(try now() == term("SoldOut"))
            }
        }

        @Test(
            "a price has the decimals of its currency",
            arguments: [
                ("USD", 5, "0.05"), ("USD", 100, "1.00"), ("JPY", 12_900, "12900"), ("KWD", 12_900, "12.900"),
                ("CLF", 7, "0.0007"), ("EUR", 9_007_199_254_740_991, "90071992547409.91"), ("USD", 0, "0.00"),
            ]
        )
        func price(currency: String, amount: Int, text: String) throws {
            try withServer { _, client throws in
                let body = #"{"title":"x","price":{"amount":\#(amount),"currency":"\#(currency)"},"stock":1}"#
                #expect(try client.call(.put("/v1/skus/mug", body)).status == 201)
                #expect(try linked("mug", client).json()["offers"]?["price"] == .string(text))
            }
        }

        @Test("each form has a tag of its own, 304 for it, and says that Accept chooses")
        func forms() throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                let plain = try client.call(.get("/v1/skus/mug"))
                let linked = try linked("mug", client)
                let tags = [try #require(plain["ETag"]), try #require(linked["ETag"])]
                #expect(plain["Content-Type"] == "application/json" && tags[0] != tags[1])
                for answer in [plain, linked] {
                    #expect(answer["Vary"] == "Accept" && answer["Cache-Control"] == "no-cache")
                }
                for (accept, form) in [("application/json", 0), ("application/ld+json", 1)] {
                    for (tag, name) in tags.enumerated() {
                        let again = try client.call(.get("/v1/skus/mug", ["Accept": accept, "If-None-Match": name]))
                        #expect(again.status == (tag == form ? 304 : 200) && again["Vary"] == "Accept")
                        #expect(again["ETag"] == tags[form])
                    }
                }
                // Either form is the version that was seen.
                let change = TestRequest.patch("/v1/skus/mug", #"{"title":"y"}"#).with("If-Match", tags[1])
                #expect(try client.call(change).status == 200)
                try expectProblem(client.call(change), 412, "precondition-failed")
                try expectProblem(client.call(.get("/v1/skus/mug", ["Accept": "text/html"])), 406, "not-acceptable")
                let neither = ["Accept": "application/json;q=0, application/ld+json;q=0"] as KeyValuePairs
                try expectProblem(client.call(.get("/v1/skus/mug", neither)), 406, "not-acceptable")
                try expectProblem(
                    client.call(.get("/v1/skus", ["Accept": "application/ld+json"])),
                    406,
                    "not-acceptable"
                )
            }
        }

        private func linked(_ sku: String, _ client: TestConnection) throws -> TestResponse {
            let answer = try client.call(.get("/v1/skus/\(sku)", ["Accept": "application/ld+json"]))
            #expect(answer.status == 200 && answer["Content-Type"] == "application/ld+json")
            return answer
        }
    }
}

/// The part of schema.org that is used, as release 30.0 (2026-03-19) publishes it: `schemaorg-current-https.ttl`.
private enum Vocabulary {
    /// A property: what may have it, and what it may be.
    static let properties: [String: (domain: Set<String>, range: Set<String>)] = [
        "sku": (["Demand", "Offer", "Product"], ["Text"]),
        "name": (["Thing"], ["Text"]),
        "description": (["Thing"], ["Text", "TextObject"]),
        "image": (["Thing"], ["ImageObject", "URL"]),
        "url": (["Thing"], ["URL"]),
        "offers": (
            [
                "AggregateOffer", "CreativeWork", "EducationalOccupationalProgram", "Event", "MenuItem", "Product",
                "Service", "Trip",
            ],
            ["Demand", "Offer"]
        ),
        "price": (["DonateAction", "Offer", "PriceSpecification", "TradeAction"], ["Number", "Text"]),
        "priceCurrency": (
            ["DonateAction", "Offer", "PriceSpecification", "Reservation", "Ticket", "TradeAction"], ["Text"]
        ),
        "availability": (["Demand", "Offer"], ["ItemAvailability"]),
        "inventoryLevel": (["Demand", "Offer", "SomeProducts"], ["QuantitativeValue"]),
        "availabilityStarts": (["ActionAccessSpecification", "Demand", "Offer"], ["Date", "DateTime", "Time"]),
        "availabilityEnds": (["ActionAccessSpecification", "Demand", "Offer"], ["Date", "DateTime", "Time"]),
        "eligibleQuantity": (["Demand", "Offer", "PriceSpecification"], ["QuantitativeValue"]),
        "value": (
            ["MonetaryAmount", "PropertyValue", "QuantitativeValue"], ["Boolean", "Number", "StructuredValue", "Text"]
        ),
        "maxValue": (
            ["MonetaryAmount", "PropertyValue", "PropertyValueSpecification", "QuantitativeValue"], ["Number"]
        ),
    ]

    /// A class, and those above it.
    static let classes: [String: Set<String>] = [
        "Thing": [], "Product": ["Thing"], "Offer": ["Intangible", "Thing"],
        "QuantitativeValue": ["StructuredValue", "Intangible", "Thing"],
    ]

    static let availabilities: Set = [
        "BackOrder", "Discontinued", "InStock", "InStoreOnly", "LimitedAvailability", "MadeToOrder", "OnlineOnly",
        "OutOfStock", "PreOrder", "PreSale", "Reserved", "SoldOut",
    ]

    /// What is wrong with an object that should be of a class; empty where nothing is.
    static func faults(of value: JSON, as expected: String) -> [String] {
        guard let type = value["@type"]?.string, let above = classes[type] else { return ["no class: \(value)"] }
        let kinds = above.union([type])
        guard kinds.contains(expected) else { return ["a \(type) is no \(expected)"] }
        return (value.object ?? [:]).filter { !$0.key.hasPrefix("@") }
            .flatMap { name, member -> [String] in
                guard let property = properties[name] else { return ["no property: \(name)"] }
                guard !property.domain.isDisjoint(with: kinds) else { return ["a \(type) has no \(name)"] }
                return isOneOf(property.range, member) ? [] : ["\(name) is \(member)"]
            }
    }

    private static func isOneOf(_ range: Set<String>, _ value: JSON) -> Bool {
        switch value {
        case .object: range.contains { classes[$0] != nil && faults(of: value, as: $0).isEmpty }
        case .integer, .fraction: range.contains("Number")
        case .bool: range.contains("Boolean")
        case .string(let text): range.contains { isText(text, of: $0) }
        case .null, .array: false
        }
    }

    private static func isText(_ text: String, of type: String) -> Bool {
        switch type {
        case "Text": true
        case "URL": text.hasPrefix("https://")
        case "DateTime": text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/) != nil
        case "ItemAvailability":
            text.hasPrefix("https://schema.org/") && availabilities.contains(String(text.dropFirst(19)))
        default: false
        }
    }
}
