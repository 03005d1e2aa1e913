/// Why an operator changed the stock; kept in the audit trail.
public final class StockNote: Sendable {
    /// The longest reason, in Unicode scalars.
    public static let reasonScalarsMax = 200
    /// The longest reference, in Unicode scalars.
    public static let referenceScalarsMax = 200

    /// The reason, such as `restock`: 1 to `reasonScalarsMax` Unicode scalars.
    public let reason: String
    /// The operator's own reference, such as a delivery's number: 1 to `referenceScalarsMax` Unicode scalars.
    public let reference: String?

    /// A note that keeps its limits.
    ///
    /// - Throws: `InvalidField`, naming the field that does not.
    public init(reason: String, reference: String? = nil) throws(InvalidField) {
        try InvalidField.check(reason, .reason, scalarsMax: Self.reasonScalarsMax)
        if let reference {
            try InvalidField.check(reference, .reference, scalarsMax: Self.referenceScalarsMax)
        }
        self.reason = reason
        self.reference = reference
    }
}

extension StockNote: Equatable {
    /// Whether reason and reference are equal.
    public static func == (left: StockNote, right: StockNote) -> Bool {
        left.reason == right.reason && left.reference == right.reference
    }
}
