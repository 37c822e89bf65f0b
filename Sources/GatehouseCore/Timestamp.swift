/// Milliseconds since 1970-01-01T00:00:00Z. Time always comes in from outside: `Timestamp.now` does not exist.
package struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    package func adding(_ duration: Duration) -> Timestamp { Timestamp(milliseconds: milliseconds + duration.milliseconds) }

    package func since(_ earlier: Timestamp) -> Duration { .milliseconds(milliseconds - earlier.milliseconds) }

    /// RFC 3339 in UTC with milliseconds: `2026-01-15T09:00:00.000Z`.
    package var description: String {
        let day = milliseconds.floorDivided(by: 86_400_000)
        let remainder = milliseconds % 86_400_000
        let rest = remainder < 0 ? remainder + 86_400_000 : remainder
        let date = CivilDate(daysSinceEpoch: day)
        let clock = [rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60].map { padded($0, 2) }.joined(separator: ":")
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T\(clock).\(padded(rest % 1000, 3))Z"
    }

    /// Reads `2026-01-15`, `2026-01-15T09:00Z`, `…:00Z` and `…:00.000Z` with up to nine decimals, of which three are kept;
    /// UTC only. Fails with `invalidArgument`.
    package init(parsing text: String) throws(GatehouseError) {
        guard let milliseconds = Self.parse(text) else {
            throw GatehouseError(
                .invalidArgument, "'\(text.prefix(80))' is not a time.",
                hint: "Write it in UTC, as 2026-01-15 or 2026-01-15T09:00:00Z.")
        }
        self.milliseconds = milliseconds
    }

    private static func parse(_ text: String) -> Int64? {
        let halves = text.split(separator: "T", omittingEmptySubsequences: false)
        let date = halves[0].split(separator: "-", omittingEmptySubsequences: false)
        guard halves.count <= 2, date.count == 3, let year = number(date[0], digits: 4), let month = number(date[1], digits: 2),
            let day = number(date[2], digits: 2), (1...9999).contains(year), (1...12).contains(month),
            (1...CivilDate.days(inMonth: month, of: year)).contains(day)
        else { return nil }
        let midnight = CivilDate(year: year, month: month, day: day).daysSinceEpoch * 86_400_000
        guard halves.count == 2 else { return midnight }
        guard halves[1].last == "Z" else { return nil }
        let seconds = halves[1].dropLast().split(separator: ".", omittingEmptySubsequences: false)
        let clock = seconds[0].split(separator: ":", omittingEmptySubsequences: false).map { number($0, digits: 2) }
        guard (2...3).contains(clock.count), seconds.count == 1 || (seconds.count == 2 && clock.count == 3),
            let hour = clock[0], let minute = clock[1], let second = clock.count == 3 ? clock[2] : 0,
            (0..<24).contains(hour), (0..<60).contains(minute), (0..<60).contains(second)
        else { return nil }
        var fraction: Int64 = 0
        if seconds.count == 2 {
            guard (1...9).contains(seconds[1].utf8.count),
                let nanoseconds = number(seconds[1] + String(repeating: "0", count: 9 - seconds[1].utf8.count), digits: 9)
            else { return nil }
            fraction = nanoseconds / 1_000_000
        }
        return midnight + hour * 3_600_000 + minute * 60_000 + second * 1000 + fraction
    }

    /// Exactly so many ASCII digits; `Int64(_:)` alone would take a sign.
    private static func number(_ text: Substring, digits: Int) -> Int64? {
        guard text.utf8.count == digits, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int64(text)
    }
}

/// A day of the proleptic Gregorian calendar; algorithm of Hinnant, "chrono-compatible low-level date algorithms".
struct CivilDate {
    let year: Int64
    let month: Int64
    let day: Int64

    init(year: Int64, month: Int64, day: Int64) {
        self.year = year
        self.month = month
        self.day = day
    }

    init(daysSinceEpoch: Int64) {
        let shifted = daysSinceEpoch + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var daysSinceEpoch: Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear.floorDivided(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func days(inMonth month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}

private func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
