import Domain
import HTTP
import Journal
import Keepers

/// What stands around an event.
enum EventFrame {
    /// A line of JSON with the offset as its first member.
    case line
    /// An event of an event stream (HTML, 9.2.6), with the offset as its id and the line as its data.
    case stream
}

/// Writes the events of one journal while the places in the others stay the same.
struct EventText {
    private let frame: EventFrame
    private let journal: UInt16
    private let key: FingerprintKey
    private let around: (before: [UInt8], behind: [UInt8])

    init(_ frame: EventFrame, journal: UInt16, key: FingerprintKey, _ around: (before: [UInt8], behind: [UInt8])) {
        self.frame = frame
        self.journal = journal
        self.key = key
        self.around = around
    }

    /// Appends a purchase: what nearly all events are.
    @inline(__always)
    func write(
        _ record: PurchaseRecord,
        at position: JournalPosition,
        _ offset: JournalPosition,
        _ payload: Span<UInt8>,
        to output: inout ByteWriter
    ) {
        begin("purchased", offset, to: &output)
        output.append("\"sku\":\"")
        output.append(payload.extracting(record.head.sku))
        output.append("\",")
        output.append(
            members: record.purchase,
            record.head,
            id: OrderID(journal: journal, position: position),
            key: key,
            buyer: payload.extracting(record.buyer)
        )
        output.append(by: payload.extracting(record.head.by))
        end(&output)
    }

    /// Appends any event; what transactions note for themselves is none.
    func write(
        _ record: JournalRecord,
        at position: JournalPosition,
        _ offset: JournalPosition,
        _ payload: Span<UInt8>,
        to output: inout ByteWriter
    ) {
        switch record {
        case .sku(let record):
            begin(record.event.name, offset, to: &output)
            output.append("\"sku\":\"")
            output.append(payload.extracting(record.head.sku))
            output.append("\",")
            output.append(
                members: record,
                id: OrderID(journal: journal, position: position),
                key: key,
                buyer: payload.extracting(record.buyer),
                sku: payload.extracting(record.head.sku)
            )
            output.append(by: payload.extracting(record.head.by))
        case .wallet(let record):
            begin(record.change.command.name, offset, to: &output)
            output.append("\"wallet\":\"")
            output.append(payload.extracting(record.head.sku))
            output.append("\",")
            output.append(record.change)
            output.append(by: payload.extracting(record.head.by))
        case .transaction: return
        }
        end(&output)
    }

    /// Appends that what stood between two places is not kept.
    func write(gapAfter begin: JournalPosition, before end: JournalPosition, to output: inout ByteWriter) {
        self.begin("gap", end, to: &output)
        output.append("\"gap\":{\"journal\":")
        output.append(decimal: UInt64(journal))
        output.append(",\"after\":")
        output.append(decimal: begin.rawValue)
        output.append(",\"before\":")
        output.append(decimal: end.rawValue)
        output.append("}")
        self.end(&output)
    }

    @inline(__always)
    private func begin(_ type: StaticString, _ offset: JournalPosition, to output: inout ByteWriter) {
        switch frame {
        case .line: output.append("{\"offset\":\"")
        case .stream:
            output.append("id: ")
            append(offset, to: &output)
            output.append("\nevent: ")
            output.append(type)
            output.append("\ndata: {\"offset\":\"")
        }
        append(offset, to: &output)
        output.append("\",")
    }

    @inline(__always)
    private func append(_ offset: JournalPosition, to output: inout ByteWriter) {
        output.append(around.before.span)
        output.append(decimal: UInt64(journal))
        output.append(0x2E)
        output.append(decimal: offset.rawValue)
        output.append(around.behind.span)
    }

    @inline(__always)
    private func end(_ output: inout ByteWriter) {
        switch frame {
        case .line: output.append("}\n")
        case .stream: output.append("}\n\n")
        }
    }
}
