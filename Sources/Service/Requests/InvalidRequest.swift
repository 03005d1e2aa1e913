import Domain
import HTTP

/// What keeps a request from being asked of a keeper: what is wrong with its body or query, in the client's own words
/// where possible, or that it has no key.
struct InvalidRequest: Error {
    /// What it is about.
    enum Subject {
        /// The body as a whole.
        case body
        /// A member or query item that the API knows.
        case member(StaticString)
        /// A time that is longer than is configured.
        case tooLong(StaticString, secondsMax: Int64)
        /// A field that breaks a limit of the domain.
        case field(InvalidField)
        /// A member as the client wrote it: JSON string content, a range of the request's bytes.
        case sent(ByteRange)
        /// The Idempotency-Key, which the server demands and the request does not have.
        case idempotencyKey
    }

    let subject: Subject
    /// One phrase; nothing in it needs a JSON escape.
    let reason: StaticString

    /// The problem that says it.
    var problem: ProblemType {
        if case .idempotencyKey = subject { .idempotencyKeyMissing } else { .invalidRequest }
    }

    init(_ subject: Subject, _ reason: StaticString) {
        self.subject = subject
        self.reason = reason
    }

    init(_ member: StaticString, _ reason: StaticString) {
        self.init(.member(member), reason)
    }

    init(_ error: InvalidField) {
        self.init(.field(error), "")
    }

    init(_ error: JSONError) {
        self.init(error.member.map { .sent($0) } ?? .body, error.reason)
    }

    /// Whether it is about one member, query item or header field.
    var hasField: Bool {
        switch subject {
        case .body, .idempotencyKey: false
        case .member, .tooLong, .field, .sent: true
        }
    }

    /// Appends the name of what it is about, as JSON string content.
    ///
    /// `bytes`: the request's.
    func writeField(_ writer: inout ByteWriter, _ bytes: Span<UInt8>) {
        switch subject {
        case .body: writer.append("body")
        case .idempotencyKey: writer.append("Idempotency-Key")
        case .member(let name), .tooLong(let name, _): writer.append(name)
        case .field(let error): writer.append(text: error.field.rawValue)
        // Valid inside a JSON string as it stands: it was the content of one.
        case .sent(let name): writer.append(bytes, name)
        }
    }

    /// Appends the sentence for the problem's `detail`.
    ///
    /// `bytes`: the request's.
    func write(_ writer: inout ByteWriter, _ bytes: Span<UInt8>) {
        if case .idempotencyKey = subject { return writer.append("This server asks for an Idempotency-Key.") }
        writeField(&writer, bytes)
        switch subject {
        case .tooLong(_, let secondsMax):
            writer.append(": must be at most ")
            writer.append(decimal: secondsMax)
        case .field(let error): error.write(&writer)
        case .body, .member, .sent, .idempotencyKey:
            writer.append(": ")
            writer.append(reason)
        }
    }
}

/// Reads the members of a request's body, refusing what stands twice.
struct BodyReader {
    private var reader: JSONReader
    private var seen = JSONMembersSeen()

    init(_ range: ByteRange) {
        reader = JSONReader(range)
    }

    /// The next member; nil after the last, once the whole body has been found valid.
    @inline(__always)
    mutating func next(_ bytes: Span<UInt8>) throws(InvalidRequest) -> JSONMember? {
        do throws(JSONError) {
            return try reader.nextMember(in: bytes)
        } catch {
            throw InvalidRequest(error)
        }
    }

    /// Notes that the member with this number is there.
    ///
    /// - Throws: where it stands twice.
    @inline(__always)
    mutating func note(_ index: Int, _ member: JSONMember) throws(InvalidRequest) {
        do throws(JSONError) {
            try seen.note(index, member)
        } catch {
            throw InvalidRequest(error)
        }
    }

    /// A member that the route does not have.
    static func unknown(_ member: JSONMember) -> InvalidRequest {
        InvalidRequest(.sent(member.name.content), "unknown member")
    }
}
