import HTTP
import Journal
import Keepers

/// A place in each of several journals, as clients get and give it back: `0.520~1.1040`.
///
/// Number and position of each journal, ascending by number. Clients take it for opaque text.
struct JournalPlaces: Equatable {
    /// At most one for a journal, in the order of their numbers.
    private(set) var places: [RecordAddress] = []

    /// Reads a query's item.
    ///
    /// - Parameters:
    ///   - name: the item's.
    ///   - journals: the numbers of the journals that there are.
    ///   - exchange: the request.
    ///   - bytes: the request's.
    /// - Returns: nil where the item is not there.
    /// - Throws: where it is none that this server has given.
    static func query(
        _ name: StaticString,
        of journals: [UInt16],
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) throws(InvalidRequest) -> JournalPlaces? {
        do throws(HTTPRefusal) {
            guard let text = try QueryItems.value(of: name, in: exchange.request.query, of: bytes) else { return nil }
            guard let places = JournalPlaces(bytes, text, of: journals) else { throw .targetMalformed }
            return places
        } catch {
            throw InvalidRequest(name, error == .queryItemRepeated ? "stands twice" : "is none of this server's")
        }
    }

    /// Reads the text form; nil where it is none, or names a journal that is not among these.
    init?(_ bytes: Span<UInt8>, _ text: ByteRange, of journals: [UInt16]) {
        var at = text.start
        while at < text.end {
            let number = Self.number(bytes, &at, text.end, until: 0x2E)
            let position = Self.number(bytes, &at, text.end, until: 0x7E)
            guard let number, let position, let journal = UInt16(exactly: number), journals.contains(journal),
                position < JournalLimits.positionsMax, places.last.map({ $0.journal < journal }) ?? true
            else { return nil }
            set(RecordAddress(journal: journal, position: JournalPosition(rawValue: position)))
        }
    }

    /// No places.
    init() {}

    /// The place in a journal; nil where there is none.
    subscript(journal: UInt16) -> JournalPosition? {
        places.first { $0.journal == journal }?.position
    }

    /// Adds the place in the next journal.
    mutating func set(_ address: RecordAddress) { places.append(address) }

    private static func number(_ bytes: Span<UInt8>, _ at: inout Int, _ end: Int, until mark: UInt8) -> UInt64? {
        let start = at
        while at < end, bytes[at] != mark { at += 1 }
        defer { at += 1 }
        return Text.decimal(bytes, ByteRange(start..<at))
    }
}

extension ByteWriter {
    /// Appends places in their text form.
    mutating func append(_ places: JournalPlaces) {
        for (index, address) in places.places.enumerated() {
            if index > 0 { append(0x7E) }
            append(decimal: UInt64(address.journal))
            append(0x2E)
            append(decimal: address.position.rawValue)
        }
    }
}
