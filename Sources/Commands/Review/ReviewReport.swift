import GatehouseCore
import Gates
import Rendering
import WireAPI

/// A review in words: what it is about, what was said, what to do next.
struct ReviewReport {
    let terminal: Terminal

    static func table(_ reviews: [ReviewSummary]) -> TextTable {
        var table = TextTable([
            ("REVIEW", .left), ("MODEL", .left), ("VERSION", .right), ("REVIEWER", .left), ("STATE", .left), ("UNTIL", .left),
            ("FLAGS", .left),
        ])
        for review in reviews {
            table.add([
                review.id, review.modelName, String(review.modelVersion), review.reviewer, review.state, review.expiresAt,
                review.flags.joined(separator: " "),
            ])
        }
        return table
    }

    func show(_ answer: ReviewAnswer) {
        let review = answer.review
        terminal.out("\(review.modelName) v\(review.modelVersion) for \(answer.slot)")
        terminal.out("  asked of      \(review.reviewer), by \(answer.requestedBy) on \(review.requestedAt)")
        if let reason = answer.requestReason, !reason.isEmpty { terminal.out("  because       \(reason)") }
        terminal.out("  state         \(review.state)\(review.reason.map { ": \($0)" } ?? "")")
        terminal.out("  good until    \(review.expiresAt)")
        terminal.out("  bound to      \(answer.bindingDigest)")
        terminal.out("  promotion     \(review.promotionID) is \(answer.promotionState): \(answer.promotionReason)")
        showLimitations(answer)
        showAnswers(answer)
        showFlags(review.flags)
        for comment in answer.comments { terminal.out("  \(comment.author), \(comment.at): \(comment.text)") }
        if let next = Self.next(answer) { terminal.note("next: \(next)") }
    }

    private func showLimitations(_ answer: ReviewAnswer) {
        guard !answer.limitations.isEmpty else { return }
        terminal.out("  known limitations, each to be ticked:")
        for (index, limitation) in answer.limitations.enumerated() { terminal.out("    \(index + 1). \(limitation)") }
    }

    private func showAnswers(_ answer: ReviewAnswer) {
        let answered = answer.questions.filter { $0.answer != nil }
        if !answered.isEmpty { terminal.out("  answers (\(answer.questionnaire)):") }
        for question in answered {
            terminal.out("    \(question.text)")
            terminal.out("      \(question.answer ?? "")")
        }
        if answer.edgeCasesTried > 0 { terminal.out("  tried         \(Wording.count(answer.edgeCasesTried, "edge case"))") }
        if !answer.evidenceOpened.isEmpty {
            terminal.out("  looked at     \(answer.evidenceOpened.joined(separator: ", "))")
        }
    }

    func showFlags(_ flags: [String]) {
        for flag in flags {
            let words = ReviewFlag(rawValue: flag)?.words ?? flag
            terminal.out("  \(terminal.styled("flagged", .yellow)) \(flag): \(words)")
        }
    }

    func show(_ panel: ReviewEvidenceAnswer) {
        terminal.out(terminal.styled(panel.title, .bold))
        for line in panel.lines { terminal.out("  \(line)") }
    }

    /// The command that comes next for the one who was asked; nil when there is nothing left to do.
    static func next(_ answer: ReviewAnswer) -> String? {
        let id = answer.review.id
        switch answer.review.state {
        case "requested": return "gatehouse review open \(id)"
        case "opened":
            return answer.evidenceOpened.isEmpty
                ? "gatehouse review open \(id) --panel gates" : "gatehouse review answer \(id) --form > answers.yaml"
        case "answered": return "gatehouse review approve \(id) --token …, or gatehouse review reject \(id) --reason …"
        default: return nil
        }
    }
}
