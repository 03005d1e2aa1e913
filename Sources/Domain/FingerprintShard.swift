/// One run of slots that maps fingerprints to numbers: open addressing, where a newcomer takes the slot of whoever is
/// nearer to its own home ("Robin Hood").
///
/// A fingerprint's home is its place in the order of all hashes, scaled to the capacity. So a capacity need not be a
/// power of two, entries lie nearly sorted, and growing copies from front to back. Load is kept between 0.6 and 0.9:
/// 27 to 40 bytes an entry.
///
/// Isolation: whoever owns the table.
@safe
struct FingerprintShard: ~Copyable {
    struct Slot {
        var fingerprint: Fingerprint
        /// One more than the value; 0 where the slot is empty, so that no fingerprint has to stand for "none".
        var valuePlusOne: UInt64

        static let empty = Slot(fingerprint: Fingerprint(high: 0, low: 0), valuePlusOne: 0)
    }

    // SAFETY: owned by this value alone: `capacity` initialised slots. Every index used is a home, which is below the
    // capacity, or follows one by `next`, which wraps.
    private var slots: UnsafeMutablePointer<Slot>?
    private(set) var count = 0
    private(set) var capacity: Int

    init(capacity: Int = 0) {
        self.capacity = capacity
        unsafe slots = capacity == 0 ? nil : Self.emptySlots(capacity)
    }

    deinit {
        unsafe slots?.deallocate()
    }

    /// Spreads fingerprints that somebody made by hand, such as 1, 2, 3; those of a keyed hash are spread already.
    @inline(__always)
    static func hash(_ fingerprint: Fingerprint) -> UInt64 {
        fingerprint.high &* 0x9e37_79b9_7f4a_7c15 ^ fingerprint.low &* 0xd6e8_feb8_6659_fd93
    }

    /// The value of a fingerprint whose hash this is.
    @inline(__always)
    func find(_ fingerprint: Fingerprint, hash: UInt64) -> UInt64? {
        guard count > 0, let slots = unsafe slots else { return nil }
        let place = unsafe locate(fingerprint, hash: hash, in: slots)
        return place.isFound ? unsafe slots[place.index].valuePlusOne &- 1 : nil
    }

    /// The slot that a fingerprint with this hash would have to itself.
    func place(hash: UInt64) -> UnsafeRawPointer? {
        guard capacity > 0, let slots = unsafe slots else { return nil }
        return unsafe UnsafeRawPointer(slots + home(hash))
    }

    /// Gives a fingerprint a value made from the one it had (nil if none); tells the one it had.
    @inline(__always)
    mutating func update(
        _ fingerprint: Fingerprint,
        hash: UInt64,
        _ value: (UInt64?) -> UInt64
    ) -> UInt64? {
        if let slots = unsafe slots {
            let place = unsafe locate(fingerprint, hash: hash, in: slots)
            if place.isFound {
                let former = unsafe slots[place.index].valuePlusOne &- 1
                unsafe slots[place.index].valuePlusOne = value(former) &+ 1
                return former
            }
            if hasRoom {
                insert(Slot(fingerprint: fingerprint, valuePlusOne: value(nil) &+ 1), at: place.index)
                return nil
            }
        }
        grow()
        insertAbsent(Slot(fingerprint: fingerprint, valuePlusOne: value(nil) &+ 1), hash: hash)
        return nil
    }

    /// Visits every entry, in an order that jumps about.
    ///
    /// In the order of the slots, a table that is filled from another would fill from its front, with everything
    /// far from home: quadratic time.
    func visit<Failure: Error>(
        _ body: (Fingerprint, UInt64) throws(Failure) -> Void
    ) throws(Failure) {
        guard count > 0, let slots = unsafe slots else { return }
        let step = Self.scatteringStep(capacity)
        var index = 0
        for _ in 0..<capacity {
            let slot = unsafe slots[index]
            if slot.valuePlusOne != 0 { try body(slot.fingerprint, slot.valuePlusOne &- 1) }
            index &+= step
            if index >= capacity { index &-= capacity }
        }
    }

    /// Visits every entry in the order of the slots: for moving entries into shards of their final size.
    func visitInOrder(_ body: (Fingerprint, UInt64) -> Void) {
        guard let slots = unsafe slots else { return }
        for index in 0..<capacity {
            let slot = unsafe slots[index]
            if slot.valuePlusOne != 0 { body(slot.fingerprint, slot.valuePlusOne &- 1) }
        }
    }
}

extension FingerprintShard {
    /// Lends the memory of the slots.
    func withSlotBytes<Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        guard let slots = unsafe slots else { return }
        // SAFETY: all slots are initialised, and a slot has no padding.
        try unsafe body(UnsafeRawBufferPointer(UnsafeBufferPointer(start: slots, count: capacity)))
    }

    /// A shard whose slots' memory is filled by `fill`.
    ///
    /// - Parameters:
    ///   - capacity: slots.
    ///   - holds: whether an entry with this hash belongs into the shard.
    ///   - fill: fills the memory it is given with bytes that may be anything.
    /// - Returns: nil where they make no shard: too full, or with an entry that would not be found where it lies.
    /// - Throws: what `fill` throws.
    static func filled<Failure: Error>(
        capacity: Int,
        holds: (UInt64) -> Bool,
        _ fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) -> FingerprintShard? {
        guard capacity > 0 else { return FingerprintShard() }
        let slots = UnsafeMutablePointer<Slot>.allocate(capacity: capacity)
        do throws(Failure) {
            // SAFETY: any bytes make a slot, which is three integers; the memory is the slots' own.
            try unsafe fill(UnsafeMutableRawBufferPointer(start: slots, count: capacity * MemoryLayout<Slot>.stride))
        } catch {
            unsafe slots.deallocate()
            throw error
        }
        var shard = unsafe FingerprintShard(owning: slots, capacity: capacity)
        guard shard.recount(holds) else { return nil }
        return shard
    }

    private init(owning slots: UnsafeMutablePointer<Slot>, capacity: Int) {
        unsafe self.slots = slots
        self.capacity = capacity
    }

    /// Counts the entries.
    ///
    /// - Returns: false where a search would not end, or an entry would not be found: one is if it belongs into this
    ///   shard and lies at most one slot further from its home than the entry right before it does.
    private mutating func recount(_ holds: (UInt64) -> Bool) -> Bool {
        guard let slots = unsafe slots else { return true }
        var count = 0
        var before = unsafe distance(slots[capacity - 1])
        for index in 0..<capacity {
            let slot = unsafe slots[index]
            guard slot.valuePlusOne != 0 else {
                before = -1
                continue
            }
            let hash = Self.hash(slot.fingerprint)
            var own = index &- home(hash)
            if own < 0 { own &+= capacity }
            guard own <= before &+ 1, holds(hash) else { return false }
            before = own
            count &+= 1
        }
        self.count = count
        return count &* 10 <= capacity &* 9
    }

    /// How far from its home the entry of the last slot lies; -1 where that is empty.
    private func distance(_ last: Slot) -> Int {
        guard last.valuePlusOne != 0 else { return -1 }
        let own = capacity - 1 - home(Self.hash(last.fingerprint))
        return own < 0 ? own + capacity : own
    }
}

extension FingerprintShard {
    private struct Place {
        /// Where the fingerprint is, or where it belongs.
        let index: Int
        let isFound: Bool
    }

    /// Nine of ten slots may be used; at least one is always empty, so that every search ends.
    private var hasRoom: Bool { (count &+ 1) &* 10 <= capacity &* 9 }

    private static func emptySlots(_ capacity: Int) -> UnsafeMutablePointer<Slot> {
        let slots = UnsafeMutablePointer<Slot>.allocate(capacity: capacity)
        unsafe slots.initialize(repeating: .empty, count: capacity)
        return unsafe slots
    }

    /// About the golden part of `capacity` and without a common divisor: a walk by it meets every slot once.
    private static func scatteringStep(_ capacity: Int) -> Int {
        var step = max(1, capacity * 618 / 1_000)
        while greatestCommonDivisor(step, capacity) != 1 { step += 1 }
        return step
    }

    private static func greatestCommonDivisor(_ first: Int, _ second: Int) -> Int {
        second == 0 ? first : greatestCommonDivisor(second, first % second)
    }

    @inline(__always)
    private func home(_ hash: UInt64) -> Int {
        Int(truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(truncatingIfNeeded: capacity)).high)
    }

    @inline(__always)
    private func next(_ index: Int) -> Int {
        index &+ 1 == capacity ? 0 : index &+ 1
    }

    /// Walks from the home until the fingerprint, an empty slot, or an entry nearer to its home than we to ours.
    @inline(__always)
    private func locate(_ fingerprint: Fingerprint, hash: UInt64, in slots: UnsafeMutablePointer<Slot>) -> Place {
        var index = home(hash)
        var distance = 0
        while true {
            let slot = unsafe slots[index]
            if slot.valuePlusOne == 0 { return Place(index: index, isFound: false) }
            if slot.fingerprint == fingerprint { return Place(index: index, isFound: true) }
            var itsDistance = index &- home(Self.hash(slot.fingerprint))
            if itsDistance < 0 { itsDistance &+= capacity }
            if itsDistance < distance { return Place(index: index, isFound: false) }
            index = next(index)
            distance &+= 1
        }
    }

    /// Puts an entry where it belongs and moves those after it up by one, as far as the next empty slot.
    private mutating func insert(_ entry: Slot, at start: Int) {
        guard let slots = unsafe slots else { return }
        var carried = entry
        var index = start
        while true {
            let displaced = unsafe slots[index]
            unsafe slots[index] = carried
            if displaced.valuePlusOne == 0 { break }
            carried = displaced
            index = next(index)
        }
        count &+= 1
    }

    /// Puts in an entry that is known not to be there, into a shard that has room.
    private mutating func insertAbsent(_ entry: Slot, hash: UInt64) {
        guard let slots = unsafe slots else { return }
        insert(entry, at: unsafe locate(entry.fingerprint, hash: hash, in: slots).index)
    }

    private mutating func grow() {
        var grown = FingerprintShard(capacity: max(4, capacity &+ (capacity &+ 1) / 2))
        visitInOrder { fingerprint, value in
            grown.insertAbsent(Slot(fingerprint: fingerprint, valuePlusOne: value &+ 1), hash: Self.hash(fingerprint))
        }
        self = grown
    }
}
