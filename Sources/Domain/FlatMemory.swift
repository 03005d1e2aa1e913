#if _endian(big)
#error("tables are kept as a little-endian machine has them in memory")
#endif

/// Where a table's memory goes to, or comes from, as it is: a file, a buffer.
///
/// Tables are written and restored as flat memory, because putting their entries in again one by one would take a
/// hundred times as long.
public protocol FlatSink<Failure> {
    /// Why it takes no more.
    associatedtype Failure: Error

    /// Takes the next bytes.
    func put(_ bytes: UnsafeRawBufferPointer) throws(Failure)
}

/// Gives the bytes back that a `FlatSink` was given.
public protocol FlatSource<Failure> {
    /// Why it gives no more.
    associatedtype Failure: Error

    /// The most bytes that are left: memory for more is never asked for, whatever the bytes say.
    var bytesLeftMax: UInt64 { get }

    /// Fills `bytes` with the next bytes.
    func take(into bytes: UnsafeMutableRawBufferPointer) throws(Failure)
}

extension FlatSink {
    func put(_ value: some FixedWidthInteger & BitwiseCopyable) throws(Failure) {
        var stored = value.littleEndian
        // SAFETY: the bytes of a local integer.
        try unsafe withUnsafeBytes(of: &stored) { (bytes) throws(Failure) in try unsafe put(bytes) }
    }
}

extension FlatSource {
    func take<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type) throws(Failure) -> Value {
        var stored: Value = 0
        // SAFETY: the bytes of a local integer, of which any pattern is a value.
        try unsafe withUnsafeMutableBytes(of: &stored) { (bytes) throws(Failure) in try unsafe take(into: bytes) }
        return Value(littleEndian: stored)
    }
}
