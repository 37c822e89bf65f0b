import GatehouseCore
import Promotions

/// What is known about a move, complete until a test takes something away.
struct Facts {
    var model = "credit-risk"
    var from: Stage
    var to: Stage
    var enforcement = PolicyEnforcement.enforce
    var artifact: Digest? = digest(1)
    /// Its id; nil: there is none.
    var evaluation: String? = "ev_1"
    var evaluatedArtifact: Digest? = digest(1)
    var evaluatedPolicy = digest(2)
    var blocking: [String] = []
    var age = Duration.seconds(60)
    var wasActive = true
    var reason: String? = "because"
    var reviewers = 1
    /// The reviews in which valid approvals were given.
    var approvals: [String] = []
    var holdsSlot = true
    var slotProblem: String?
    var shadow = ShadowStanding.notAsked
    var hasChecks = true

    init(_ from: Stage, _ to: Stage) {
        self.from = from
        self.to = to
    }

    static func digest(_ byte: UInt8) -> Digest { Digest(bytes: Array(repeating: byte, count: 32)) }
    static let maxAge = Duration.seconds(7 * 86_400)

    var facts: TransitionFacts {
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        guard let model = try? ModelName(model), let version = try? VersionNumber(3) else {
            preconditionFailure("the test names a model or version that cannot exist")
        }
        var facts = TransitionFacts(
            model: model, version: version, transition: StageTransition(from: from, to: to), enforcement: enforcement,
            policyDigest: Self.digest(2), maxAge: Self.maxAge, reviewersRequired: reviewers, artifactDigest: artifact,
            evaluation: evaluation.map {
                EvaluationFacts(
                    id: $0, policyDigest: evaluatedPolicy, artifactDigest: evaluatedArtifact, blockingChecks: blocking,
                    isEmpty: !hasChecks, finishedAt: now.adding(.zero - age))
            },
            wasActiveInSlot: wasActive, reason: reason, now: now)
        facts.approvals = ApprovalFacts(reviews: approvals)
        facts.holdsSlot = holdsSlot
        facts.shadow = shadow
        facts.slotProblem = slotProblem
        return facts
    }

    /// What system.md §1 asks of an evaluation, written down a second time.
    var evaluationHolds: Bool {
        evaluation != nil && evaluatedArtifact == artifact && evaluatedPolicy == Self.digest(2) && blocking.isEmpty
            && age <= Self.maxAge
    }

    var hasReason: Bool { reason?.contains { !$0.isWhitespace } ?? false }
}

extension PromotionMachine.Action {
    /// What a refusal names; empty when the move is granted.
    var missing: [MissingRequirement] {
        switch self {
        case .nothing, .move: []
        case .refuse(let missing): missing
        }
    }
}
