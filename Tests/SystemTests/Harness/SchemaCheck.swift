import Foundation
import Synchronization

/// Whether values are as a schema says: the part of JSON Schema 2020-12 that the served description uses.
///
/// Stricter than the standard in two things: a member that the schema does not name is an error, and so is a keyword of
/// the schema that is not known here.
struct SchemaCheck: Sendable {
    /// What `#/components/schemas` holds.
    let schemas: [String: JSON]

    /// What is wrong with a value; empty where nothing is.
    func faults(of value: JSON, as schema: JSON, at place: String = "") -> [String] {
        guard let keywords = schema.object else { return ["\(place): the schema is no object"] }
        return keywords.sorted { $0.key < $1.key }
            .flatMap { faults(of: value, $0.key, $0.value, keywords, at: place.isEmpty ? "the value" : place) }
            + strangers(in: value, keywords, at: place)
    }

    private func faults(
        of value: JSON,
        _ keyword: String,
        _ limit: JSON,
        _ keywords: [String: JSON],
        at place: String
    ) -> [String] {
        switch keyword {
        case "description", "default", "additionalProperties": []
        case "$ref": referred(limit).map { faults(of: value, as: $0, at: place) } ?? ["\(place): no schema \(limit)"]
        case "type": isOfType(value, limit) ? [] : ["\(place): \(value) is no \(limit)"]
        case "const": value == limit ? [] : ["\(place): \(value) is not \(limit)"]
        case "enum": limit.array?.contains(value) == true ? [] : ["\(place): \(value) is none of \(limit)"]
        case "oneOf": alternatives(value, limit.array ?? [], at: place)
        case "required": missing(value, limit.array ?? [], at: place)
        case "properties": members(value, limit.object ?? [:], at: place)
        case "items":
            (value.array ?? []).enumerated().flatMap { faults(of: $1, as: limit, at: "\(place)[\($0)]") }
        case "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "minProperties":
            isWithin(value, keyword, limit.int) ? [] : ["\(place): \(value) breaks \(keyword) \(limit)"]
        case "pattern", "format":
            isWritten(value, keyword, limit.string) ? [] : ["\(place): \(value) is not as \(limit)"]
        default: ["\(place): the keyword \(keyword) is not known here"]
        }
    }

    private func referred(_ reference: JSON) -> JSON? {
        reference.string.flatMap { $0.split(separator: "/").last }.flatMap { schemas[String($0)] }
    }

    private func isOfType(_ value: JSON, _ types: JSON) -> Bool {
        (types.array ?? [types])
            .contains { type in
                switch (type.string, value) {
                case ("string", .string), ("integer", .integer), ("boolean", .bool), ("null", .null),
                    ("object", .object), ("array", .array):
                    true
                default: false
                }
            }
    }

    private func alternatives(_ value: JSON, _ schemas: [JSON], at place: String) -> [String] {
        let all = schemas.map { faults(of: value, as: $0, at: place) }
        let fitting = all.count { $0.isEmpty }
        if fitting == 1 { return [] }
        if fitting > 1 { return ["\(place): \(fitting) of the alternatives fit \(value)"] }
        // The alternative that comes nearest says best what is wrong.
        return all.min { $0.count < $1.count } ?? ["\(place): there is no alternative"]
    }

    private func missing(_ value: JSON, _ names: [JSON], at place: String) -> [String] {
        guard let members = value.object else { return [] }
        return names.compactMap(\.string).filter { members[$0] == nil }.map { "\(place): \($0) is missing" }
    }

    private func members(_ value: JSON, _ schemas: [String: JSON], at place: String) -> [String] {
        (value.object ?? [:])
            .flatMap { name, member in
                schemas[name].map { faults(of: member, as: $0, at: "\(place).\(name)") } ?? []
            }
    }

    /// The members that nothing describes.
    private func strangers(in value: JSON, _ keywords: [String: JSON], at place: String) -> [String] {
        guard let members = value.object, keywords["additionalProperties"] != .bool(true),
            keywords["$ref"] == nil, keywords["oneOf"] == nil
        else { return [] }
        let known = keywords["properties"]?.object ?? [:]
        return members.keys.filter { known[$0] == nil }.map { "\(place): \($0) is not described" }
    }

    private func isWithin(_ value: JSON, _ keyword: String, _ limit: Int?) -> Bool {
        guard let limit else { return false }
        switch (keyword, value) {
        case ("minimum", .integer(let number)): return number >= limit
        case ("maximum", .integer(let number)): return number <= limit
        case ("minLength", .string(let text)): return text.unicodeScalars.count >= limit
        case ("maxLength", .string(let text)): return text.unicodeScalars.count <= limit
        case ("minItems", .array(let elements)): return elements.count >= limit
        case ("maxItems", .array(let elements)): return elements.count <= limit
        case ("minProperties", .object(let members)): return members.count >= limit
        default: return true
        }
    }

    private func isWritten(_ value: JSON, _ keyword: String, _ limit: String?) -> Bool {
        guard let text = value.string, let limit else { return true }
        if keyword == "pattern" { return Patterns.match(limit, text) }
        switch limit {
        case "date-time": return Patterns.match(#"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"#, text)
        case "uri-reference": return URL(string: text) != nil
        default: return false
        }
    }
}

/// Regular expressions, compiled once.
private enum Patterns {
    private static let compiled = Mutex<[String: NSRegularExpression]>([:])

    static func match(_ pattern: String, _ text: String) -> Bool {
        compiled.withLock { compiled in
            guard let expression = compiled[pattern] ?? (try? NSRegularExpression(pattern: pattern)) else {
                return false
            }
            compiled[pattern] = expression
            return expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
        }
    }
}
