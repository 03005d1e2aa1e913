import Domain
import Journal
import Keepers
import Loop

/// What has been read of a journal for the index of orders, on its way to the archive: the fixed part of a message.
///
/// Behind it stand the notes, one behind the other.
struct IndexMail: BitwiseCopyable {
    /// Everything before it was read.
    let position: UInt64
    /// The journal's number.
    let journal: UInt64

    /// One `OrderNote` in flat bytes.
    struct Note: BitwiseCopyable {
        /// The buyer's fingerprint.
        let high: UInt64
        let low: UInt64
        /// Where the order stands.
        let place: RecordPlace
        /// How many units of it are cancelled by now; negative where the record is the order's own.
        let cancelled: Int64

        init(_ note: OrderNote, at address: RecordAddress) {
            switch note {
            case .placed(let buyer):
                high = buyer.high
                low = buyer.low
                place = RecordPlace(retired: address)
                cancelled = -1
            case .told(let order, let units):
                high = 0
                low = 0
                place = RecordPlace(retired: order)
                cancelled = units
            }
        }

        func add(to index: OrderIndex) {
            let address = place.address(seenFrom: 0)
            guard cancelled < 0 else { return index.tell(address, cancelled: cancelled) }
            index.add(address, of: Fingerprint(high: high, low: low))
        }
    }

    /// A message with so many notes is sent; one record more adds at most one for each line of a cart.
    static let notesMax = 512
    /// The mailbox between the reading thread and the archive.
    ///
    /// Unit: bytes.
    static let mailboxBytes = 256 * 1_024

    /// Puts a message into the mailbox.
    ///
    /// - Returns: false where that has no room.
    func push(_ notes: [Note], into mailbox: Mailbox) -> Bool {
        let noteBytes = notes.count * MemoryLayout<Note>.stride
        return unsafe mailbox.push(byteCount: MemoryLayout<Self>.stride + noteBytes) { place in
            guard let base = place.baseAddress else { return }
            // SAFETY: the place has the bytes asked for; head and notes are bitwise copyable.
            unsafe base.storeBytes(of: self, as: Self.self)
            unsafe notes.withUnsafeBytes { source in
                guard let address = source.baseAddress else { return }
                unsafe (base + MemoryLayout<Self>.stride).copyMemory(from: address, byteCount: source.count)
            }
        }
    }

    /// Takes a message out of a mailbox's bytes.
    static func read(_ bytes: UnsafeRawBufferPointer, _ body: (Note) -> Void) -> IndexMail {
        // SAFETY: `push` wrote a head here, and whole notes behind it.
        let head = unsafe bytes.loadUnaligned(as: Self.self)
        var offset = MemoryLayout<Self>.stride
        while offset < bytes.count {
            unsafe body(bytes.loadUnaligned(fromByteOffset: offset, as: Note.self))
            offset += MemoryLayout<Note>.stride
        }
        return head
    }
}
