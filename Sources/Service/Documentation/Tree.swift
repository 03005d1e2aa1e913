/// A JSON value whose members keep their order: what the API's description is made of.
enum Tree: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case string(String)
    case array([Tree])
    case object([Member])

    /// A member of an object.
    struct Member: Sendable, Equatable {
        let name: String
        var value: Tree
    }

    /// The member with a name; nil where there is none, or where this is no object.
    subscript(_ name: String) -> Tree? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The members of an object; empty for anything else.
    var members: [Member] {
        guard case .object(let members) = self else { return [] }
        return members
    }

    /// The elements of an array; empty for anything else.
    var elements: [Tree] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    /// The text of a string.
    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The object with one member more, or with another value for one that it has.
    func with(_ name: String, _ value: Tree) -> Tree {
        var members = self.members
        if let place = members.firstIndex(where: { $0.name == name }) {
            members[place].value = value
        } else {
            members.append(Member(name: name, value: value))
        }
        return .object(members)
    }

    /// An object of members that were computed.
    static func object(_ members: [(String, Tree)]) -> Tree {
        .object(members.map { Member(name: $0.0, value: $0.1) })
    }
}

extension Tree: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int64) { self = .integer(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension Tree: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral {
    init(arrayLiteral elements: Tree...) { self = .array(elements) }
    init(dictionaryLiteral elements: (String, Tree)...) { self = .object(elements) }
    init(nilLiteral: ()) { self = .null }
}
