import Testing

/// What `GET /v1/skus/{sku}` says of the counts.
struct Stock: Equatable, Sendable {
    let available: Int
    let held: Int
    let sold: Int
    let supplied: Int
    let sequence: Int
    let status: String

    init(_ json: JSON) throws {
        guard let available = json["available"]?.int, let held = json["held"]?.int, let sold = json["sold"]?.int,
            let supplied = json["supplied"]?.int, let sequence = json["sequence"]?.int,
            let status = json["status"]?.string
        else { throw HarnessFailure("not a SKU: \(json)") }
        self.init(available, held: held, sold: sold, supplied: supplied, sequence: sequence, status: status)
    }

    init(_ available: Int, held: Int = 0, sold: Int, supplied: Int, sequence: Int, status: String = "on_sale") {
        self.available = available
        self.held = held
        self.sold = sold
        self.supplied = supplied
        self.sequence = sequence
        self.status = status
    }

    /// `supplied = available + held + sold`, and none of them negative.
    var isConserved: Bool {
        supplied == available + held + sold && min(available, held, sold) >= 0
    }
}

extension TestConnection {
    /// Creates a SKU; `members` are more of the body's members, as `"limit_per_buyer":2`.
    @discardableResult
    func create(_ sku: String, stock: Int, _ members: String...) throws -> Stock {
        let all =
            [#""title":"A thing""#, #""price":{"amount":12900,"currency":"USD"}"#, #""stock":\#(stock)"#] + members
        let answer = try call(.put("/v1/skus/\(sku)", "{\(all.joined(separator: ","))}"))
        guard answer.status == 201 else { throw HarnessFailure("PUT \(sku): \(answer.status) \(answer.text)") }
        return try self.stock(of: sku)
    }

    /// Reads a SKU's counts; they must add up.
    func stock(of sku: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Stock {
        let answer = try call(.get("/v1/skus/\(sku)"))
        guard answer.status == 200 else { throw HarnessFailure("GET \(sku): \(answer.status) \(answer.text)") }
        let stock = try Stock(try answer.json())
        #expect(stock.isConserved, "\(stock)", sourceLocation: sourceLocation)
        return stock
    }
}

/// One page of a list.
struct Page {
    let items: [JSON]
    /// The cursor of the next page; nil on the last.
    let next: String?

    init(_ answer: TestResponse) throws {
        guard answer.status == 200, let items = try answer.json()["items"]?.array else {
            throw HarnessFailure("not a page: \(answer.status) \(answer.text)")
        }
        self.items = items
        next = try answer.json()["next"]?.string
    }
}
