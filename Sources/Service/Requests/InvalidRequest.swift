import HTTP

/// What is wrong with a request's body or query, in the client's own words where possible.
struct InvalidRequest: Error {
    /// What it is about.
    enum Subject {
        /// The body as a whole.
        case body
        /// A member or query item that the API knows.
        case member(StaticString)
        /// A member as the client wrote it: JSON string content, a range of the request's bytes.
        case sent(ByteRange)
    }

    let subject: Subject
    /// One phrase; nothing in it needs a JSON escape.
    let reason: StaticString

    init(_ subject: Subject, _ reason: StaticString) {
        self.subject = subject
        self.reason = reason
    }

    init(_ member: StaticString, _ reason: StaticString) {
        self.init(.member(member), reason)
    }

    init(_ error: JSONError) {
        self.init(error.member.map { .sent($0) } ?? .body, error.reason)
    }

    /// Appends the sentence for the problem's `detail`.
    ///
    /// - Parameter bytes: the request's.
    func write(_ writer: inout ByteWriter, _ bytes: Span<UInt8>) {
        switch subject {
        case .body: writer.append("body")
        case .member(let name): writer.append(name)
        // Valid inside a JSON string as it stands: it was the content of one.
        case .sent(let name): writer.append(bytes, name)
        }
        writer.append(": ")
        writer.append(reason)
    }
}

/// Reads the members of a request's body, refusing what the route does not know.
struct BodyReader {
    private var reader: JSONReader
    private var seen = JSONMembersSeen()

    init(_ range: ByteRange) {
        reader = JSONReader(range)
    }

    /// The next member's index in `names`, and its value; nil after the last.
    ///
    /// - Throws: for malformed JSON, an unknown name, and one that stands twice.
    @inline(__always)
    mutating func next(
        _ names: [StaticString], _ bytes: Span<UInt8>
    ) throws(InvalidRequest) -> (index: Int, value: JSONValue)? {
        do throws(JSONError) {
            guard let member = try reader.nextMember(in: bytes) else { return nil }
            for index in names.indices where member.isNamed(names[index], in: bytes) {
                try seen.note(index, member)
                return (index, member.value)
            }
            return try Self.unknown(member)
        } catch {
            throw InvalidRequest(error)
        }
    }

    func has(_ index: Int) -> Bool { seen.has(index) }

    private static func unknown(_ member: JSONMember) throws(JSONError) -> (index: Int, value: JSONValue)? {
        throw JSONError(.nameExpected, at: member.name.content.start, member: member.name.content)
    }
}
