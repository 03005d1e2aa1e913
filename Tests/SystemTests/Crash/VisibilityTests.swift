import Testing

extension SystemTests {
    /// Sales wait for a slow disk while others look; then the power is cut.
    @Suite("What is shown is on disk")
    struct VisibilityTests {
        /// A way to learn of a SKU's changes.
        enum Window: String, CaseIterable, CustomTestStringConvertible {
            case sku, list, trail, refusal

            var testDescription: String { rawValue }
        }

        @Test("what anybody was shown is there after a power cut", arguments: Window.allCases)
        func survives(window: Window) throws {
            let folder = try DataFolder()
            let created = try ServerProcess(in: folder, .good("--partitions", "1")).connect().create("mug", stock: 500)
            for _ in 0..<3 {
                let server = try ServerProcess(
                    in: folder,
                    .faulty("--forgetful", "--slow-sync-us", "20000", "--loops", "1")
                )
                let (buyer, viewer) = (try server.connect(), try server.connect())
                for round in 0..<2 {
                    // The disk is still busy with the first one when the others are decided.
                    for _ in 0..<5 { try buyer.send(.purchase("mug", buyer: "ann")) }
                    if round == 0 { _ = try buyer.receive() }
                }
                let shown = try Self.sequence(through: window, viewer, since: created)
                try server.kill()
                let survivor = try ServerProcess(in: folder)
                let kept = try survivor.connect().stock(of: "mug").sequence
                try survivor.kill()
                #expect(kept >= shown && shown > created.sequence, "shown \(shown), kept \(kept)")
            }
        }

        /// The number of the last change that a client can see.
        private static func sequence(
            through window: Window,
            _ client: TestConnection,
            since created: Stock
        ) throws -> Int {
            switch window {
            case .sku:
                return try client.stock(of: "mug").sequence
            case .list:
                let mug = try #require(try Page(try client.call(.get("/v1/skus"))).items.first)
                return try Stock(mug).sequence
            case .trail:
                let trail = try client.call(.get("/v1/skus/mug/changes?limit=500")).json()
                return try #require(trail["last"]?.int)
            case .refusal:
                let refusal = try client.call(.purchase("mug", buyer: "bob", quantity: 1_000))
                let available = try #require(try expectProblem(refusal, 409, "insufficient-stock")["available"]?.int)
                // Each sale is a change and takes one unit.
                return created.sequence + created.available - available
            }
        }
    }
}
