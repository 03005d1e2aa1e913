/// The holds of one SKU: the open ones, and the resolved ones as long as they are remembered.
///
/// A hold's name says its place, so nothing is searched. A place is given to another hold once the one in it has been
/// resolved for long enough. Which one that is, the event says: nothing here depends on a clock or a limit, so a replay
/// under other limits gives the same table.
///
/// Isolation: its owner. Cost: 64 bytes a place and the buyer's name, in chunks, so that growing never copies much.
public struct HoldTable: Sendable, Equatable {
    /// Places that are looked at for a new hold before the table grows.
    static let looksMax = 8
    /// Most places of one SKU.
    public static let placesMax = 1 << 26

    private static let chunkShift = 10
    private static let chunkCount = 1 << chunkShift

    private struct Chunk: Sendable, Equatable {
        var holds: [Hold] = []
        var names = HolderNames()
    }

    private var chunks: [Chunk] = []
    /// Places in use.
    public private(set) var count = 0
    /// Where the search for a place to give away goes on.
    public private(set) var hand = 0
    /// Holds that are not resolved.
    public private(set) var openCount = 0

    /// A table without holds.
    public init() {}

    /// The hold of that name, open or resolved; nil where there never was one, or it is forgotten.
    public func find(_ name: HoldName) -> Hold? {
        guard name.place < count, self[name.place].number == name.number else { return nil }
        return self[name.place]
    }

    /// The hold that has a place; nil where none has ever had it.
    public func hold(at place: UInt32) -> Hold? { place < count ? self[place] : nil }

    /// The name of the buyer whose hold has a place, which must be in use.
    public func withBuyerName<Result>(at place: UInt32, _ body: (Span<UInt8>) -> Result) -> Result {
        chunks[Int(place) >> Self.chunkShift].names.withName(Int(place) & (Self.chunkCount - 1), body)
    }

    /// The hold that has a place, which must be in use.
    private(set) subscript(place: UInt32) -> Hold {
        get { chunks[Int(place) >> Self.chunkShift].holds[Int(place) & (Self.chunkCount - 1)] }
        set { chunks[Int(place) >> Self.chunkShift].holds[Int(place) & (Self.chunkCount - 1)] = newValue }
    }

    /// Visits every hold that is remembered, by its place.
    public func visit<Failure: Error>(_ body: (UInt32, Hold) throws(Failure) -> Void) throws(Failure) {
        for place in 0..<UInt32(count) { try body(place, self[place]) }
    }

    /// Where a new hold should be.
    ///
    /// - Parameter forgotten: whether a resolved hold need not be remembered any more.
    /// - Returns: its place; nil where there is none left.
    func placeForNew(forgotten: (Hold) -> Bool) -> UInt32? {
        var place = hand
        for _ in 0..<min(Self.looksMax, count) {
            let hold = self[UInt32(place)]
            if hold.state != .held, forgotten(hold) { return UInt32(place) }
            place = place + 1 == count ? 0 : place + 1
        }
        return count < Self.placesMax ? UInt32(count) : nil
    }

    /// Whether a new hold can have the place.
    func isFree(_ place: UInt32) -> Bool {
        place == count ? place < Self.placesMax : place < count && self[place].state != .held
    }

    /// Keeps a new hold in a place that is free.
    mutating func insert(_ hold: Hold, at place: UInt32) {
        if place == count {
            append(hold)
            // What was looked at in vain is looked at again after the rest.
            hand = (hand + Self.looksMax) % count
        } else {
            self[place] = hold
            hand = (Int(place) + 1) % count
        }
        openCount += 1
    }

    /// Keeps the name of the buyer whose hold has a place.
    mutating func setBuyerName(_ name: Span<UInt8>, at place: UInt32) {
        chunks[Int(place) >> Self.chunkShift].names.set(name, at: Int(place) & (Self.chunkCount - 1))
    }

    /// Changes a hold.
    mutating func update(_ place: UInt32, _ change: (inout Hold) -> Void) {
        let wasOpen = self[place].state == .held
        change(&self[place])
        let isOpen = self[place].state == .held
        openCount += (isOpen ? 1 : 0) - (wasOpen ? 1 : 0)
    }

    private mutating func append(_ hold: Hold) {
        if count % Self.chunkCount == 0 {
            var chunk = Chunk()
            // The first chunk grows as it must: most SKUs have few holds.
            if count > 0 { chunk.holds.reserveCapacity(Self.chunkCount) }
            chunks.append(chunk)
        }
        chunks[chunks.count - 1].holds.append(hold)
        count += 1
    }
}

extension HoldTable {
    /// Hands the table over, as `read` takes it back.
    public func write<Sink: FlatSink>(to sink: Sink) throws(Sink.Failure) {
        try sink.put(UInt64(count))
        try sink.put(UInt64(hand))
        for place in 0..<UInt32(count) {
            try self[place].write(to: sink)
            try chunks[Int(place) >> Self.chunkShift].names
                .write(Int(place) & (Self.chunkCount - 1), to: sink)
        }
    }

    /// A table that was handed over.
    ///
    /// - Returns: nil where no holds can have led to it.
    public static func read<Source: FlatSource>(from source: Source) throws(Source.Failure) -> HoldTable? {
        let count = try source.take(UInt64.self)
        let hand = try source.take(UInt64.self)
        guard count <= placesMax, count <= source.bytesLeftMax, hand == 0 || hand < count else { return nil }
        var table = HoldTable()
        for place in 0..<UInt32(count) {
            guard let hold = try Hold.read(from: source) else { return nil }
            table.append(hold)
            if hold.state == .held { table.openCount += 1 }
            let name = try HolderNames.read(from: source)
            table.setBuyerName(name.span, at: place)
        }
        table.hand = Int(hand)
        return table
    }
}
