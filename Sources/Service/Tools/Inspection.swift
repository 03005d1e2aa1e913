import Domain
import HTTP
import Journal
import Keepers
import Platform

/// Prints the records of a folder that pass a filter, one a line, as they are read: with little memory, however many
/// there are.
struct Inspection<D: Disk> {
    private let folder: FolderReader<D>
    private let options: InspectOptions
    private let console: ToolConsole
    private let key: FingerprintKey
    private let sku: [UInt8]?
    private let buyer: [UInt8]?

    init(_ folder: FolderReader<D>, _ options: InspectOptions, _ console: ToolConsole) throws(ToolError) {
        self.folder = folder
        self.options = options
        self.console = console
        key = try folder.key()
        sku = options.sku.map { Array($0.utf8) }
        buyer = options.buyer.map { Array($0.utf8) }
    }

    /// Prints.
    ///
    /// - Throws: what is damaged, once everything before it is printed.
    func run() throws(ToolError) {
        var left = options.limit
        if let text = options.order {
            guard let order = OrderID(Array(text.utf8).span, key: key) else {
                throw ToolError(.inputMissing, "\(text) is no order of this folder")
            }
            return try printOrder(order)
        }
        for journal in try journals() where left > 0 {
            try print(journal, &left)
        }
    }

    private func journals() throws(ToolError) -> [Int] {
        guard let journal = options.journal else { return folder.journals }
        guard folder.journals.contains(journal) else {
            throw ToolError(.usage, "the folder has no journal \(journal)")
        }
        return [journal]
    }

    private func printOrder(_ order: OrderID) throws(ToolError) {
        let journal = Int(order.journal)
        guard folder.journals.contains(journal) else {
            throw ToolError(.inputMissing, "the order is in journal \(journal), which is not in this folder")
        }
        try reading { () throws(JournalError) in
            var payload: [UInt8] = []
            let type = try folder.journal(journal).record(at: order.position, into: &payload)
            try print(journal, order.position, type, payload.span)
        }
    }

    private func print(_ journal: Int, _ left: inout Int) throws(ToolError) {
        var rest = left
        do throws(JournalError) {
            let view = try folder.journal(journal)
            if view.start > options.from, options.from > .start {
                ToolConsole.note("journal \(journal) begins at position \(view.start): older records were deleted")
            }
            _ = try view.read(from: options.from) { (position, type, payload) throws(JournalError) in
                guard position < options.to, rest > 0, !console.isClosed else { throw .stopped }
                if try print(journal, position, type, payload) { rest -= 1 }
            }
        } catch {
            try console.finish()
            throw ToolError(error)
        }
        left = rest
    }

    /// Prints one record, if it passes.
    @discardableResult
    private func print(
        _ journal: Int,
        _ position: JournalPosition,
        _ type: UInt8,
        _ payload: Span<UInt8>
    ) throws(JournalError) -> Bool {
        guard let record = JournalRecord(type: type, payload, key: key) else {
            throw .unreadable(at: position, type: type)
        }
        switch record {
        case .sku(let record):
            if let sku, !payload.extracting(record.head.sku).isEqual(to: sku) { return false }
            if let buyer, !payload.extracting(record.buyer).isEqual(to: buyer) { return false }
            let frame = RecordFrame(journal: journal, position: position, head: record.head)
            let line = RecordLine(frame: frame, record: record, key: key)
            if options.isJSON {
                line.appendJSON(payload, to: &console.output)
            } else {
                line.appendText(payload, to: &console.output)
            }
        case .wallet(let record):
            guard sku == nil else { return false }
            if let buyer, !payload.extracting(record.head.sku).isEqual(to: buyer) { return false }
            let frame = RecordFrame(journal: journal, position: position, head: record.head)
            let line = WalletLine(frame: frame, record: record)
            if options.isJSON {
                line.appendJSON(payload, to: &console.output)
            } else {
                line.appendText(payload, to: &console.output)
            }
        case .transaction(let record):
            let line = TransactionRecordLine(journal: journal, position: position, record: record, key: key)
            guard line.concerns(sku: sku, buyer: buyer) else { return false }
            if options.isJSON { line.appendJSON(to: &console.output) } else { line.appendText(to: &console.output) }
        }
        console.writeIfLarge()
        return true
    }
}

extension Span<UInt8> {
    fileprivate func isEqual(to other: [UInt8]) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }
}

extension JournalError {
    /// The payload is no record of this version.
    static func unreadable(at position: JournalPosition, type: UInt8) -> Self {
        .refused(at: position, reason: "the payload of its type \(type) cannot be read")
    }
}
