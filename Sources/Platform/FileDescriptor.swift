import Glibc

/// An open descriptor with one owner; it is closed when its owner goes.
public struct FileDescriptor: ~Copyable, Sendable {
    /// The kernel's number.
    ///
    /// Borrowed: valid only while this value lives.
    public let raw: Int32

    /// Takes ownership of an open descriptor.
    public init(owning raw: Int32) {
        self.raw = raw
    }

    /// Gives the number away without closing it.
    public consuming func release() -> Int32 {
        let number = raw
        discard self
        return number
    }

    /// Closes now, and says what `close` said.
    public consuming func close() throws(SystemError) {
        let number = release()
        if Glibc.close(number) != 0 && errno != EINTR {
            throw SystemError("close")
        }
    }

    deinit {
        _ = Glibc.close(raw)
    }
}
