/// How a buyer tries to get a unit of `drop`.
enum Way: Int, CaseIterable, Sendable {
    case purchase
    case hold
    case paid
    case cart
    case item

    /// What became of one buyer's try.
    struct Answer: Sendable {
        let way: Way
        let status: Int
        let type: String?

        var isOrder: Bool { status == (way == .item ? 200 : 201) }

        var isSoldOut: Bool { status == (way == .item ? 400 : 409) && type == "/problems/sold-out" }
    }

    /// The way of the buyer with this number.
    init(_ buyer: Int) {
        self = Self.allCases[buyer % Self.allCases.count]
    }

    var isPaid: Bool { self == .paid || self == .cart || self == .item }

    private func request(_ buyer: String) -> TestRequest {
        switch self {
        case .purchase: .purchase("drop", buyer: buyer)
        case .hold: .hold("drop", buyer: buyer)
        case .paid: .paid("drop", buyer: buyer)
        case .cart: .cart([("extra", 1), ("drop", 1)], buyer: buyer, payment: true)
        case .item: .item("drop", user: buyer)
        }
    }

    /// Lets a buyer ask on each connection, all at once; who gets a hold confirms it.
    static func ask(_ connections: [TestConnection], _ first: Int) throws -> [Answer] {
        for (number, connection) in connections.enumerated() {
            try connection.send(Way(first + number).request("buyer-\(first + number)"))
        }
        var answers: [Answer] = []
        for (number, connection) in connections.enumerated() {
            let way = Way(first + number)
            var response = try connection.receive()
            if way == .hold, response.status == 201, let hold = try response.json()["hold"]?.string {
                response = try connection.call(.post("/v1/holds/\(hold)/confirm", "{}"))
            }
            answers.append(Answer(way: way, status: response.status, type: try response.json()["type"]?.string))
        }
        return answers
    }
}
