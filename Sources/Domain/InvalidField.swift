/// A value that a field of the catalogue or of a stock change may not have.
public struct InvalidField: Error, Equatable {
    /// The fields that can be at fault; the raw value is the name clients use.
    public enum Field: String, Sendable {
        case title
        case price
        case description
        case image
        case url
        case limitPerBuyer = "limit_per_buyer"
        case opensAt = "opens_at"
        case closesAt = "closes_at"
        case paused
        case reason
        case reference
    }

    /// What is wrong with the value.
    public enum Problem: Equatable, Sendable {
        /// It has no characters.
        case empty
        /// It has more than `scalarsMax` Unicode scalars.
        case tooManyScalars(scalarsMax: Int)
        /// It has more than `bytesMax` bytes of UTF-8.
        case tooManyBytes(bytesMax: Int)
        /// It is not within `min...max`.
        case outOfRange(min: Int64, max: Int64)
        /// The sale would end before it begins.
        case notAfterOpening
        /// The field cannot be taken away.
        case required
    }

    /// The field at fault.
    public let field: Field
    /// What is wrong with it.
    public let problem: Problem

    /// A fault of one field.
    public init(_ field: Field, _ problem: Problem) {
        self.field = field
        self.problem = problem
    }

    /// Checks a text that must be there: 1 to `scalarsMax` Unicode scalars.
    static func check(_ text: String, _ field: Field, scalarsMax: Int) throws(InvalidField) {
        if text.isEmpty { throw InvalidField(field, .empty) }
        // A scalar is at most four bytes: this spares the count of a text that is far too long.
        guard text.utf8.count <= scalarsMax * 4, text.unicodeScalars.count <= scalarsMax else {
            throw InvalidField(field, .tooManyScalars(scalarsMax: scalarsMax))
        }
    }

    /// Checks a text that may be absent or empty: at most `bytesMax` bytes.
    static func check(_ text: String?, _ field: Field, bytesMax: Int) throws(InvalidField) {
        guard let text, text.utf8.count > bytesMax else { return }
        throw InvalidField(field, .tooManyBytes(bytesMax: bytesMax))
    }
}
