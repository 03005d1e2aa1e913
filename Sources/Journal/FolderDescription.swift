import Platform

/// What a data folder is, as its file `FOLDER` says: drawn once, when the folder is made.
///
/// Only `repartitioned` gives another one for the same folder.
public struct FolderDescription: Equatable, Sendable {
    /// What a folder is that no server may work on.
    public enum Mark: Equatable, Sendable {
        /// A copy of another folder, which keeps that one's id, begun at this time in milliseconds since 1970.
        case backup(takenMilliseconds: Int64)
        /// The work of a tool that was never finished: which tool's.
        case unfinished(String)
    }

    /// Which journals a folder had before others followed: these are read, and never written any more.
    ///
    /// The number of a journal is never used again.
    public struct Retirement: Equatable, Sendable {
        /// The number of the first journal that is not retired.
        public let firstJournal: Int
        /// The number of the first journal that followed others: from this one on, they begin with a snapshot.
        public let firstSuccessor: Int
    }

    /// Where the records of a restored folder come from.
    public struct Restoration: Equatable, Sendable {
        /// The folder that wrote them.
        public let from: JournalID
        /// How far they were taken over, in words without a line break.
        public let until: String

        /// An origin.
        public init(from: JournalID, until: String) {
            self.from = from
            self.until = until
        }
    }

    /// 1...`partitionsMax`.
    public private(set) var partitions: Int
    /// Which journals the folder had before; nil where it still has the partitions that it was made with.
    public private(set) var retirement: Retirement?
    /// Which folder this is: 16 random bytes.
    ///
    /// The journals' ids are made from it.
    public private(set) var id: JournalID
    /// 16 random bytes that no client ever sees, for keyed hashes.
    public let secret: [UInt8]
    /// When the folder was made, in milliseconds since 1970.
    public private(set) var createdMilliseconds: Int64
    /// Set where this is no folder to work on.
    public private(set) var mark: Mark?
    /// Set where the folder was restored from another one's records.
    public private(set) var restoration: Restoration?

    /// The highest number of a journal: records name the journals of others in 16 bits.
    public static let journalMax = 65_534
    /// Most partitions: there are 16,384 slots to share out, and each partition has threads of its own.
    public static let partitionsMax = 1_024
    /// The length of `secret`.
    public static let secretBytes = 16

    /// A description; sizes outside the limits above are a bug of the caller.
    public init(
        partitions: Int,
        retirement: Retirement? = nil,
        id: JournalID,
        secret: [UInt8],
        createdMilliseconds: Int64,
        mark: Mark? = nil,
        restoration: Restoration? = nil
    ) {
        precondition((1...Self.partitionsMax).contains(partitions) && secret.count == Self.secretBytes)
        self.partitions = partitions
        self.retirement = retirement
        self.id = id
        self.secret = secret
        self.createdMilliseconds = createdMilliseconds
        self.mark = mark
        self.restoration = restoration
        precondition(journals.upperBound - 1 <= Self.journalMax)
    }

    /// The same folder with another mark.
    public func marked(_ mark: Mark?) -> FolderDescription {
        var copy = self
        copy.mark = mark
        return copy
    }

    /// What a folder is that is made of this one's records: it has the same journals under an id of its own.
    public func restored(
        as id: JournalID,
        createdMilliseconds: Int64,
        _ restoration: Restoration
    ) -> FolderDescription {
        var copy = self
        copy.id = id
        copy.createdMilliseconds = createdMilliseconds
        copy.restoration = restoration
        copy.mark = nil
        return copy
    }

    /// The same folder with its SKUs shared out among new partitions, whose journals have the next numbers.
    ///
    /// - Parameter partitions: 1...`partitionsMax`.
    /// - Returns: nil where the numbers of journals are used up.
    public func repartitioned(_ partitions: Int) -> FolderDescription? {
        var next = self
        next.partitions = partitions
        next.retirement = Retirement(
            firstJournal: journals.upperBound,
            firstSuccessor: retirement?.firstSuccessor ?? journals.upperBound
        )
        return next.journals.upperBound - 1 <= Self.journalMax ? next : nil
    }

    /// The numbers of the partitions' journals, in the order of the partitions.
    public var journals: Range<Int> { firstJournal..<firstJournal + partitions }

    /// The number of the first partition's journal; the other partitions' follow it.
    public var firstJournal: Int { retirement?.firstJournal ?? 0 }

    /// Whether there is something before the first record of the journal with a number, which a snapshot tells: of any,
    /// retired or not, or one that is to become a partition's.
    public func beginsWithSnapshot(_ number: Int) -> Bool {
        number >= retirement?.firstSuccessor ?? journals.upperBound
    }

    /// The number of a partition's journal.
    public func journalNumber(partition: Int) -> UInt16 { UInt16(firstJournal + partition) }

    /// The id of the journal with a number, retired or not.
    public func journalID(_ number: Int) -> JournalID {
        JournalID(low: id.low, high: id.high &+ UInt64(number))
    }

    /// The format that this build writes at most, and the latest that it reads.
    static let formatMax: UInt32 = 2
    /// A build that knows no retired journals must not take them for the partitions', nor one that knows no backups a
    /// backup for a folder to work on.
    private var format: UInt32 { retirement == nil && mark == nil ? 1 : Self.formatMax }

    private static let title = "stockkeeper data folder"

    /// The file's text.
    ///
    /// The last line is the checksum of all lines before it.
    var text: String {
        var lines = [
            Self.title, "format \(format)", "writer \(JournalFormat.writer)", "id \(id)",
            "secret \(secret.span.hexadecimal)", "partitions \(partitions)", "created \(createdMilliseconds)",
        ]
        if let retirement {
            lines.append("first-journal \(retirement.firstJournal)")
            lines.append("first-successor \(retirement.firstSuccessor)")
        }
        let body = (lines + marks).map { "\($0)\n" }.joined()
        return body + "crc32c \(CRC32C.checksum(Array(body.utf8).span))\n"
    }

    /// The lines that only some folders have.
    private var marks: [String] {
        var lines: [String] = []
        switch mark {
        case .backup(let taken): lines.append("backup \(taken)")
        case .unfinished(let tool): lines.append("unfinished \(tool)")
        case nil: break
        }
        if let restoration {
            lines.append("restored-from \(restoration.from)")
            lines.append("restored-until \(restoration.until)")
        }
        return lines
    }

    /// Reads the text of the file `file`.
    init(_ text: String, file: String) throws(JournalError) {
        guard let checksum = text.range(lastLine: "crc32c "), text.hasPrefix("\(Self.title)\nformat ") else {
            throw .damaged(file: file, offset: 0, reason: "this is not the description of a data folder")
        }
        let body = text[..<checksum.line]
        guard text[checksum.value...] == "\(CRC32C.checksum(Array(body.utf8).span))\n" else {
            throw .damaged(file: file, offset: UInt64(body.utf8.count), reason: "the checksum does not fit")
        }
        let fields = Self.fields(body)
        guard let format = fields["format"].flatMap({ UInt32($0) }) else {
            throw .damaged(file: file, offset: 0, reason: "the format is missing or malformed")
        }
        try JournalFormat.check(format, latest: Self.formatMax, file: file, writer: fields["writer"] ?? "unknown")
        guard let retirement = Self.retirement(fields),
            let partitions = fields["partitions"].flatMap({ Int($0) }), (1...Self.partitionsMax).contains(partitions),
            (retirement?.firstJournal ?? 0) + partitions - 1 <= Self.journalMax,
            let id = fields["id"].flatMap(JournalID.init(hexadecimal:)),
            let secret = fields["secret"].flatMap([UInt8].init(hexadecimal:)), secret.count == Self.secretBytes,
            let created = fields["created"].flatMap({ Int64($0) }),
            let mark = Self.mark(fields), let restoration = Self.restoration(fields)
        else {
            throw .damaged(file: file, offset: 0, reason: "a field is missing or malformed")
        }
        self.init(
            partitions: partitions,
            retirement: retirement,
            id: id,
            secret: secret,
            createdMilliseconds: created,
            mark: mark,
            restoration: restoration
        )
    }

    /// The retirement that the lines tell, if there is one; nil where it is malformed.
    private static func retirement(_ fields: [String: String]) -> Retirement?? {
        guard let first = fields["first-journal"] else { return .some(nil) }
        guard let first = Int(first), let successor = fields["first-successor"].flatMap({ Int($0) }),
            (1...journalMax).contains(first), (1...first).contains(successor)
        else { return nil }
        return .some(Retirement(firstJournal: first, firstSuccessor: successor))
    }

    /// The mark that the lines tell, if there is one; nil where it is malformed.
    private static func mark(_ fields: [String: String]) -> Mark?? {
        if let tool = fields["unfinished"] { return .some(.unfinished(tool)) }
        guard let taken = fields["backup"] else { return .some(nil) }
        return Int64(taken).map { .backup(takenMilliseconds: $0) }
    }

    /// The restoration that the lines tell, if there is one; nil where it is malformed.
    private static func restoration(_ fields: [String: String]) -> Restoration?? {
        guard let from = fields["restored-from"] else { return .some(nil) }
        guard let id = JournalID(hexadecimal: from), let until = fields["restored-until"] else { return nil }
        return .some(Restoration(from: id, until: until))
    }

    private static func fields(_ body: Substring) -> [String: String] {
        var fields: [String: String] = [:]
        for line in body.split(separator: "\n").dropFirst() {
            guard let space = line.firstIndex(of: " ") else { continue }
            fields[String(line[..<space])] = String(line[line.index(after: space)...])
        }
        return fields
    }
}

extension String {
    /// Where the last line starts, and its value behind `label`; nil where the last line has another label.
    fileprivate func range(lastLine label: String) -> (line: Index, value: Index)? {
        guard hasSuffix("\n") else { return nil }
        let line = dropLast().lastIndex(of: "\n").map { index(after: $0) } ?? startIndex
        guard self[line...].hasPrefix(label) else { return nil }
        return (line, index(line, offsetBy: label.count))
    }
}

extension JournalID {
    fileprivate init?(hexadecimal text: String) {
        guard let bytes = [UInt8](hexadecimal: text), bytes.count == 16 else { return nil }
        self.init(
            low: bytes.span.littleEndian(UInt64.self, at: 0),
            high: bytes.span.littleEndian(UInt64.self, at: 8)
        )
    }
}

extension [UInt8] {
    /// The bytes that pairs of hexadecimal digits stand for.
    fileprivate init?(hexadecimal text: String) {
        let digits = text.utf8.map { UInt8(String(UnicodeScalar($0)), radix: 16) }
        guard digits.count % 2 == 0, !digits.contains(nil) else { return nil }
        let values = digits.compactMap(\.self)
        self = stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }
}
