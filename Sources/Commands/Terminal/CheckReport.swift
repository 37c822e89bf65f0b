import GatehouseCore
import Gates
import Rendering

/// How the checks of an evaluation look in a terminal: a line per check with its sentence, the numbers below where they
/// explain something.
struct CheckReport {
    private static let measurementsShown = 8
    /// The width of the longest mark of a check that blocks, so that names stand below each other.
    private static let markCellsMin = 14

    let terminal: Terminal
    /// Whether every measurement is shown rather than those that decided.
    var isFull = false
    /// The waivers by the name of the check.
    var waivers: [String: String] = [:]

    func lines(_ checks: [CheckResult]) -> [String] {
        let width = checks.map(\.name.count).max() ?? 0
        let markWidth = max(Self.markCellsMin, checks.map { mark($0).count }.max() ?? 0)
        return checks.flatMap { check in
            let name = check.name.padding(to: width)
            let word = terminal.styled(mark(check).padding(to: markWidth), Self.style(check.verdict))
            let reason = terminal.wrapped(check.judgement.reason.onOneLine, indent: 2 + markWidth + 2 + width + 2)
            let notes = check.judgement.warnings.prefix(isFull ? .max : 2).flatMap { warning -> [String] in
                let text = terminal.wrapped(warning.onOneLine, indent: 11)
                return ["      \(terminal.styled("note", .yellow)) \(text[0])"] + text.dropFirst()
            }
            let waiver = waivers[check.name].map { ["      waived: gatehouse waiver show \($0)"] } ?? []
            return ["  \(word)  \(name)  \(reason[0])"] + reason.dropFirst() + measurements(check).map { "      \($0)" } + notes
                + waiver
        }
    }

    private func mark(_ check: CheckResult) -> String {
        let isWaived = waivers[check.name] != nil
        let suffix = check.verdict == .pass ? "" : isWaived ? " (waived)" : check.blocks ? "" : " (warns)"
        switch check.verdict {
        case .pass: return "✓ pass"
        case .fail: return "✗ fail\(suffix)"
        case .inconclusive: return "? inconclusive\(suffix)"
        case .error: return "! error\(suffix)"
        }
    }

    private static func style(_ verdict: Verdict) -> Terminal.Style {
        switch verdict {
        case .pass: .green
        case .fail, .error: .red
        case .inconclusive: .yellow
        }
    }

    private func measurements(_ check: CheckResult) -> [String] {
        let all = check.judgement.measurements
        let chosen = isFull ? all : all.filter { $0.verdict == .fail || $0.verdict == .error }
        var lines = chosen.prefix(isFull ? .max : Self.measurementsShown).map(line)
        if chosen.count > lines.count { lines.append("… and \(chosen.count - lines.count) more") }
        return lines
    }

    private func line(_ measurement: Measurement) -> String {
        var parts = [(measurement.metric + (measurement.subject.map { " [\($0)]" } ?? "")).onOneLine]
        parts.append(measurement.value.map(Wording.compact) ?? "—")
        if let lower = measurement.lower, let upper = measurement.upper {
            parts.append("(\(Wording.compact(lower))…\(Wording.compact(upper)))")
        }
        switch measurement.limit {
        case .atLeast(let limit): parts.append("≥ \(Wording.compact(limit))")
        case .atMost(let limit): parts.append("≤ \(Wording.compact(limit))")
        case nil: break
        }
        if let n = measurement.n { parts.append("n=\(n)") }
        if let reason = measurement.reason { parts.append(terminal.styled(reason.onOneLine, .dim)) }
        return parts.joined(separator: "  ")
    }
}

extension String {
    func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
