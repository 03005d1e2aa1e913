import Domain
import Journal

/// Where a history is cut: what comes later is left out.
public enum CutOff: Equatable, Sendable {
    /// Nothing is left out.
    case end
    /// What was decided after this moment is left out.
    case time(Instant)
    /// Of each of these journals, by number, the records that start at its position or behind it are left out; of the
    /// others, none.
    case positions([Int: JournalPosition])

    /// What may be given, for messages.
    static let forms = "a position such as 81920, JOURNAL:POSITION, or a time such as 2027-01-01T09:00:00Z"

    /// Reads what was given, perhaps several times.
    ///
    /// - Throws: what is wrong with it.
    init(_ texts: [String], option: String) throws(UsageError) {
        guard let first = texts.first else {
            self = .end
            return
        }
        if first.contains("T") {
            guard let instant = Instant(rfc3339: first) else {
                throw UsageError(description: "\(option) \(first) is no time, such as 2027-01-01T09:00:00Z")
            }
            guard texts.count == 1 else {
                throw UsageError(description: "\(option) takes one time, or one position for each journal")
            }
            self = .time(instant)
            return
        }
        var positions: [Int: JournalPosition] = [:]
        for text in texts {
            let (journal, position) = try Self.place(text, option)
            guard positions.updateValue(position, forKey: journal ?? Self.onlyJournal) == nil else {
                throw UsageError(description: "\(option) names journal \(journal ?? 0) twice")
            }
        }
        if positions.count > 1, positions[Self.onlyJournal] != nil {
            throw UsageError(description: "\(option) must name the journal of each position: JOURNAL:POSITION")
        }
        self = .positions(positions)
    }

    /// Stands for the only journal of a folder where no number was given.
    private static let onlyJournal = -1

    private static func place(_ text: String, _ option: String) throws(UsageError) -> (Int?, JournalPosition) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, let position = parts.last.flatMap({ UInt64($0) }) else {
            throw UsageError(description: "\(option) \(text) is none of \(forms)")
        }
        if parts.count == 1 { return (nil, JournalPosition(rawValue: position)) }
        guard let journal = Int(parts[0]), journal >= 0 else {
            throw UsageError(description: "\(option) \(text): \(parts[0]) is no journal's number")
        }
        return (journal, JournalPosition(rawValue: position))
    }

    /// This cut in a folder with these journals.
    ///
    /// - Throws: where it names another one, or none where there are several.
    func checked(against journals: [Int]) throws(ToolError) -> CutOff {
        guard case .positions(var positions) = self else { return self }
        if let position = positions.removeValue(forKey: Self.onlyJournal) {
            guard let only = journals.first, journals.count == 1 else {
                throw ToolError(
                    .usage,
                    "the folder has \(journals.count) journals: a position needs the number of its own, as in 0:\(position)"
                )
            }
            positions[only] = position
        }
        for journal in positions.keys where !journals.contains(journal) {
            throw ToolError(.usage, "the folder has no journal \(journal)")
        }
        return .positions(positions)
    }

    /// Whether a record of a journal comes before the cut.
    func keeps(_ journal: Int, _ position: JournalPosition, at instant: Instant) -> Bool {
        switch self {
        case .end: true
        case .time(let last): instant <= last
        case .positions(let positions): positions[journal].map { position < $0 } ?? true
        }
    }

    /// Whether everything before a position may come before the cut.
    func mayContain(_ journal: Int, _ position: JournalPosition) -> Bool {
        guard case .positions(let positions) = self, let cut = positions[journal] else { return true }
        return position <= cut
    }

    /// The cut in words, without a line break.
    var words: String {
        switch self {
        case .end: "the end"
        case .time(let instant): instant.rfc3339
        case .positions(let positions):
            positions.sorted { $0.key < $1.key }
                .map { "\($0.key):\($0.value)" }
                .joined(separator: " ")
        }
    }
}
