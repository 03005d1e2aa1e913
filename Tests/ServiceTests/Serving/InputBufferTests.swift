import Testing

@testable import Service

@Suite("Received bytes")
struct InputBufferTests {
    @Test("a buffer holds what was put in and not taken out, as an array would", arguments: [1, 2, 3, 4])
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var buffer = InputBuffer()
        var model: [UInt8] = []
        for round in 0..<3_000 {
            switch random.next() % 8 {
            case 0...2:
                let bytes = (0..<Int(random.next() % 900)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                // SAFETY: the array's own bytes, for the length of the call.
                unsafe bytes.withUnsafeBufferPointer { unsafe buffer.append($0) }
                model += bytes
            case 3, 4:
                let wanted = Int(random.next() % 5_000)
                let room = unsafe buffer.reserve(wanted)
                #expect(room.count >= wanted)
                let filled = wanted == 0 ? 0 : Int(random.next() % UInt64(wanted + 1))
                for place in 0..<filled {
                    let byte = UInt8(truncatingIfNeeded: random.next())
                    // SAFETY: within the room.
                    unsafe room[place] = byte
                    model.append(byte)
                }
                buffer.filled(filled)
            case 5, 6:
                let taken = min(Int(random.next() % 3_000), model.count)
                buffer.consume(taken)
                model.removeFirst(taken)
            default:
                if random.next() % 40 == 0 {
                    buffer.release()
                    model = []
                }
            }
            #expect(buffer.count == model.count && buffer.isEmpty == model.isEmpty)
            // SAFETY: read at once, before the next change.
            let same = unsafe buffer.unread.elementsEqual(model)
            #expect(same, "seed \(seed), round \(round)")
        }
    }

    @Test("bytes that were given back before they were used up are not used up twice")
    func releasedMeanwhile() {
        var buffer = InputBuffer()
        let bytes: [UInt8] = [1, 2, 3]
        // SAFETY: as above.
        unsafe bytes.withUnsafeBufferPointer { unsafe buffer.append($0) }
        buffer.release()
        buffer.consume(3)
        #expect(buffer.isEmpty && buffer.count == 0)
        // SAFETY: as above.
        unsafe bytes.withUnsafeBufferPointer { unsafe buffer.append($0) }
        let same = unsafe buffer.unread.elementsEqual(bytes)
        #expect(same)
    }
}

/// SplitMix64: the same seed gives the same run, on any machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
