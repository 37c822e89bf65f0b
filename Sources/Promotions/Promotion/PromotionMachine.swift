package import GatehouseCore

/// Something a transition needs and does not have, with the command that gets it.
package struct MissingRequirement: Sendable, Equatable {
    package let what: String
    package let command: String?

    package init(_ what: String, command: String? = nil) {
        self.what = what
        self.command = command
    }

    /// One line of a refusal.
    package var line: String { command.map { "\(what) → \($0)" } ?? what }
}

/// What is known when a transition is decided. Gathered in the transaction that applies the decision.
package struct TransitionFacts: Sendable {
    package let model: ModelName
    package let version: VersionNumber
    package let transition: StageTransition
    package let enforcement: PolicyEnforcement
    /// The policy's digest now, and how old an evaluation may be.
    package let policyDigest: Digest
    package let maxAge: Duration
    package var reviewersRequired: Int
    package let artifactDigest: Digest?
    /// The newest finished evaluation of this version.
    package let evaluation: EvaluationFacts?
    /// Whether this version was active in the slot before: what makes a move a rollback.
    package let wasActiveInSlot: Bool
    package let reason: String?
    package let now: Timestamp
    /// The place in production that the move is about. Only moves to Production look at it.
    package var slot: Slot
    /// Others that lose their version by it: it takes the role for these too.
    package var emptied: [Slot] = []
    /// Whether the version is the slot's active one.
    package var holdsSlot = true
    /// Why the policy has no such slot; nil: it has.
    package var slotProblem: String?
    /// What reviewers have said about this very request.
    package var approvals = ApprovalFacts()
    /// `credit-risk@3`, and when it was applied; nil for the server's default.
    package var policyReference: String?
    package var policyApplied: Timestamp?
    /// Failed checks that do not keep this version out, for now.
    package var waived: [WaivedCheck] = []
    package var staleness: PolicyStaleness?
    /// When a rollout of these very bytes was last rolled back in the slot: only approvals that were asked for since count.
    package var rolledBackAt: Timestamp?
    /// What shadow traffic showed; only moves that take approvals look at it.
    package var shadow = ShadowStanding.notAsked

    package init(
        model: ModelName, version: VersionNumber, transition: StageTransition, enforcement: PolicyEnforcement,
        policyDigest: Digest, maxAge: Duration, reviewersRequired: Int, artifactDigest: Digest?, evaluation: EvaluationFacts?,
        wasActiveInSlot: Bool, reason: String?, now: Timestamp
    ) {
        self.model = model
        self.version = version
        self.transition = transition
        self.enforcement = enforcement
        self.policyDigest = policyDigest
        self.maxAge = maxAge
        self.reviewersRequired = reviewersRequired
        slot = Slot(model: model)
        self.artifactDigest = artifactDigest
        self.evaluation = evaluation
        self.wasActiveInSlot = wasActiveInSlot
        self.reason = reason
        self.now = now
    }
}

extension TransitionFacts {
    /// What the move asks for. A version that serves one slot needs for another one what the first one took.
    package var requirement: TransitionRequirement {
        guard transition.from == .production, transition.to == .production, !holdsSlot else { return transition.requirement }
        return wasActiveInSlot ? .rollback : .approval
    }
}

/// The approvals that count now: of different people who may give one, not expired, bound to what is there.
package struct ApprovalFacts: Sendable, Equatable {
    /// The reviews in which they were given.
    package var reviews: [String]
    /// A promotion that still waits for reviewers, or whose approvals wait for somebody to carry it out.
    package var promotion: String?

    package init(reviews: [String] = [], promotion: String? = nil) {
        self.reviews = reviews
        self.promotion = promotion
    }
}

/// What a finished evaluation says, as far as a transition cares.
package struct EvaluationFacts: Sendable, Equatable {
    package let id: String
    package let policyDigest: Digest
    package let artifactDigest: Digest?
    package let blockingChecks: [String]
    /// The policy asked for no check at all. Nothing was shown, and nothing is never a pass.
    package let isEmpty: Bool
    package let finishedAt: Timestamp
    /// The policy version that judged, and when it was asked to.
    package var policyReference: String?
    package var startedAt: Timestamp?

    package init(
        id: String, policyDigest: Digest, artifactDigest: Digest?, blockingChecks: [String], isEmpty: Bool = false,
        finishedAt: Timestamp
    ) {
        self.id = id
        self.policyDigest = policyDigest
        self.artifactDigest = artifactDigest
        self.blockingChecks = blockingChecks
        self.isEmpty = isEmpty
        self.finishedAt = finishedAt
    }
}

/// Decides transitions: the table of `StageTransition`, with everything a requirement asks for looked up in the facts.
package struct PromotionMachine: Sendable {
    package enum Action: Sendable, Equatable {
        /// The version is there already.
        case nothing
        /// Move it. `unmet` is what enforcement `warn` let through; it is recorded.
        case move(unmet: [MissingRequirement])
        case refuse([MissingRequirement])
    }

    package static func decide(_ facts: TransitionFacts) -> Action {
        guard facts.requirement != .nothing else { return .nothing }
        let unmet = missing(facts)
        switch facts.enforcement {
        case .off: return .move(unmet: [])
        case .warn: return .move(unmet: unmet)
        case .enforce: return unmet.isEmpty ? .move(unmet: []) : .refuse(unmet)
        }
    }

    /// Whether nothing but people's approvals is missing for a move that takes them: the time to ask for them.
    static func awaitsApprovalOnly(_ facts: TransitionFacts) -> Bool {
        facts.enforcement == .enforce && facts.requirement == .approval && gapsBesideApproval(facts).isEmpty
            && !approvalGaps(facts).isEmpty
    }

    private static func missing(_ facts: TransitionFacts) -> [MissingRequirement] {
        switch facts.requirement {
        case .nothing: []
        case .passingEvaluation: evaluationGaps(facts) + staleGaps(facts)
        case .approval: gapsBesideApproval(facts) + approvalGaps(facts)
        case .reason: reasonGaps(facts)
        case .rollback: rollbackGaps(facts) + reasonGaps(facts) + pinnedGaps(facts)
        case .breakGlass:
            [
                MissingRequirement(
                    "\(facts.model) v\(facts.version) has not been in Staging: None → Production does not exist outside break-glass",
                    command: "gatehouse promote \(shellQuoted(facts.model.text)) \(facts.version) --to staging --wait")
            ]
        case .forbidden(let because):
            [MissingRequirement("\(facts.transition.from) → \(facts.transition.to) is not a transition: \(because)")]
        }
    }

    private static func gapsBesideApproval(_ facts: TransitionFacts) -> [MissingRequirement] {
        slotGaps(facts) + evaluationGaps(facts) + staleGaps(facts) + pinnedGaps(facts) + facts.shadow.gaps
    }

    /// Whether the newest evaluation meets all that a transition asks of one, so that nothing has to be measured again.
    static func evaluationHolds(_ facts: TransitionFacts) -> Bool { evaluationGaps(facts).isEmpty }

    private static func evaluationGaps(_ facts: TransitionFacts) -> [MissingRequirement] {
        let command = "gatehouse evaluate \(shellQuoted(facts.model.text)) \(facts.version) --wait"
        guard let evaluation = facts.evaluation else {
            return [MissingRequirement("no evaluation of \(facts.model) v\(facts.version) exists", command: command)]
        }
        var gaps: [MissingRequirement] = []
        if evaluation.artifactDigest != facts.artifactDigest {
            gaps.append(
                MissingRequirement("evaluation \(evaluation.id) is of other bytes than this version's artifact", command: command)
            )
        }
        if evaluation.policyDigest != facts.policyDigest {
            gaps.append(MissingRequirement("evaluation \(evaluation.id) was made under another policy version", command: command))
        }
        gaps += thresholdGaps(evaluation, facts, command)
        if facts.now.since(evaluation.finishedAt) > facts.maxAge {
            gaps.append(
                MissingRequirement(
                    "evaluation \(evaluation.id) is older than the policy's max_age of \(facts.maxAge.shortText)",
                    command: command))
        }
        if evaluation.isEmpty {
            gaps.append(
                MissingRequirement("the policy asks for no check, so nothing was shown", command: "gatehouse policy gates"))
        }
        let failed = evaluation.blockingChecks.filter { name in !facts.waived.contains { $0.check == name } }
        if !failed.isEmpty {
            gaps.append(
                MissingRequirement(
                    "failed gates: \(failed.joined(separator: ", "))",
                    command: "gatehouse evaluation show \(evaluation.id)"))
        }
        return gaps
    }

    /// Thresholds are fixed before anything is measured against them: a policy version that was applied after the evaluation
    /// was asked for does not decide about it, even one that says the same as an earlier one.
    private static func thresholdGaps(
        _ evaluation: EvaluationFacts, _ facts: TransitionFacts, _ command: String
    ) -> [MissingRequirement] {
        guard evaluation.policyDigest == facts.policyDigest, let policy = facts.policyReference else { return [] }
        let isOther = evaluation.policyReference.map { $0 != policy } ?? false
        let isLater = facts.policyApplied.map { applied in evaluation.startedAt.map { applied > $0 } ?? false } ?? false
        guard isOther || isLater else { return [] }
        return [
            MissingRequirement(
                "the policy \(policy) was applied after evaluation \(evaluation.id) started, and thresholds come first",
                command: command)
        ]
    }

    private static func staleGaps(_ facts: TransitionFacts) -> [MissingRequirement] {
        guard let stale = facts.staleness, stale.blocks else { return [] }
        return [MissingRequirement(stale.note, command: stale.command)]
    }

    private static func pinnedGaps(_ facts: TransitionFacts) -> [MissingRequirement] {
        guard facts.artifactDigest == nil else { return [] }
        return [
            MissingRequirement(
                "the artifact of \(facts.model) v\(facts.version) is unpinned: its bytes were never hashed and sealed",
                command: "gatehouse version create \(shellQuoted(facts.model.text)) --model PATH")
        ]
    }

    private static func slotGaps(_ facts: TransitionFacts) -> [MissingRequirement] {
        guard let problem = facts.slotProblem else { return [] }
        return [MissingRequirement(problem, command: "gatehouse policy show \(shellQuoted(facts.model.text))")]
    }

    private static func approvalGaps(_ facts: TransitionFacts) -> [MissingRequirement] {
        let missing = facts.reviewersRequired - facts.approvals.reviews.count
        guard missing > 0 else { return [] }
        let people = missing == 1 ? "1 approval" : "\(missing) approvals"
        let more = facts.approvals.reviews.isEmpty ? "" : " more"
        let since = facts.rolledBackAt.map { ", asked for since these bytes were rolled back here at \($0)" } ?? ""
        if let promotion = facts.approvals.promotion {
            return [
                MissingRequirement(
                    "\(people)\(more) by a reviewer, bound to the promotion \(promotion)\(since)",
                    command: "gatehouse review list --promotion \(promotion)")
            ]
        }
        return [
            MissingRequirement(
                "\(people) by a reviewer, bound to this request\(since)",
                command:
                    "gatehouse promote \(shellQuoted(facts.model.text)) \(facts.version) --to production\(facts.slot.options)")
        ]
    }

    private static func reasonGaps(_ facts: TransitionFacts) -> [MissingRequirement] {
        guard facts.reason?.allSatisfy(\.isWhitespace) ?? true else { return [] }
        return [MissingRequirement("a reason", command: "repeat it with --reason \"…\"")]
    }

    private static func rollbackGaps(_ facts: TransitionFacts) -> [MissingRequirement] {
        guard !facts.wasActiveInSlot else { return [] }
        return [
            MissingRequirement(
                "\(facts.model) v\(facts.version) was never active in this slot, so moving it there is no rollback",
                command: "gatehouse promote \(shellQuoted(facts.model.text)) \(facts.version) --to staging --wait")
        ]
    }
}

extension Slot {
    /// The options that name it on a command line, behind a space; nothing for the default slot.
    var options: String {
        (environment == Self.defaultEnvironment ? "" : " --environment \(shellQuoted(environment))")
            + (segment == Self.defaultSegment ? "" : " --slot \(shellQuoted(segment))")
    }
}
