/// Times as answers and requests tell them: RFC 3339 in UTC with milliseconds, of the years 1970 to 9999.
enum TimeText {
    private static let dayMilliseconds: Int64 = 86_400_000

    /// Such as `2027-01-15T08:00:00.000Z`.
    static func text(_ milliseconds: Int64) -> Text {
        let (days, rest) = milliseconds.quotientAndRemainder(dividingBy: dayMilliseconds)
        // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": eras of 400 years that begin in March.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let day = shifted % 146_097
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365
        let ofYear = day - (365 * year + year / 4 - year / 100)
        let month = (5 * ofYear + 2) / 153
        let ofMonth = ofYear - (153 * month + 2) / 5 + 1
        let calendar = month < 10 ? month + 3 : month - 9
        let civilYear = year + era * 400 + (calendar <= 2 ? 1 : 0)
        return """
            \(civilYear, digits: 4)-\(calendar, digits: 2)-\(ofMonth, digits: 2)T\
            \(rest / 3_600_000, digits: 2):\(rest / 60_000 % 60, digits: 2):\
            \(rest / 1_000 % 60, digits: 2).\(rest % 1_000, digits: 3)Z
            """
    }
}

extension [UInt8] {
    /// The time behind a text, in milliseconds since 1970; nil where there is none.
    func time(after text: StaticString, in part: Range<Int>) -> Int64? {
        guard let place = place(of: text, in: part) else { return nil }
        let start = place + text.utf8CodeUnitCount
        guard start + 24 <= count, self[start + 10] == 84, self[start + 23] == 90 else { return nil }
        func digits(_ offset: Int, _ length: Int) -> Int64 {
            self[start + offset..<start + offset + length].reduce(0) { $0 * 10 + Int64($1 &- 48) }
        }
        let month = digits(5, 2)
        let year = digits(0, 4) - (month <= 2 ? 1 : 0)
        let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + digits(8, 2) - 1
        let era = year / 400
        let ofEra = year % 400
        let days = era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
        let seconds = digits(11, 2) * 3_600 + digits(14, 2) * 60 + digits(17, 2)
        return (days * 86_400 + seconds) * 1_000 + digits(20, 3)
    }
}
