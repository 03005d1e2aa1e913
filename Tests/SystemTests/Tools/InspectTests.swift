import Foundation
import Testing

extension SystemTests {
    @Suite("journal inspect and replay")
    struct InspectTests {
        @Test("every record is one line of JSON with its place, and orders are found by their id")
        func json() throws {
            let shop = try Shop(orders: 30)
            let records = try ToolRun("inspect", "--json", shop.path).json()
            #expect(records.count == 31)
            #expect(records.map { $0["sequence"]?.int } == Array(1...31))
            #expect(records.map { $0["position"]?.int ?? -1 } == records.map { $0["position"]?.int ?? -1 }.sorted())
            #expect(records[0]["type"]?.string == "created")
            #expect(records[0]["idempotency_key"] == .bool(false))
            #expect(records.dropFirst().map { $0["order"]?.string } == shop.orders)
            #expect(
                records.dropFirst().allSatisfy { $0["idempotency_key"] == .bool(true) && $0["sku"]?.string == "mug" }
            )
            let one = try ToolRun("inspect", shop.path, "--json", "--order", shop.orders[17])
            #expect(try one.json() == [records[18]])
        }

        @Test("filters leave out what they name, and positions count from the first up to before the last")
        func filters() throws {
            let shop = try Shop(orders: 30)
            let all = try ToolRun("inspect", "--json", shop.path).json()
            func positions(_ more: String...) throws -> [JSON] {
                try ToolRun(shell: "inspect --json '\(shop.path)' \(more.joined(separator: " "))").json()
            }
            let third = all[3]["position"]?.int ?? 0
            let ninth = all[9]["position"]?.int ?? 0
            #expect(try positions("--from \(third) --to \(ninth)") == Array(all[3..<9]))
            #expect(try positions("--from \(third + 1) --limit 2") == Array(all[4..<6]))
            #expect(try positions("--buyer b7") == [all[8]])
            #expect(try positions("--sku cup").isEmpty)
            #expect(try positions("--sku mug --journal 0 --limit=1") == [all[0]])
        }

        @Test("whoever has seen enough may close the pipe")
        func closedPipe() throws {
            let shop = try Shop(orders: 1_500)
            for line in ["inspect '\(shop.path)' | head -1", "inspect --json '\(shop.path)' | head -1"] {
                let run = try ToolRun(shell: line)
                #expect(run.exit == .code(0), "\(run)")
                #expect(run.output.split(separator: "\n").count == 1)
                #expect(run.errors.isEmpty, "\(run)")
            }
        }

        @Test("a replay shows what the server shows, and what it showed at any position or time")
        func replay() throws {
            let shop = try Shop(orders: 30)
            let records = try ToolRun("inspect", "--json", shop.path).json()
            let end = try #require(try ToolRun("replay", "--json", shop.path).json().first)
            #expect(try Stock(end) == Stock(9_970, sold: 30, supplied: 10_000, sequence: 31))
            for count in [1, 2, 16, 30] {
                let position = try #require(records[count]["position"]?.int)
                let state = try ToolRun("replay", shop.path, "--json", "--at", "\(position)").json().first
                let stock = Stock(10_001 - count, sold: count - 1, supplied: 10_000, sequence: count)
                #expect(try Stock(try #require(state)) == stock)
            }
            let time = try #require(records[10]["at"]?.string)
            let upTo = records.filter { $0["at"]?.string ?? "" <= time }.count
            let then = try ToolRun("replay", shop.path, "--json", "--at", time, "--sku", "mug").json().first
            #expect(try Stock(try #require(then)).sequence == upTo)
        }
    }
}
