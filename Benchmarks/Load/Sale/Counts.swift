import Foundation

/// Counts, which do not depend on how fast the machine is: system calls and allocations for each purchase.
extension Sale {
    private static let connections = 64

    func syscalls() throws(BenchError) -> [Finding] {
        guard let tool = SyscallCounter.findTool() else {
            throw .cannotRun("system calls are counted with perf or strace, and neither works here")
        }
        // strace makes each call some fifty times slower; fewer requests say the same.
        let requests = tool == .perf ? plan.countedRequests : plan.countedRequests / 10
        return try rig.withServer { server throws(BenchError) in
            var books = try warmUp(server)
            let run = counted(server, requests)
            let counts = try rig.withFolder { folder throws(BenchError) in
                let counter = try SyscallCounter(server.child.pid, with: tool, in: folder)
                let result = try Load.run(run)
                let counts = try counter.finish()
                try result.requireClean(run)
                books.add(result)
                return counts
            }
            try books.check(server.address)
            return [Self.finding(counts, tool, requests)]
        }
    }

    private static func finding(_ counts: [String: Int], _ tool: SyscallCounter.Tool, _ requests: UInt64) -> Finding {
        let each = counts.mapValues { Double($0) / Double(requests) }
        let names = each.filter { $0.key != "total" && $0.value >= 0.001 }.sorted { $0.value > $1.value }
        let total = each["total"] ?? 0
        return Finding(
            Scenario.syscalls.title,
            connections: connections,
            server: "\(requests) requests",
            values: [total],
            unit: "each",
            goal: Goals.syscallsPerRequest,
            note: "\(tool.rawValue): " + names.map { "\($0.key) \(Figure.short($0.value))" }.joined(separator: ", ")
        )
    }

    func allocations() throws(BenchError) -> [Finding] {
        try rig.withFolder { folder throws(BenchError) in
            let counter = try AllocationCounts(in: folder)
            let environment = counter.environment(counter: rig.allocationCounter)
            return try rig.withServer(environment: environment) { server throws(BenchError) in
                var books = try warmUp(server)
                let before = try counter.read()
                guard before.allocations > 0 else {
                    throw .cannotRun("\(rig.allocationCounter.path) was not loaded into the server; is it built?")
                }
                let run = counted(server, plan.countedRequests)
                let result = try Load.run(run)
                let after = try counter.read()
                try result.requireClean(run)
                books.add(result)
                try books.check(server.address)
                return [Self.finding(before, after, plan.countedRequests)]
            }
        }
    }

    private static func finding(
        _ before: AllocationCounts.Reading,
        _ after: AllocationCounts.Reading,
        _ requests: UInt64
    ) -> Finding {
        Finding(
            Scenario.allocations.title,
            connections: connections,
            server: "\(requests) requests",
            values: [Double(after.allocations - before.allocations) / Double(requests)],
            unit: "each",
            goal: Goals.allocationsPerPurchase,
            note: "\(Figure.short(Double(after.bytes - before.bytes) / Double(requests))) bytes asked for by each"
        )
    }

    /// Brings a server to its steady state: buffers grown, tables at a size.
    private func warmUp(_ server: Server) throws(BenchError) -> Books {
        var books = try stockUp(.purchaseHot, server.address)
        _ = try runServer(counted(server, plan.countedRequests / 2), &books)
        return books
    }

    private func counted(_ server: Server, _ requests: UInt64) -> LoadPlan {
        var run = load(.purchaseHot, server.address, connections: Self.connections)
        run.stop = .requests(requests)
        return run
    }
}
