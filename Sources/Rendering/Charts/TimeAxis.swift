import Glibc

/// A stretch of time laid out along a drawing, with round marks.
struct TimeAxis {
    /// Seconds between marks: from one to ten years.
    private static let steps: [Int64] = [
        1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600,
        2_592_000, 7_776_000, 15_552_000, 31_536_000, 157_680_000, 315_360_000,
    ]
    /// Beyond it, differences could overflow, and no calendar has such years.
    private static let millisecondsMax: Int64 = 253_402_300_800_000

    let start: Double
    let end: Double
    private let from: Int64
    private let until: Int64

    /// From the first of `times` to a little behind the last one, but not beyond `now`: what lasts is drawn to the edge, and
    /// many quiet months do not squeeze what came before them.
    init(_ times: [Int64], now: Int64, start: Double, end: Double) {
        let shown = times.filter { (0...Self.millisecondsMax).contains($0) }
        let first = shown.min() ?? min(max(now, 0), Self.millisecondsMax)
        let last = shown.max() ?? first
        let tail = max((last - first) / 3, 1000)
        from = first
        until = max(min(now, last + tail), last + 1)
        self.start = start
        self.end = end
    }

    func place(of time: Int64) -> Double {
        let share = Double(min(max(time, from), until) - from) / Double(until - from)
        return start + share * (end - start)
    }

    var ticks: [(place: Double, label: String)] {
        let span = (until - from) / 1000
        guard let step = Self.steps.first(where: { span / $0 <= 6 }) else { return [] }
        let first = (from / 1000 + step - 1) / step * step
        return stride(from: first, through: until / 1000, by: Int64.Stride(step)).map { second in
            let time = CivilTime(second * 1000)
            return (place(of: second * 1000), step >= 86_400 ? time.day : step >= 60 ? time.clock : time.clockWithSeconds)
        }.filter { $0.place >= start + 24 && $0.place <= end - 24 }
    }
}

/// A moment on the calendar and the clock, in UTC.
struct CivilTime {
    let day: String
    let clock: String
    let clockWithSeconds: String

    /// `2026-01-15 09:00`
    var minute: String { day + " " + clock }

    init(_ milliseconds: Int64) {
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        // Fails for years that do not fit into an Int32; the fields are then those of 1900.
        _ = gmtime_r(&seconds, &parts)
        func padded(_ number: Int32, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        day = "\(padded(parts.tm_year &+ 1900, 4))-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))"
        clock = "\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2))"
        clockWithSeconds = clock + ":" + padded(parts.tm_sec, 2)
    }
}
