@testable import Domain

/// Bytes that a table's flat form is written to and read from.
final class FlatBuffer: FlatSink, FlatSource {
    struct End: Error {}

    private(set) var bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8] = []) {
        self.bytes = bytes
    }

    /// The bytes that `write` gives.
    static func of(_ write: (FlatBuffer) throws(End) -> Void) throws -> [UInt8] {
        let buffer = FlatBuffer()
        try write(buffer)
        return buffer.bytes
    }

    var bytesLeftMax: UInt64 { UInt64(bytes.count - place) }

    func put(_ more: UnsafeRawBufferPointer) throws(End) {
        unsafe bytes.append(contentsOf: more)
    }

    func take(into memory: UnsafeMutableRawBufferPointer) throws(End) {
        guard memory.count <= bytes.count - place else { throw End() }
        unsafe memory.copyBytes(from: bytes[place..<(place + memory.count)])
        place += memory.count
    }
}
