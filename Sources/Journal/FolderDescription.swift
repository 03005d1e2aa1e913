import Platform

/// What a data folder is, as its file `FOLDER` says: drawn once, when the folder is made, and never changed.
public struct FolderDescription: Equatable, Sendable {
    /// 1...`partitionsMax`.
    public let partitions: Int
    /// Which folder this is: 16 random bytes.
    ///
    /// The journals' ids are made from it.
    public let id: JournalID
    /// 16 random bytes that no client ever sees, for keyed hashes.
    public let secret: [UInt8]
    /// When the folder was made, in milliseconds since 1970.
    public let createdMilliseconds: Int64

    /// Most partitions: there are 16,384 slots to share out, and each partition has threads of its own.
    public static let partitionsMax = 1_024
    /// The length of `secret`.
    public static let secretBytes = 16

    /// A description; sizes outside the limits above are a bug of the caller.
    public init(partitions: Int, id: JournalID, secret: [UInt8], createdMilliseconds: Int64) {
        precondition((1...Self.partitionsMax).contains(partitions) && secret.count == Self.secretBytes)
        self.partitions = partitions
        self.id = id
        self.secret = secret
        self.createdMilliseconds = createdMilliseconds
    }

    private static let title = "stockkeeper data folder"
    private static let lineCount = 8

    /// The file's text.
    ///
    /// The last line is the checksum of all lines before it.
    var text: String {
        let lines = [
            Self.title, "format \(JournalFormat.version)", "writer \(JournalFormat.writer)", "id \(id)",
            "secret \(secret.span.hexadecimal)", "partitions \(partitions)", "created \(createdMilliseconds)",
        ]
        let body = lines.map { "\($0)\n" }.joined()
        return body + "crc32c \(CRC32C.checksum(Array(body.utf8).span))\n"
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
        if let format = fields["format"].flatMap({ UInt32($0) }), format > JournalFormat.version {
            throw .newerFormat(file: file, format: format, writer: fields["writer"] ?? "unknown")
        }
        guard let partitions = fields["partitions"].flatMap({ Int($0) }), (1...Self.partitionsMax).contains(partitions),
            let id = fields["id"].flatMap([UInt8].init(hexadecimal:)), id.count == 16,
            let secret = fields["secret"].flatMap([UInt8].init(hexadecimal:)), secret.count == Self.secretBytes,
            let created = fields["created"].flatMap({ Int64($0) })
        else {
            throw .damaged(file: file, offset: 0, reason: "a field is missing or malformed")
        }
        self.init(
            partitions: partitions,
            id: JournalID(
                low: id.span.littleEndian(UInt64.self, at: 0),
                high: id.span.littleEndian(UInt64.self, at: 8)
            ),
            secret: secret,
            createdMilliseconds: created
        )
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

extension [UInt8] {
    /// The bytes that pairs of hexadecimal digits stand for.
    fileprivate init?(hexadecimal text: String) {
        let digits = text.utf8.map { UInt8(String(UnicodeScalar($0)), radix: 16) }
        guard digits.count % 2 == 0, !digits.contains(nil) else { return nil }
        let values = digits.compactMap(\.self)
        self = stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }
}
