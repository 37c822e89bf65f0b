import GatehouseCore
import Gates
import Promotions
import Rendering

/// What one reviewer is asked about one promotion, what they looked at, and what they said.
struct ReviewScreen: Screen {
    static let commentsMax = 100
    static let linesMax = 40

    let review: Review
    let promotion: Promotion
    let others: [Review]
    let required: Int
    let lines: [CheckLine]
    /// The version that is active in the slot.
    let champion: VersionNumber?
    /// What the reviewer has opened.
    let evidence: [ReviewEvidence]
    let trials: [ReviewTrial]
    /// What the panel of trials offers; nil until it was opened.
    let offer: TrialOffer?
    let questions: [Questionnaire.Question]
    let answers: [String: String]
    let comments: [ReviewComment]
    /// Why the reader cannot decide; nil: they can.
    let objection: String?
    /// Shown once, right after the questionnaire was completed.
    let token: String?

    var subject: String { "\(review.model) v\(review.version)" }
    var title: [String] { ["Review by \(review.reviewer.name)", "\(subject) to \(promotion.to)"] }
    var place: Place { .reviews }
    // While the token is shown the page must not be fetched anew.
    var topics: [String] { token == nil ? [LiveFeed.Topic.topic(review.model)] : [] }

    var mayDecide: Bool { objection == nil && review.state.isOpen }
    var approvals: Int { others.count { $0.state == .approved } }
}

// MARK: - In words

extension ReviewScreen {
    func finding(at now: Timestamp) -> String {
        let who = objection == nil ? "you" : review.reviewer.name
        switch review.state {
        case .requested, .opened, .answered:
            let asked = "\(subject) is to go to production, and waits for \(who). \(standing)"
            return asked + " The review ends \(distance(from: now, to: review.expiresAt))."
        case .approved: return "\(review.reviewer.name) approved \(subject). \(standing)"
        case .rejected: return "\(review.reviewer.name) rejected \(subject): \(review.reason ?? "the reason was erased")."
        case .voided, .expired, .withdrawn:
            return "There is nothing left to decide: the review is \(review.state.rawValue)"
                + (review.voidBecause.map { ", because \($0)." } ?? ".")
        }
    }

    private var standing: String { "\(approvals) of \(Wording.count(required, "approval")) given." }

    /// The two clocks that the policy looks at, running or stopped.
    func clocks(at now: Timestamp) -> [(name: String, value: String)] {
        let end = review.decidedAt ?? now
        let isOpen = review.decidedAt == nil
        func taken(since start: Timestamp?) -> String {
            start.map { Self.words(end.since($0)) } ?? (isOpen ? "not opened yet" : "never opened")
        }
        let until = isOpen ? "to now" : "to the decision"
        return [
            ("From the request \(until)", taken(since: review.requestedAt)),
            ("From opening it \(until)", taken(since: review.openedAt)),
        ]
    }

    /// `2 h 5 min`, `48 s`
    static func words(_ duration: Duration) -> String {
        let seconds = max(0, duration.milliseconds / 1000)
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3600 { return "\(seconds / 60) min \(seconds % 60) s" }
        return "\(seconds / 3600) h \(seconds / 60 % 60) min"
    }

    static func words(_ panel: Review.Panel) -> String {
        switch panel {
        case .gates: "Gate results"
        case .groups: "Evaluation by group"
        case .champion: "Beside the champion"
        case .shadow: "Shadow traffic"
        case .limitations: "Known limitations"
        case .rollout: "Rollout plan"
        case .trials: "Try edge cases"
        }
    }

    /// Answers by the question's key: fields named `answer.risk`.
    static func answers(in form: Form) -> [String: String] {
        Dictionary(form.names(after: "answer.").map { ($0, form["answer." + $0]) }, uniquingKeysWith: { first, _ in first })
    }
}
