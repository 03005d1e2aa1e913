import Domain
import HTTP
import Journal
import Keepers
import Platform

extension Archive {
    /// Most events of one page.
    static var eventsMax: UInt64 { 10_000 }
    /// A page of events ends when it has grown to this.
    ///
    /// Unit: bytes.
    private static var pageBytes: Int { 256 << 10 }
    /// Readers that are kept for whoever asks for the next page.
    private static var readersMax: Int { 4 }

    /// Writes a page of events as lines of JSON.
    func events(_ records: RecordFinder<D>, _ exchange: Exchange, _ bytes: Span<UInt8>) {
        do throws(InvalidRequest) {
            let limit = try Query.number("limit", 1...Self.eventsMax, exchange, bytes) ?? 1_000
            let filter = try EventFilter(exchange, bytes)
            let after = try StreamRequest.after(sources, exchange, bytes)
            do throws(JournalError) {
                try page(Int(limit), reader(after, filter, records.key), exchange, bytes)
            } catch .noRecord {
                throw InvalidRequest("after", "is none of this server's")
            } catch {
                composer.problem(.internal, "The events cannot be read.", to: exchange, bytes, into: &output)
            }
        } catch {
            composer.invalid(error, to: exchange, bytes, into: &output)
        }
    }

    private func page(
        _ limit: Int,
        _ reader: EventReader<D>,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) throws(JournalError) {
        lines.reset()
        _ = try reader.write(limit, to: &lines, .line, upTo: Self.pageBytes)
        composer.answer(
            .ok,
            .lines,
            to: exchange,
            bytes,
            into: &output,
            fields: { Self.writePlace(of: reader, to: &$0) },
            { body, _ in lines.withSpan { body.append($0) } }
        )
        if readers.count == Self.readersMax { readers.removeFirst() }
        readers.append(reader)
    }

    /// Where a reader stands, as fields of an answer.
    static func writePlace(of reader: EventReader<D>, to output: inout ByteWriter) {
        output.append("Events-Next: ")
        output.append(reader.offset)
        output.append("\r\n")
        output.appendField("Events-Behind-Bytes: ", decimal: reader.behindBytes)
    }

    /// The reader that has stopped there, or a new one.
    private func reader(
        _ after: JournalPlaces,
        _ filter: EventFilter,
        _ key: FingerprintKey
    ) throws(JournalError) -> EventReader<D> {
        if let index = readers.firstIndex(where: { $0.filter == filter && $0.offset == after }) {
            return readers.remove(at: index)
        }
        return try EventReader(sources, key: key, after: after, filter)
    }
}
