/// Makes the requests of one generator thread: copies of one template, each with its changing digits (SKU, key, buyer)
/// patched in place, so that a request costs no allocation and no copy.
struct RequestSource: ~Copyable {
    /// `pipeline` copies of the template; what is sent is a prefix of it.
    private(set) var bytes: [UInt8]
    /// The request that confirms a hold.
    private(set) var confirmation: [UInt8]
    /// Length of one request.
    let requestBytes: Int

    private let plan: LoadPlan
    private let places: RequestTemplate.Places
    private let confirmPlaces: RequestTemplate.Places
    private var confirmed: UInt64
    private let sampler: ZipfSampler?
    private var random: SplitMix64
    private var made: UInt64

    /// A source for one thread of the plan: 0 and up, which keeps keys, buyers and random numbers of the threads apart.
    init(_ plan: LoadPlan, thread: Int) {
        let template = RequestTemplate(plan)
        let confirm = RequestTemplate(confirming: plan)
        confirmation = confirm.bytes
        confirmPlaces = confirm.places
        self.plan = plan
        places = template.places
        requestBytes = template.bytes.count
        bytes = (0..<plan.pipeline).flatMap { _ in template.bytes }
        sampler = plan.mix.isZipf ? ZipfSampler(count: plan.skus, skew: plan.skew) : nil
        random = SplitMix64(seed: plan.seed &+ UInt64(thread) &* 0x1_0000_0001)
        // Thread t makes requests t, t + threads, t + 2 * threads and so on, so that no number is made twice.
        made = UInt64(thread)
        confirmed = UInt64(thread)
    }

    /// Makes the request that confirms a hold.
    mutating func makeConfirmation(of hold: InlineArray<56, UInt8>) {
        if let place = confirmPlaces.sku {
            for index in hold.indices { confirmation[place + index] = hold[index] }
        }
        if let place = confirmPlaces.key { Self.writeHex(confirmed, at: place, in: &confirmation) }
        confirmed &+= UInt64(plan.threads)
    }

    /// Makes the next request in slot `slot`.
    ///
    /// - Returns: the index of the SKU it is about.
    mutating func make(slot: Int) -> Int {
        let number = made
        made &+= UInt64(plan.threads)
        let base = slot &* requestBytes
        let sku = chooseSKU(number)
        if let place = places.sku {
            Self.writeDecimal(UInt64(sku), digits: SKUNames.digits, at: base + place, in: &bytes)
        }
        if let place = places.key { Self.writeHex(number, at: base + place, in: &bytes) }
        if let place = places.buyer {
            let buyer = plan.mix.buyers.map { number % $0 } ?? number
            Self.writeDecimal(buyer, digits: RequestTemplate.buyerDigits, at: base + place, in: &bytes)
        }
        return sku
    }

    private mutating func chooseSKU(_ number: UInt64) -> Int {
        if let sampler { return sampler.next(&random) }
        return plan.mix == .create ? Int(number) : 0
    }

    private static func writeDecimal(_ value: UInt64, digits: Int, at start: Int, in bytes: inout [UInt8]) {
        var rest = value
        var at = start + digits
        while at > start {
            at -= 1
            bytes[at] = UInt8(truncatingIfNeeded: rest % 10) &+ UInt8(ascii: "0")
            rest /= 10
        }
    }

    private static func writeHex(_ value: UInt64, at start: Int, in bytes: inout [UInt8]) {
        var rest = value
        var at = start + RequestTemplate.keyDigits
        while at > start {
            at -= 1
            let digit = UInt8(truncatingIfNeeded: rest & 15)
            bytes[at] = digit &+ (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") &- 10)
            rest >>= 4
        }
    }
}

/// The bytes of one request, with the places of its changing digits.
struct RequestTemplate {
    static let keyDigits = 16
    static let buyerDigits = 9

    /// Offsets of the first changing digit; nil where nothing changes.
    struct Places {
        var sku: Int?
        var key: Int?
        var buyer: Int?
    }

    private(set) var bytes: [UInt8] = []
    private(set) var places = Places()

    init(_ plan: LoadPlan) {
        let body = Self.body(plan)
        if plan.mix == .cart {
            append("POST /v1/carts")
        } else {
            append(plan.mix.method + " /v1/skus/")
            appendSKU(plan)
            append(plan.mix.resource)
        }
        append(" HTTP/1.1\r\nHost: \(plan.address)\r\n")
        if !body.isEmpty { append("Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n") }
        if plan.mix.isPurchase && plan.keys { appendKey(plan) }
        for header in plan.headers { append(header + "\r\n") }
        append("\r\n")
        if plan.mix.isPurchase { places.buyer = bytes.count + Self.buyerStart }
        append(body)
    }

    /// The request that confirms a hold: its id stands in the place of the SKU.
    init(confirming plan: LoadPlan) {
        append("POST /v1/holds/")
        places.sku = bytes.count
        append(String(repeating: "0", count: 56))
        append("/confirm HTTP/1.1\r\nHost: \(plan.address)\r\n")
        append("Content-Type: application/json\r\nContent-Length: 2\r\n")
        if plan.keys { appendKey(plan) }
        for header in plan.headers { append(header + "\r\n") }
        append("\r\n{}")
    }

    private static let buyerStart = #"{"buyer":"b"#.utf8.count

    private static func body(_ plan: LoadPlan) -> String {
        switch plan.mix {
        case .purchaseHot, .purchaseZipf, .soldOut:
            #"{"buyer":"b"# + String(repeating: "0", count: buyerDigits) + #"","quantity":1}"#
        case .wallet:
            #"{"buyer":"b"# + String(repeating: "0", count: buyerDigits) + #"","quantity":1,"payment":"wallet"}"#
        case .cart:
            #"{"buyer":"b"# + String(repeating: "0", count: buyerDigits) + #"","lines":["#
                + (0..<plan.mix.linesPerSale).map { #"{"sku":"\#(plan.names.name($0))","quantity":1}"# }
                .joined(separator: ",") + "]}"
        case .hold, .holdOnly:
            #"{"buyer":"b"# + String(repeating: "0", count: buyerDigits)
                + #"","quantity":1,"ttl_seconds":\#(plan.holdSeconds)}"#
        case .create:
            #"{"title":"Benchmark article","price":{"amount":\#(LoadPlan.price),"currency":"USD"},"stock":\#(plan.stock)}"#
        case .get, .getZipf:
            ""
        }
    }

    private mutating func appendSKU(_ plan: LoadPlan) {
        if let sku = plan.sku {
            append(sku)
            return
        }
        append(plan.names.prefix)
        places.sku = bytes.count
        append(String(repeating: "0", count: SKUNames.digits))
    }

    private mutating func appendKey(_ plan: LoadPlan) {
        let space = String(plan.keySpace, radix: 16)
        append("Idempotency-Key: " + String(repeating: "0", count: 16 - space.utf8.count) + space + "-")
        places.key = bytes.count
        append(String(repeating: "0", count: Self.keyDigits) + "\r\n")
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }
}

extension Mix {
    /// The request line's method.
    fileprivate var method: String {
        switch self {
        case .purchaseHot, .purchaseZipf, .soldOut, .hold, .holdOnly, .wallet, .cart: "POST"
        case .get, .getZipf: "GET"
        case .create: "PUT"
        }
    }
}
