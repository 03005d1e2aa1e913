import Platform
import Synchronization

/// What has been written to one file since its last sync, kept from the real file: it goes with the process.
///
/// All handles of a file share it, so that each of them reads what any of them wrote.
///
/// - Isolation: any thread.
final class UnsyncedBytes: Sendable {
    private struct Write: Sendable {
        let offset: UInt64
        let bytes: [UInt8]

        var end: UInt64 { offset + UInt64(bytes.count) }
    }

    private let writes = Mutex<[Write]>([])

    func add(_ bytes: Span<UInt8>, at offset: UInt64) {
        // SAFETY: the span's own bytes, copied during the call.
        let copy = unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) }
        writes.withLock { $0.append(Write(offset: offset, bytes: copy)) }
    }

    /// Brings everything to the real file.
    func flush(into file: RealFile) throws(SystemError) {
        try writes.withLock { (writes) throws(SystemError) in
            for write in writes { try file.writeFully(write.bytes.span, at: write.offset) }
            writes = []
        }
    }

    /// Brings some of it to the real file: each sector that a write reaches, or not, whatever happens to the others.
    func spill(into file: RealFile, _ random: inout SplitMix64) {
        let sectorBytes: UInt64 = 512
        writes.withLock { writes in
            for write in writes {
                var place = write.offset
                while place < write.end {
                    let next = min(write.end, (place / sectorBytes + 1) * sectorBytes)
                    if Bool.random(using: &random) {
                        let part = Array(write.bytes[Int(place - write.offset)..<Int(next - write.offset)])
                        try? file.writeFully(part.span, at: place)
                    }
                    place = next
                }
            }
        }
    }

    /// Reads from the file as it would be with everything synced; see `DiskFile`.
    func read(
        _ file: RealFile,
        at offset: UInt64,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Int {
        try writes.withLock { (writes) throws(SystemError) -> Int in
            var count = try unsafe file.readFully(at: offset, into: buffer)
            for write in writes where write.end > offset && write.offset < offset + UInt64(buffer.count) {
                let from = max(write.offset, offset)
                let place = Int(from - offset)
                let bytes = write.bytes[Int(from - write.offset)...].prefix(buffer.count - place)
                // A gap between the file's end and this write reads as zeros.
                for gap in count..<max(count, place) { unsafe buffer[gap] = 0 }
                for (index, byte) in bytes.enumerated() { unsafe buffer[place + index] = byte }
                count = max(count, place + bytes.count)
            }
            return count
        }
    }

    /// The file's size with everything synced.
    func size(of file: RealFile) throws(SystemError) -> UInt64 {
        try writes.withLock { (writes) throws(SystemError) -> UInt64 in
            writes.reduce(try file.size()) { max($0, $1.end) }
        }
    }
}
