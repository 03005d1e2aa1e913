import Synchronization

/// What all who watch a SKU are told: one text at a time, made by the SKU's loop and sent by every loop that has watchers.
///
/// It lives as long as somebody watches: the SKU's loop lets go of it when nobody else has it.
///
/// - Isolation: any thread; the SKU's loop alone publishes.
final class Feed: Sendable {
    /// One text, and which one it is.
    struct Text {
        /// Counts the texts: 0 before the first.
        var version: UInt64 = 0
        /// An event of the stream.
        var bytes: [UInt8] = []
        /// Whether it is the last one.
        var isLast = false
    }

    private let latestText = Mutex(Text())
    private let latestVersion = Atomic<UInt64>(0)

    /// Texts so far.
    var version: UInt64 { latestVersion.load(ordering: .acquiring) }

    /// The latest text.
    var text: Text { latestText.withLock { $0 } }

    /// Replaces the text.
    func publish(_ bytes: [UInt8], isLast: Bool = false) {
        let version = latestText.withLock { text in
            text = Text(version: text.version + 1, bytes: bytes, isLast: isLast)
            return text.version
        }
        latestVersion.store(version, ordering: .releasing)
    }

    /// Gives a reference away as a number, for a mailbox that carries bytes only.
    var parcel: UInt { UInt(bitPattern: unsafe Unmanaged.passRetained(self).toOpaque()) }

    /// Takes the reference back, once, by the number that `parcel` gave.
    static func take(_ parcel: UInt) -> Feed {
        guard let address = unsafe UnsafeRawPointer(bitPattern: parcel) else { preconditionFailure("no feed") }
        // SAFETY: `parcel` has retained the object for exactly one taker.
        return unsafe Unmanaged<Feed>.fromOpaque(address).takeRetainedValue()
    }
}
