import Foundation
import Testing

extension SystemTests {
    @Suite("Who may buy, and when")
    struct SaleRuleTests {
        @Test("before it opens, a sale says when it will")
        func notStarted() throws {
            try withServer { _, client in
                let opens = Self.time(inSeconds: 3_600)
                try client.create("mug", stock: 5, #""opens_at":"\#(opens)""#)
                let refusal = try client.call(.purchase("mug", buyer: "ann"))
                #expect(try expectProblem(refusal, 403, "sale-not-started")["opens_at"] == .string(opens))
                let wait = try #require(refusal["Retry-After"].flatMap { Int($0) })
                #expect((3_500...3_600).contains(wait))
                #expect(try client.stock(of: "mug").status == "scheduled")
            }
        }

        @Test("after it closed, a sale is over")
        func ended() throws {
            try withServer { _, client in
                let (opens, closes) = (Self.time(inSeconds: -7_200), Self.time(inSeconds: -3_600))
                try client.create("mug", stock: 5, #""opens_at":"\#(opens)""#, #""closes_at":"\#(closes)""#)
                try expectProblem(client.call(.purchase("mug", buyer: "ann")), 403, "sale-ended")
                #expect(try client.stock(of: "mug").status == "closed")
            }
        }

        @Test("between the two it sells")
        func open() throws {
            try withServer { _, client in
                let (opens, closes) = (Self.time(inSeconds: -3_600), Self.time(inSeconds: 3_600))
                try client.create("mug", stock: 5, #""opens_at":"\#(opens)""#, #""closes_at":"\#(closes)""#)
                #expect(try client.call(.purchase("mug", buyer: "ann")).status == 201)
            }
        }

        @Test("a paused sale refuses, and goes on where it stopped")
        func paused() throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                #expect(try client.call(.patch("/v1/skus/mug", #"{"paused":true}"#)).status == 200)
                try expectProblem(client.call(.purchase("mug", buyer: "ann")), 403, "sale-paused")
                #expect(try client.stock(of: "mug").status == "paused")
                #expect(try client.call(.patch("/v1/skus/mug", #"{"paused":false}"#)).status == 200)
                #expect(try client.call(.purchase("mug", buyer: "ann")).status == 201)
            }
        }

        @Test("a buyer's limit counts units over all of the buyer's orders, and holds after a restart")
        func limit() throws {
            let folder = try DataFolder()
            do {
                let client = try ServerProcess(in: folder).connected()
                try client.connection.create("mug", stock: 50, #""limit_per_buyer":3"#)
                try Self.expectLimit(client.connection, 4, already: 0)
                #expect(try client.connection.call(.purchase("mug", buyer: "ann", quantity: 2)).status == 201)
                try Self.expectLimit(client.connection, 2, already: 2)
                try client.server.kill()
            }
            let client = try ServerProcess(in: folder).connected()
            try Self.expectLimit(client.connection, 2, already: 2)
            #expect(try client.connection.call(.purchase("mug", buyer: "ann")).status == 201)
            #expect(try client.connection.call(.purchase("mug", buyer: "bob", quantity: 3)).status == 201)
            try Self.expectLimit(client.connection, 1, already: 3)
        }

        private static func expectLimit(_ client: TestConnection, _ quantity: Int, already: Int) throws {
            let answer = try client.call(.purchase("mug", buyer: "ann", quantity: quantity))
            let problem = try expectProblem(answer, 403, "buyer-limit-reached")
            #expect(problem["limit"] == .integer(3))
            #expect(problem["already"] == .integer(already))
        }

        /// RFC 3339 with milliseconds, as the server writes it.
        private static func time(inSeconds seconds: Double) -> String {
            let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
            return Date(timeIntervalSinceNow: seconds).formatted(format)
        }
    }
}

extension ServerProcess {
    /// This server with a connection to it.
    func connected() throws -> (server: ServerProcess, connection: TestConnection) { (self, try connect()) }
}
