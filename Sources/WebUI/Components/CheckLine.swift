import GatehouseCore
import Gates
import Promotions
import Rendering

/// A check in short: the number that decided it, beside its limit.
struct CheckLine: Sendable {
    let result: CheckResult
    let waiver: WaivedCheck?
    /// Nil where nothing was held against a limit.
    let deciding: Measurement?

    init(_ result: CheckResult, waived: [WaivedCheck] = []) {
        self.result = result
        waiver = waived.first { $0.check == result.name }
        deciding = result.judgement.deciding
    }

    /// Whether it keeps the version out at this moment.
    var blocks: Bool { result.blocks && waiver == nil }

    /// `The impact ratio of business_size is 0.333, the policy asks for at least 0.800.`
    var sentence: String {
        deciding.map { "The \($0.sentence)." } ?? result.judgement.reason
    }
}

extension [CheckLine] {
    /// The same of a version that was let in: a policy that only warns, or a waiver that has ended since, may have done it.
    var sentenceWhenLetIn: String {
        let blocking = filter(\.blocks)
        guard let first = blocking.first else { return sentence }
        let names = Wording.list(blocking.map(\.result.name))
        return
            "It was let in although \(blocking.count) of \(Wording.count(count, "gate")) did not pass: \(names). \(first.sentence)"
    }

    /// How the checks of one evaluation ended, with the number that matters most.
    var sentence: String {
        guard !isEmpty else { return "No check was asked for, so nothing was shown." }
        let blocking = filter(\.blocks)
        if let first = blocking.first {
            let verb = blocking.count == 1 ? "keeps" : "keep"
            let names = Wording.list(blocking.map(\.result.name))
            return "\(blocking.count) of \(Wording.count(count, "gate")) \(verb) it out: \(names). \(first.sentence)"
        }
        let waived = filter { $0.waiver != nil }.count
        let failing = filter { $0.result.verdict != .pass }.count - waived
        let note =
            (waived > 0 ? ", \(waived) by a waiver" : "") + (failing > 0 ? "; \(failing) did not pass and only warns" : "")
        let whole = count == 1 ? "The only gate passes" : "All \(count) gates pass"
        let all = waived + failing == 0 ? whole : "No gate keeps it out" + note
        let close = compactMap { line in line.deciding.map { (line, $0.slack) } }.filter { $0.1.isFinite && $0.1 > 0 }
        guard let nearest = close.min(by: { $0.1 < $1.1 }) else { return all + "." }
        return all + ". Nearest to its limit is \(nearest.0.result.name). \(nearest.0.sentence)"
    }
}

extension Judgement {
    /// Among the numbers that have a limit, the one that decided: of those that broke theirs the worst, else the one that came
    /// nearest. A combination of groups gives way to the group itself.
    var deciding: Measurement? {
        let judged = measurements.filter { $0.limit != nil && $0.verdict != nil }
        let same = judged.filter { $0.verdict == verdict }
        let named = same.filter { $0.subject?.contains(" × ") != true && $0.subject?.contains("=") != true }
        let candidates = named.isEmpty ? same.isEmpty ? judged : same : verdict == .pass ? same : named
        return candidates.enumerated().min { ($0.element.slack, $0.offset) < ($1.element.slack, $1.offset) }?.element
    }
}

extension Measurement {
    /// How far inside its limit the value is, as a share of the limit; negative beyond it. Infinite where that says nothing.
    var slack: Double {
        guard let value, let limit else { return .infinity }
        let distance =
            switch limit {
            case .atLeast(let least): value - least
            case .atMost(let most): most - value
            }
        return limit.number == 0 ? (distance < 0 ? -.infinity : .infinity) : distance / abs(limit.number)
    }

    /// `impact ratio of business_size`
    var title: String {
        guard let subject else { return MetricWords.name(metric) }
        let relation = metric.contains("improvement") ? " over " : metric.hasSuffix("_filled_in") ? ": " : " of "
        return MetricWords.name(metric) + relation + (subject.hasPrefix("champion ") ? "the " : "") + subject
    }

    /// The value as precise as its limit; `–` where there is none.
    var valueText: String {
        guard let value else { return reason.map { MetricWords.reason($0) } ?? "–" }
        guard let limit else {
            return metric.hasSuffix("_p") ? Wording.pValue(value) : Wording.readable(value, decimals)
        }
        return Wording.apart(value, limit.number, decimals: decimals).0
    }

    var limitText: String {
        guard let limit else { return "–" }
        let text = value.map { Wording.apart($0, limit.number, decimals: decimals).1 } ?? Wording.fixed(limit.number, decimals)
        switch limit {
        case .atLeast: return "≥ " + text
        case .atMost: return "≤ " + text
        }
    }

    var intervalText: String {
        guard lower != nil || upper != nil else { return "–" }
        // As many as the value beside it has.
        let point = valueText.lastIndex(of: ".")
        let shown = value == nil ? decimals : point.map { valueText.distance(from: $0, to: valueText.endIndex) - 1 } ?? 0
        return (lower.map { Wording.readable($0, shown) } ?? "") + "…" + (upper.map { Wording.readable($0, shown) } ?? "")
    }

    /// `impact ratio of business_size is 0.333, the policy asks for at least 0.800`
    var sentence: String {
        guard let limit else { return "\(title) is \(valueText)" }
        guard value != nil else { return "\(title) is not known: \(valueText)" }
        switch limit {
        case .atLeast: return "\(title) is \(valueText), the policy asks for at least \(limitText.dropFirst(2))"
        case .atMost: return "\(title) is \(valueText), the policy allows \(limitText.dropFirst(2))"
        }
    }

    /// Those of the limit, three to five for shares and scores; none for counts.
    var decimals: Int {
        let numbers = [value, limit?.number].compactMap { $0 }
        if numbers.allSatisfy({ Int(exactly: $0) != nil }) { return 0 }
        let size = limit?.number ?? value ?? 0
        if abs(size) >= 10 || metric.hasSuffix("_ms") { return 1 }
        guard let limit = limit?.number else { return 3 }
        return (3...5).first { Wording.fixed(limit, $0) == Wording.fixed(limit, 12).droppingZeros(atLeast: $0) } ?? 5
    }
}

extension String {
    /// `0.050000` with at least three decimals is `0.050`.
    fileprivate func droppingZeros(atLeast decimals: Int) -> String {
        guard let point = lastIndex(of: ".") else { return self }
        var text = self[...]
        while text.last == "0", text.distance(from: point, to: text.endIndex) - 1 > decimals { text.removeLast() }
        return String(text)
    }
}

extension Measurement.Limit {
    var number: Double {
        switch self {
        case .atLeast(let value), .atMost(let value): value
        }
    }
}

/// Names of metrics as people say them.
enum MetricWords {
    private static let short: [Substring: String] = [
        "auc": "AUC", "roc": "ROC", "pr": "PR", "psi": "PSI", "ks": "KS", "js": "JS", "kl": "KL", "ece": "ECE", "f1": "F1",
        "rmse": "RMSE", "mae": "MAE", "r2": "R²", "chi2": "χ²", "ms": "(ms)",
    ]

    /// `auc_roc_improvement` is `AUC ROC improvement`.
    static func name(_ metric: String) -> String {
        metric.split(separator: "_").map { short[$0] ?? String($0) }.joined(separator: " ")
    }

    /// `single_class` is `single class`.
    static func reason(_ word: String) -> String { word.replacing("_", with: " ") }
}
