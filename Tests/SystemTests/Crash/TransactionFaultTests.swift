import Foundation
import Testing

extension SystemTests {
    /// A payment whose SKU and wallet are in two partitions, and what fails in the midst of it.
    @Suite("Carts and payments that fail midway")
    struct TransactionFaultTests {
        private static let shape = ["--partitions", "2", "--loops", "2"]
        private static let price = 12_900
        private static let buyers = ["ann", "bob", "cid", "dan", "eve", "fay"]
        private static let skus = ["mug", "cup", "pot", "hat", "pen"]

        /// A folder with SKUs and wallets in both partitions.
        private func shop() throws -> DataFolder {
            let folder = try DataFolder()
            let server = try ServerProcess(in: folder, ServerOptions(arguments: Self.shape))
            let client = try server.connect()
            for sku in Self.skus { try client.create(sku, stock: 1_000) }
            try client.create("gone", stock: 0)
            for buyer in Self.buyers { try client.deposit(10_000_000, to: buyer) }
            try client.deposit(1, to: "poor")
            try server.kill()
            return folder
        }

        private func start(_ folder: DataFolder, _ faults: [String] = []) throws -> ServerProcess {
            let program: Program = faults.isEmpty ? .stockkeeper : .faultyServer
            return try ServerProcess(in: folder, ServerOptions(program: program, arguments: faults + Self.shape))
        }

        /// Nothing is set aside, so many units of each SKU are sold, and every wallet has paid so much.
        private func expectBooks(
            _ client: TestConnection,
            sold: [String: Int] = [:],
            paid: [String: Int] = [:],
            _ note: String
        ) throws {
            for sku in Self.skus {
                let stock = try client.settledStock(of: sku)
                #expect(stock.held == 0 && stock.sold == sold[sku, default: 0], "\(note): \(sku) \(stock)")
            }
            for buyer in Self.buyers {
                let balance = 10_000_000 - paid[buyer, default: 0] * Self.price
                #expect(try client.balance(of: buyer, becomes: balance), "\(note): \(buyer)")
            }
        }

        @Test(
            "what fails between two keepers is undone and answered 503, and a later try with the key is the first one",
            arguments: ["after-first-reservation", "before-decision"]
        )
        func undone(step: String) throws {
            let folder = try shop()
            let faulty = try start(folder, ["--transactions-fail", step])
            let client = try faulty.connect()
            var requests: [TestRequest] = []
            for (number, buyer) in Self.buyers.enumerated() {
                requests.append(.paid(Self.skus[number % 5], buyer: buyer, key: "p\(number)"))
                let lines = Self.skus.map { ($0, 1) }
                requests.append(.cart(lines, buyer: buyer, payment: number % 2 == 0, key: "c\(number)"))
            }
            for request in requests + requests {
                let answer = try client.call(request)
                try expectProblem(answer, 503, "overloaded")
                #expect(answer["Retry-After"] != nil)
            }
            try expectProblem(client.call(.paid("gone", buyer: "ann")), 409, "sold-out")
            if step == "before-decision" {
                try expectProblem(client.call(.paid("mug", buyer: "poor")), 402, "insufficient-funds")
            }
            try expectBooks(client, "while it fails")
            let metrics = try client.call(.get("/metrics")).text
            #expect(metrics.contains("\nstockkeeper_transactions 0\n"))
            let undone = metrics.split(separator: "\n").first { $0.hasPrefix("stockkeeper_transactions_undone_total ") }
            #expect(undone.flatMap { Int($0.split(separator: " ")[1]) } ?? 0 >= requests.count * 2, "\(undone ?? "")")
            try faulty.kill()
            let good = try start(folder)
            let again = try good.connect()
            try expectBooks(again, "after a start")
            for request in requests {
                let first = try again.call(request)
                let second = try again.call(request)
                #expect(first.status == 201 && !first.isReplay)
                #expect(second.status == 201 && second.isReplay && second.body == first.body)
            }
            var (sold, paid) = ([String: Int](), [String: Int]())
            for (number, buyer) in Self.buyers.enumerated() {
                for sku in Self.skus { sold[sku, default: 0] += 1 }
                sold[Self.skus[number % 5], default: 0] += 1
                paid[buyer] = number % 2 == 0 ? 6 : 1
            }
            try expectBooks(again, sold: sold, paid: paid, "in the end")
        }

        @Test(
            "a power cut at any sync of a payment over two journals leaves all of it or nothing, and the key knows",
            arguments: ["before-sync", "sync"],
            [0, 1]
        )
        func killed(operation: String, journal: Int) throws {
            let folder = try shop()
            let (sku, buyer) = try apart(folder)
            var bought = 0
            var survived = 0
            for number in 1...24 where survived < 3 {
                let note = "\(operation):\(number) of journal \(journal)"
                let request = TestRequest.paid(sku, buyer: buyer, key: "k\(number)")
                var told: TestResponse?
                do {
                    let point = "\(operation):\(number):journal-000\(journal)/"
                    let faulty = try start(folder, ["--forgetful", "--kill-at", point])
                    let client = try faulty.connect()
                    told = try? client.call(request)
                    // What is over is journaled with what comes next.
                    let isAlive = (try? client.call(.purchase(sku, buyer: buyer, key: "n\(number)")))?.status == 201
                    survived += isAlive ? 1 : 0
                    try faulty.kill()
                } catch let failure as StartFailure {
                    #expect(failure.exit == .signal(9), "\(failure)")
                }
                let good = try start(folder)
                let client = try good.connect()
                let before = try client.stock(of: sku)
                #expect(before.held == 0, "\(note)")
                let first = try client.call(request)
                let second = try client.call(request)
                #expect(first.status == 201 && second.status == 201 && second.isReplay, "\(note)")
                #expect(second.body == first.body, "\(note)")
                if let told { #expect(told.status == 201 && first.isReplay && told.body == first.body, "\(note)") }
                bought += 1
                #expect(try client.balance(of: buyer, becomes: 10_000_000 - bought * Self.price), "\(note)")
                #expect(try client.settledStock(of: sku).isConserved)
                try good.kill()
            }
            #expect(survived >= 3, "every run was killed: the points were too few")
            let books = try FolderBooks(folder)
            #expect(books.violations.isEmpty && books.decided == bought, "\(books.violations)")
        }

        /// A SKU of the first journal and a buyer of the second.
        private func apart(_ folder: DataFolder) throws -> (sku: String, buyer: String) {
            let records = try ToolRun("inspect", "--json", folder.data).json()
            let sku = records.first { $0["type"]?.string == "created" && $0["journal"]?.int == 0 }?["sku"]?.string
            let buyer = records.first {
                $0["type"]?.string == "deposit" && $0["journal"]?.int == 1 && $0["amount"]?["amount"]?.int != 1
            }
            return (try #require(sku), try #require(buyer?["wallet"]?.string))
        }
    }
}
