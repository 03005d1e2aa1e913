/// The names of the buyers of up to a thousand holds, end to end in one piece of memory.
///
/// An order that is made of a hold shows the buyer's name, and its record holds it, long after the request that told it.
///
/// Cost: 5 bytes a name and the name; half as much again of what is forgotten at most.
struct HolderNames: Sendable, Equatable {
    /// Each behind a one-byte count.
    private var bytes: [UInt8] = []
    /// Where each begins.
    private var starts: [UInt32] = []
    /// Bytes of names that another one has taken the place of.
    private var staleBytes = 0

    /// Keeps a name of at most 255 bytes; places are first used in their order.
    mutating func set(_ name: Span<UInt8>, at place: Int) {
        while starts.count < place { starts.append(emptyName()) }
        guard place < starts.count else { return starts.append(append(name)) }
        staleBytes += Int(bytes[Int(starts[place])]) + 1
        starts[place] = append(name)
        if staleBytes > bytes.count / 3 + Self.staleBytesMin { rewrite() }
    }

    /// Lends the name of a place; an empty one where none was set.
    func withName<Result>(_ place: Int, _ body: (Span<UInt8>) -> Result) -> Result {
        guard place < starts.count else { return body(Span()) }
        let start = Int(starts[place])
        return body(bytes.span.extracting((start + 1)..<(start + 1 + Int(bytes[start]))))
    }

    static func == (left: HolderNames, right: HolderNames) -> Bool {
        left.starts.count == right.starts.count
            && left.starts.indices.allSatisfy { left.name($0).elementsEqual(right.name($0)) }
    }

    private func name(_ place: Int) -> ArraySlice<UInt8> {
        let start = Int(starts[place])
        return bytes[(start + 1)..<(start + 1 + Int(bytes[start]))]
    }

    /// Below it rewriting saves nothing.
    private static let staleBytesMin = 256

    private mutating func emptyName() -> UInt32 {
        bytes.append(0)
        return UInt32(bytes.count - 1)
    }

    private mutating func append(_ name: Span<UInt8>) -> UInt32 {
        let start = UInt32(bytes.count)
        bytes.append(UInt8(name.count))
        for index in name.indices { bytes.append(name[index]) }
        return start
    }

    /// Leaves out what is forgotten.
    private mutating func rewrite() {
        var fresh: [UInt8] = []
        fresh.reserveCapacity(bytes.count - staleBytes)
        for place in starts.indices {
            let start = UInt32(fresh.count)
            fresh.append(bytes[Int(starts[place])])
            fresh.append(contentsOf: name(place))
            starts[place] = start
        }
        bytes = fresh
        staleBytes = 0
    }
}

extension HolderNames {
    func write<Sink: FlatSink>(_ place: Int, to sink: Sink) throws(Sink.Failure) {
        let name = place < starts.count ? name(place) : []
        try sink.put(UInt8(name.count))
        for byte in name { try sink.put(byte) }
    }

    static func read<Source: FlatSource>(from source: Source) throws(Source.Failure) -> [UInt8] {
        var name: [UInt8] = []
        for _ in 0..<(try source.take(UInt8.self)) { name.append(try source.take(UInt8.self)) }
        return name
    }
}

extension Hold {
    /// Number 8, buyer 16, unit price 8 and 3, quantity 4, extensions 1, frozen 1, state 1, deadline 8, order 8.
    func write<Sink: FlatSink>(to sink: Sink) throws(Sink.Failure) {
        try sink.put(number)
        try sink.put(buyer.high)
        try sink.put(buyer.low)
        try sink.put(unitPrice.amount)
        let letters = unitPrice.currency.bytes
        for letter in [letters.0, letters.1, letters.2] { try sink.put(letter) }
        try sink.put(UInt32(quantity.units))
        try sink.put(extensions)
        try sink.put(UInt8(wasFrozen ? 1 : 0))
        try sink.put(state.rawValue)
        try sink.put(deadline.millisecondsSinceEpoch)
        try sink.put(order)
    }

    /// The hold that was written.
    ///
    /// - Returns: nil where it can be none.
    static func read<Source: FlatSource>(from source: Source) throws(Source.Failure) -> Hold? {
        let number = try source.take(UInt64.self)
        let buyer = Fingerprint(high: try source.take(UInt64.self), low: try source.take(UInt64.self))
        let amount = try source.take(Int64.self)
        let letters = [try source.take(UInt8.self), try source.take(UInt8.self), try source.take(UInt8.self)]
        let quantity = Quantity(Int64(try source.take(UInt32.self)))
        let extensions = try source.take(UInt8.self)
        let wasFrozen = try source.take(UInt8.self) != 0
        let state = State(rawValue: try source.take(UInt8.self))
        let deadline = Instant(millisecondsSinceEpoch: try source.take(Int64.self))
        let order = try source.take(UInt64.self)
        guard let currency = Currency(letters.span), let quantity, let state else { return nil }
        var hold = Hold(
            number: number,
            buyer: buyer,
            unitPrice: Money(amount: amount, currency: currency),
            quantity: quantity,
            deadline: deadline
        )
        hold.extensions = extensions
        hold.wasFrozen = wasFrozen
        hold.state = state
        hold.order = order
        return hold
    }
}
