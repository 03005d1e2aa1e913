/// A moment in UTC, taken apart, from the years 0001 to 9999 (the proleptic Gregorian calendar).
struct CivilTime {
    let year: Int
    let month: Int
    let day: Int
    let hour: Int
    let minute: Int
    let second: Int
    let millisecond: Int
    /// 0 is Sunday.
    let weekday: Int

    /// 0001-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z.
    ///
    /// Unit: milliseconds since 1970.
    static let milliseconds: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999

    /// - Parameter milliseconds: since 1970-01-01T00:00:00Z; what is outside the years is moved to their nearer end.
    init(_ milliseconds: Int64) {
        let bounds = Self.milliseconds
        // From 0000-03-01 on, so that leap days end a year and nothing is negative: 719,468 days before 1970.
        let sinceMarch = Int(min(max(milliseconds, bounds.lowerBound), bounds.upperBound)) + 719_468 * 86_400_000
        let days = sinceMarch / 86_400_000
        let clock = sinceMarch % 86_400_000
        millisecond = clock % 1_000
        second = clock / 1_000 % 60
        minute = clock / 60_000 % 60
        hour = clock / 3_600_000
        weekday = (days + 3) % 7
        // Hinnant, "chrono-Compatible Low-Level Date Algorithms": civil_from_days.
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }
}

extension ByteWriter {
    /// Appends a time as `2026-01-31T09:30:00.250Z` (RFC 3339).
    ///
    /// - Parameter milliseconds: since 1970-01-01T00:00:00Z; outside the years 0001 to 9999 the nearer end is written.
    public mutating func append(rfc3339 milliseconds: Int64) {
        let time = CivilTime(milliseconds)
        guard hasRoom(24) else { return }
        let (century, year) = time.year.quotientAndRemainder(dividingBy: 100)
        let (hundredths, thousandth) = time.millisecond.quotientAndRemainder(dividingBy: 10)
        // `2026-01-`, `31T09:30`, `:00.250Z`.
        let date = Digits.pair(century) | Digits.pair(year) &<< 16 | Digits.pair(time.month) &<< 40
        append(date | 0x2D00_002D_0000_0000, count: 8)
        let hours = Digits.pair(time.day) | Digits.pair(time.hour) &<< 24 | Digits.pair(time.minute) &<< 48
        append(hours | 0x0000_3A00_0054_0000, count: 8)
        let last = UInt64(truncatingIfNeeded: thousandth) &<< 48
        let seconds = Digits.pair(time.second) &<< 8 | Digits.pair(hundredths) &<< 32 | last
        append(seconds | 0x5A30_0000_2E00_003A, count: 8)
    }

    /// Appends a time as `Sun, 06 Nov 1994 08:49:37 GMT` (IMF-fixdate, RFC 9110 5.6.7): 29 bytes.
    ///
    /// - Parameter milliseconds: as for `append(rfc3339:)`.
    public mutating func append(httpDate milliseconds: Int64) {
        let time = CivilTime(milliseconds)
        append(name: time.weekday, of: "SunMonTueWedThuFriSat")
        append(", ")
        append(padded: time.day, digits: 2)
        append(0x20)
        append(name: time.month - 1, of: "JanFebMarAprMayJunJulAugSepOctNovDec")
        append(0x20)
        append(padded: time.year, digits: 4)
        append(0x20)
        append(padded: time.hour, digits: 2)
        append(0x3A)
        append(padded: time.minute, digits: 2)
        append(0x3A)
        append(padded: time.second, digits: 2)
        append(" GMT")
    }

    /// Appends the three letters at `index` of names written together.
    private mutating func append(name index: Int, of names: StaticString) {
        // SAFETY: weekdays are 0...6 and months 0...11, and the literals have three letters for each.
        for letter in 0..<3 { append(unsafe names.utf8Start[3 * index + letter]) }
    }
}

/// The Date of answers, composed once a second.
public struct HTTPDate: BitwiseCopyable, Sendable {
    @usableFromInline var bytes = InlineArray<29, UInt8>(repeating: 0x20)
    private var second = Int64.min

    /// The date of this moment.
    ///
    /// Unit: milliseconds since 1970-01-01T00:00:00Z.
    public init(milliseconds: Int64) {
        update(milliseconds: milliseconds)
    }

    /// Moves to this moment; costs nothing within the same second.
    ///
    /// Unit: milliseconds since 1970-01-01T00:00:00Z.
    public mutating func update(milliseconds: Int64) {
        // Rounds towards 1970, which only merges two seconds at that very moment.
        let now = milliseconds / 1_000
        guard now != second else { return }
        second = now
        var writer = ByteWriter(capacity: 29, bytesMax: 29)
        writer.append(httpDate: milliseconds)
        writer.withSpan { text in
            for index in 0..<min(29, text.count) { bytes[index] = text[index] }
        }
    }
}
