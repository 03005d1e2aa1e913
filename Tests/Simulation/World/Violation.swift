/// A promise that was broken, in a sentence.
struct Violation: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Throws unless a promise holds.
@inline(__always)
func promise(_ holds: Bool, _ sentence: @autoclosure () -> String) throws(Violation) {
    if !holds { throw Violation(sentence()) }
}
