import AuditLog
import GatehouseCore
import Gates
import Promotions
import Rendering
import Rollouts

/// A request to bring a version to a stage: how it stands, what blocks it, who must act.
struct PromotionScreen: Screen {
    static let activityMax = 40
    /// How many entries of the version are looked through for those of the promotion.
    static let entriesLookedAtMax = 200
    static let waiversMax = 20

    let promotion: Promotion
    let evaluation: Evaluation?
    /// One that this promotion was not decided on.
    let newer: Evaluation?
    let progress: [StepProgress]
    let lines: [CheckLine]
    let reviews: [Review]
    let reviewersRequired: Int
    let waivers: [WaiverRecord]
    /// Nil where the policy has the version take the whole traffic at once.
    let plan: RolloutRules?
    let policy: String
    /// The rollout that this promotion began.
    let rollout: Rollout?
    /// Whether the reader may take it back, as long as it is not decided.
    let mayWithdraw: Bool
    /// Nil where the reader may not read the audit log.
    let activity: [AuditEntry]?

    var subject: String { "\(promotion.model) v\(promotion.version)" }

    var title: [String] { [stateTitle, "\(subject) to \(promotion.to)"] }
    var place: Place { .models }
    var topics: [String] {
        // What an evaluation has done so far is not in the log; topics of traffic tick.
        [LiveFeed.Topic.topic(promotion.model)] + (promotion.state == .evaluating ? ["traffic"] : [])
    }

    private var stateTitle: String {
        switch promotion.state {
        case .evaluating: "Evaluating"
        case .awaitingReview: "Awaiting review"
        case .approved: "Approved"
        case .blocked: "Blocked"
        case .withdrawn: "Withdrawn"
        }
    }
}

// MARK: - In words

extension PromotionScreen {
    /// The verdict in words and numbers.
    var finding: String {
        switch promotion.state {
        case .evaluating:
            guard !progress.isEmpty else { return "Waiting: the evaluation has not begun yet." }
            let done = progress.count(where: \.isDone)
            return "Being evaluated: \(Wording.count(done, "part")) done, \(progress.count - done) under way."
        case .awaitingReview: return "Waits for \(approvalsMissing). " + lines.sentence
        case .approved:
            let reason = ownReason.hasPrefix("Approved") ? ownReason : "Approved. " + ownReason
            return reason + (wentBack ? " That rollout was rolled back." : "")
                + (lines.isEmpty ? "" : " " + lines.sentenceWhenLetIn)
        case .blocked:
            let keepsOut = lines.contains(where: \.blocks)
            return "Blocked. " + (keepsOut ? lines.sentence : ownReason)
        case .withdrawn: return promotion.why
        }
    }

    var tone: Tone {
        switch promotion.state {
        case .evaluating, .withdrawn: .neutral
        case .awaitingReview: .caution
        case .approved: wentBack ? .caution : .good
        case .blocked: .bad
        }
    }

    /// The promotion's own words, without what the page says already.
    private var ownReason: String {
        let reason = promotion.reason.replacing("Promotion blocked. ", with: "")
        return reason.isEmpty || reason.hasSuffix(".") ? reason : reason + "."
    }

    private var wentBack: Bool { rollout?.machine.phase == .rolledBack }

    var approvalsGiven: Int { reviews.count { $0.state == .approved } }

    private var approvalsMissing: String {
        let missing = max(0, reviewersRequired - approvalsGiven)
        let waiting = reviews.filter(\.state.isOpen).map(\.reviewer.name)
        return "\(missing) of \(Wording.count(reviewersRequired, "approval"))"
            + (waiting.isEmpty ? "" : " (\(Wording.list(waiting)))")
    }

    /// `5 %, 25 %, 100 % of the traffic, each step at least 1 h and 2,000 requests`
    static func words(_ plan: RolloutRules) -> String {
        plan.steps.map { "\($0) %" }.joined(separator: ", ")
            + " of the traffic, each step at least \(plan.stepMinDuration.words) and "
            + Wording.count(plan.stepMinRequests, "request") + ", then \(plan.bake.words) of baking"
    }
}
