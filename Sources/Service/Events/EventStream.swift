import HTTP
import Journal
import Keepers
import Platform

/// One client's event stream: where it stands, and whether its connection has room.
///
/// The journal is its buffer: a part is read once the socket has taken the one before. So a slow client holds one part of
/// memory and nobody up, and falls behind.
///
/// - Isolation: the thread that tells of events.
final class EventStream<D: Disk> {
    let ticket: Ticket
    private let reader: EventReader<D>
    /// Whether a part is on its way to the socket.
    var isUnderWay = true

    /// How soon a client that has lost the connection comes back.
    ///
    /// Unit: milliseconds.
    static var retryMilliseconds: UInt64 { 1_000 }
    /// A part ends when it has grown to this.
    ///
    /// Unit: bytes. Several fit the mailbox to a loop, so that streams do not wait for each other.
    private static var partBytes: Int { 48 << 10 }

    init(_ ticket: Ticket, _ reader: EventReader<D>) {
        self.ticket = ticket
        self.reader = reader
    }

    /// Begins: tells where the client stands before any event, so that it loses none if it is cut off at once.
    ///
    /// - Throws: why there will be no events.
    func begin(to output: inout ByteWriter) throws(JournalError) {
        output.append("retry: ")
        output.append(decimal: Self.retryMilliseconds)
        output.append("\nid: ")
        output.append(reader.start)
        output.append("\n\n")
        _ = try reader.write(.max, to: &output, .stream, upTo: Self.partBytes)
    }

    /// Whether there may be something to send, and room for it.
    var mayWrite: Bool { !isUnderWay && reader.hasNews }

    /// Writes the next part.
    ///
    /// - Returns: false where nothing of what was read is to be sent.
    /// - Throws: why there will be no more.
    func write(to output: inout ByteWriter) throws(JournalError) -> Bool {
        try reader.write(.max, to: &output, .stream, upTo: Self.partBytes) > 0
    }
}
