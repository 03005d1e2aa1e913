import Platform

/// `load`: one run against any address.
enum LoadCommand {
    static let command = Command(
        name: "load",
        brief: "one run against a server that is running",
        summary: """
            Sends requests to a server that is already running, and prints what came back. The SKUs must be there
            (--mix create makes them). Latency is from sending in a closed loop, and from the time the request was
            meant to leave in an open one.
            """,
        options: [
            Option("address", "HOST:PORT", "127.0.0.1:8080", "the server"),
            Option("mix", "NAME", "purchase-hot", Mix.allCases.map(\.rawValue).joined(separator: ", ")),
            Option("connections", "N", "64", "keep-alive connections"),
            Option("threads", "N", "1", "generator threads"),
            Option("seconds", "S", "5", "how long to send"),
            Option("requests", "N", "", "how many to send, in place of --seconds"),
            Option("mode", "closed|open", "closed", "next request after the answer, or at a fixed rate"),
            Option("rate", "N", "", "requests per second of an open loop, over all connections"),
            Option("pipeline", "N", "1", "requests in flight on one connection"),
            Option("skus", "N", "1", "number of SKUs of the zipf mixes"),
            Option("skew", "X", "0.99", "Zipf exponent; 0 is uniform"),
            Option("sku-prefix", "TEXT", "bench-", "SKU n is this prefix and n in eight digits"),
            Option("sku", "NAME", "", "the one SKU of the other mixes, by its full name"),
            Option("stock", "N", "1000000000000", "stock of each SKU that --mix create makes"),
            Option("keys", "on|off", "on", "whether purchases carry a unique Idempotency-Key"),
            Option("header", "LINE", "", "a further header line, such as 'Authorization: Bearer x'"),
            Option("seed", "N", "1", "seed of the Zipf draws"),
            Option("json", "", "", "print JSON in place of the table"),
        ],
        run: run
    )

    private static func run(_ options: Options) throws(BenchError) {
        let plan = try plan(options)
        let result = try Load.run(plan)
        let report = LoadReport(plan, result)
        say(options.isOn("json") ? try JSONText.of(report) : report.table)
        guard result.answered > 0 else { throw .cannotRun("no answer came: \(result.firstLoss)") }
        if result.connectionsLost > 0 {
            throw .failed("\(result.connectionsLost) connections were lost; the first: \(result.firstLoss)")
        }
        if result.unanswered > 0 { throw .failed("\(result.unanswered) requests were never answered") }
    }

    private static func plan(_ options: Options) throws(BenchError) -> LoadPlan {
        let mixName = try options.choice("mix", Mix.allCases.map(\.rawValue)) ?? ""
        var plan = LoadPlan(address: try options.address("address"), mix: Mix(rawValue: mixName) ?? .purchaseHot)
        plan.connections = try options.integer("connections", 1...50_000) ?? plan.connections
        plan.threads = try options.integer("threads", 1...256) ?? plan.threads
        plan.pipeline = try options.integer("pipeline", 1...1_024) ?? plan.pipeline
        plan.skus = try options.integer("skus", 1...SKUNames.countMax) ?? plan.skus
        plan.skew = try options.number("skew", 0...10) ?? plan.skew
        plan.names = SKUNames(prefix: options.text("sku-prefix") ?? "")
        plan.stock = UInt64(try options.integer("stock", 0...(1 << 53 - 1)) ?? 0)
        plan.keys = try options.choice("keys", ["on", "off"]) == "on"
        plan.seed = UInt64(try options.integer("seed", 0...Int.max) ?? 1)
        plan.sku = options.text("sku")
        plan.headers = options.text("header").map { [$0] } ?? []
        if plan.sku != nil && (plan.mix.isZipf || plan.mix == .create) {
            throw .usage("--sku names one SKU; --mix \(mixName) is about many")
        }
        guard plan.threads <= plan.connections else { throw .usage("--threads cannot exceed --connections") }
        try pace(options, &plan)
        return plan
    }

    private static func pace(_ options: Options, _ plan: inout LoadPlan) throws(BenchError) {
        if let requests = try options.integer("requests", 1...Int.max) {
            plan.stop = .requests(UInt64(requests))
        } else {
            plan.stop = .seconds(try options.number("seconds", 0.01...86_400) ?? 5)
        }
        // Each SKU is made once.
        if plan.mix == .create { plan.stop = .requests(UInt64(plan.skus)) }
        let rate = try options.integer("rate", 1...10_000_000)
        if try options.choice("mode", ["closed", "open"]) == "open" {
            guard let rate else { throw .usage("--mode open needs --rate") }
            guard rate >= plan.threads else { throw .usage("--rate must be at least one request a thread") }
            plan.pace = .open(perSecond: UInt64(rate))
        } else if rate != nil {
            throw .usage("--rate needs --mode open")
        }
    }
}
