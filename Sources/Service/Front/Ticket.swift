/// Who waits for an answer: a connection of a loop, as 64 bits that travel through mailboxes and gates.
///
/// The generation makes a late answer for a closed connection miss the one that took its place.
struct Ticket: Equatable, Sendable {
    /// Loop 10 bits, generation 22, connection index 32.
    let bits: UInt64

    /// Loops have the numbers below the last one, which is nobody's: more than a configuration can ask for.
    static let loopsMax = 1_024
    static let generationMask: UInt32 = 0x3F_FFFF

    /// The loop number of tickets that mean a place in the parking lot; no loop has it.
    static let parkedLoop = loopsMax - 1
    /// What the listener's events carry; no ticket has it, for there are fewer loops.
    static let listener = UInt64.max - 1

    init(loop: Int, generation: UInt32, connection: UInt32) {
        bits = UInt64(loop) << 54 | UInt64(generation & Self.generationMask) << 32 | UInt64(connection)
    }

    init(bits: UInt64) {
        self.bits = bits
    }

    var loop: Int { Int(bits >> 54) }
    var generation: UInt32 { UInt32(truncatingIfNeeded: bits >> 32) & Self.generationMask }
    var connection: UInt32 { UInt32(truncatingIfNeeded: bits) }
}
