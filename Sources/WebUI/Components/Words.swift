import GatehouseCore
import Rendering

/// A moment: absolute in UTC, with how long ago or ahead it is. Script turns it into the reader's own time.
@MarkupBuilder
func moment(_ time: Timestamp, _ visit: Visit) -> Markup {
    Tag.time(Attribute("datetime", time.description)) { dayAndMinute(time) }
    " "
    Tag.span(.class("soft ago")) { distance(from: visit.now, to: time) }
}

/// A moment without the distance, for tables.
func shortMoment(_ time: Timestamp) -> Markup {
    Tag.time(Attribute("datetime", time.description)) { dayAndMinute(time) }
}

/// `2026-01-15 09:00`
func dayAndMinute(_ time: Timestamp) -> String {
    String(time.description.prefix(16)).replacing("T", with: " ")
}

/// `just now`, `5 min ago`, `in 3 h`, `12 days ago`.
func distance(from now: Timestamp, to time: Timestamp) -> String {
    let seconds = (time.milliseconds - now.milliseconds) / 1000
    let amount = abs(seconds)
    let words =
        switch amount {
        case ..<45: ""
        case ..<5400: "\((amount + 30) / 60) min"
        case ..<129_600: "\((amount + 1800) / 3600) h"
        default: "\((amount + 43_200) / 86_400) days"
        }
    if words.isEmpty { return "just now" }
    return seconds < 0 ? words + " ago" : "in " + words
}

extension Duration {
    /// `3 days`, `150 s`: exact, in the largest unit that has no rest.
    var words: String {
        let text = shortText
        let (amount, unit) = (Int(text.prefix { !$0.isLetter }) ?? 0, text.drop { !$0.isLetter })
        return unit == "d" ? Wording.count(amount, "day") : "\(Wording.grouped(amount)) \(unit == "m" ? "min" : unit)"
    }
}

/// A shape, a word and a colour, never one of them alone.
func mark(_ tone: Tone, _ word: String, shape: String) -> Markup {
    Tag.span(.class("mark \(tone.rawValue)")) {
        Tag.span(.isHidden) { shape + " " }
        word
    }
}

func mark(_ verdict: Verdict) -> Markup {
    switch verdict {
    case .pass: mark(.good, "pass", shape: "✓")
    case .fail: mark(.bad, "fail", shape: "✕")
    case .inconclusive: mark(.caution, "inconclusive", shape: "~")
    case .error: mark(.bad, "error", shape: "!")
    }
}

func mark(_ stage: Stage) -> Markup {
    switch stage {
    case .none: mark(.neutral, "None", shape: "○")
    case .staging: mark(.neutral, "Staging", shape: "◐")
    case .production: mark(.good, "Production", shape: "●")
    case .archived: mark(.neutral, "Archived", shape: "▢")
    }
}

extension Markup {
    /// Nothing where a value is absent would look like a mistake of the page.
    static let absent = Tag.span(.class("soft")) { "–" }
}
