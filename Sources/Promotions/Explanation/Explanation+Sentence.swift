import GatehouseCore
import Gates

extension Explanation {
    /// The answer in words, for somebody who reads no further.
    package var sentence: String {
        let name = "\(model) v\(version)"
        guard let change = decisions.last(where: \.isChange) else { return "\(name) \(neverMoved)" }
        switch stage {
        case .production: return "\(name) is in Production since \(change.time): \(grounds(change))."
        case .staging:
            return "\(name) is in Staging since \(change.time): \(grounds(change)).\(stillMissing(after: change))"
        case .archived: return "\(name) is archived since \(change.time): \(leaving(change))."
        case .none: return "\(name) is back in None since \(change.time), \(people(change))\(quoted(change.reason))."
        }
    }

    private var neverMoved: String {
        if let refusal = refusals.last {
            let target = refusal.to.map { "to \($0), " } ?? ""
            let moves = refusals.count == 1 ? "a move was refused, " : "\(refusals.count) moves were refused, the last one "
            let checks = evaluation.map { checksInWords($0.record) + "; " } ?? ""
            return "was never let out of None: \(checks)\(moves)\(target)at \(refusal.time)\(because(refusal))."
        }
        guard let registered else { return "is not in the audit log\(asOf.map { " as it was at \($0)" } ?? "")." }
        let arrival = copiedFrom.map { "was copied from \($0.words)" } ?? "was registered"
        let seen = evaluation.map { " \(checksInWords($0.record))" }
        let asked = request(after: registered.sequence).map { (seen.map { "\($0)." } ?? "") + $0 }
        return "\(arrival) at \(registered.time) by \(registered.by)."
            + (asked ?? (seen.map { "\($0), but nobody" } ?? " Nobody") + " has asked to promote it.")
    }

    /// What became of the last request to bring it to a stage that was neither granted nor refused; nil where there is none.
    private func request(after sequence: Int64, to stage: Stage? = nil) -> String? {
        let asked = requests.last {
            $0.action == "promotion.requested" && $0.event.sequence > sequence
                && (stage == nil || $0.facts.stage("to") == stage)
        }
        guard let asked, let id = asked.facts["promotion"]?.stringValue else { return nil }
        let words = " \(asked.event.by) asked\(asked.facts.stage("to").map { " for \($0)" } ?? "") at \(asked.event.time), which"
        if let end = decisions.last(where: { $0.promotion == id }) {
            return end.kind == .withdrawn ? "\(words) was withdrawn at \(end.time) by \(end.by)\(quoted(end.reason))." : nil
        }
        let rejection = reviews.flatMap(\.rejections).last { $0.facts["promotion"]?.stringValue == id }
        return words + (rejection.map { " \($0.by) rejected at \($0.time)." } ?? " is not decided.")
    }

    private func because(_ refusal: Decision) -> String {
        refusal.missing.isEmpty ? "" : ", because of: \(refusal.missing.joined(separator: "; "))"
    }

    private func grounds(_ change: Decision) -> String {
        switch change.kind {
        case .adopted: return "adopted without gates by \(change.by)\(quoted(change.reason))"
        case .rolledBack: return "rolled back to by \(change.by)\(quoted(change.reason))"
        case .brokeGlass: return "let past the gates in an emergency by \(change.by)\(quoted(change.reason))"
        case .moved, .refused, .displaced, .withdrawn: break
        }
        var parts: [String] = []
        if let record = evaluation?.record { parts.append(checksInWords(record)) }
        if let shadow, shadow.event.sequence == change.sequence, shadow.summary.verdict == .pass {
            parts.append("in shadow for \(Duration.seconds(shadow.summary.seconds).shortText) beside v\(shadow.summary.champion)")
        }
        let approvers = change.isArrival ? approvals.map(\.by.text) : []
        if !approvers.isEmpty { parts.append("approved by \(approvers.joined(separator: " and "))") }
        if parts.isEmpty { parts.append("moved by \(change.by)\(quoted(change.reason))") }
        if !change.missing.isEmpty {
            parts.append("let through by a policy that only warns, although \(change.missing.joined(separator: "; "))")
        }
        if !change.others.isEmpty { parts.append("in place of \(change.others.map { "v\($0)" }.joined(separator: ", "))") }
        return parts.joined(separator: "; ")
    }

    /// Why a version in Staging is not in Production.
    private func stillMissing(after change: Decision) -> String {
        let refusal = refusals.last { $0.sequence > change.sequence && $0.to == .production }
        guard let refusal else {
            return request(after: change.sequence, to: .production) ?? " Nobody has asked for Production since."
        }
        return " Production was refused at \(refusal.time)\(because(refusal))."
    }

    private func leaving(_ change: Decision) -> String {
        guard change.kind == .displaced, let other = change.others.first else {
            return "moved there \(people(change))\(quoted(change.reason))"
        }
        let since = arrival.map { "; it had been in Production since \($0.time)" } ?? ""
        return "v\(other) took its place, \(people(change))\(quoted(change.reason))\(since)"
    }

    private func people(_ change: Decision) -> String { "by \(change.by)" }
    private func quoted(_ reason: String) -> String { reason.isEmpty ? "" : " (\"\(reason)\")" }

    private func checksInWords(_ record: EvaluationRecord) -> String {
        if let failure = record.failure { return "evaluation \(record.id) could not be carried out: \(failure)" }
        let bad = record.verdicts.filter { $0.value != .pass }.keys.sorted()
        let count = record.verdicts.count
        let checks = count == 1 ? "1 check" : "\(count) checks"
        if bad.isEmpty { return "all \(checks) of policy \(record.policy.reference) passed" }
        let verb = record.passed == true ? "did not pass but only warn" : "did not pass"
        return "of \(checks) of policy \(record.policy.reference) \(bad.joined(separator: ", ")) \(verb)"
    }
}
