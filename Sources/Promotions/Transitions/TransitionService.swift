package import Access
import AuditLog
package import GatehouseCore
import Gates
import Registry
package import Storage

/// A request to move a version to another stage, through whichever door it came.
package struct TransitionRequest: Sendable {
    package let model: ModelName
    package let version: VersionNumber
    package let to: Stage
    /// Where in production; other moves leave every slot that the version is active in.
    package let slot: Slot
    /// Whether the slot was asked for by name. MLflow's call knows stages only: to it, a version that is in Production
    /// already is where it was asked to be.
    package let namesSlot: Bool
    package let by: Principal
    /// What the one who asks may do. Which of it a move takes is known only with the stage the version is in.
    package let grants: Grants
    package let reason: String?
    /// Refuse when the version is not in this stage any more.
    package let expectedStage: Stage?
    /// Also archive every other version that is in the target stage, as MLflow's call can ask.
    package let archivesExisting: Bool
    /// Repeating a granted request with the same key repeats its answer.
    package let idempotencyKey: String?
    /// The promotion that asks, for the record.
    package let promotion: String?
    /// Whether a rollout was asked for by name, also where nothing is enforced.
    var asksForRollout = false
    /// What shadow runs had shown before the transaction began.
    var judged: JudgedShadows = [:]

    package init(
        model: ModelName, version: VersionNumber, to: Stage, slot: Slot? = nil, by caller: Caller, reason: String? = nil,
        expectedStage: Stage? = nil, archivesExisting: Bool = false, idempotencyKey: String? = nil, promotion: String? = nil
    ) {
        self.model = model
        self.version = version
        self.to = to
        self.slot = slot ?? Slot(model: model)
        namesSlot = slot != nil
        by = caller.principal
        grants = caller.grants
        self.reason = reason
        self.expectedStage = expectedStage
        self.archivesExisting = archivesExisting
        self.idempotencyKey = idempotencyKey
        self.promotion = promotion
    }
}

/// What became of a request.
package struct TransitionOutcome: Sendable, Equatable {
    package let from: Stage
    package let to: Stage
    /// Versions that left the target stage because of it.
    package let displaced: [VersionNumber]
    /// What enforcement `warn` let through.
    package let unmet: [MissingRequirement]
    /// Nil: it moved, or was there already. Else why it did not.
    package let refusal: [MissingRequirement]?
    /// Nil, or who lacks the role for such a move: no policy can let that through.
    var roleless: Principal?
    package let policy: String
    /// The rollout that began: the version is in Production beside the slot's champion. Not kept for a repeated request.
    var rollout: String?

    /// The refusal as the error that every door answers with.
    package func error(_ model: ModelName, _ version: VersionNumber) -> GatehouseError? {
        guard let refusal else { return nil }
        let details = refusal.map { "missing: \($0.line)" }
        if let roleless {
            return GatehouseError(
                .forbidden, "\(roleless) may not move \(model) v\(version) from \(from) to \(to).",
                hint: refusal.compactMap(\.command).first, details: details)
        }
        return GatehouseError(
            .blockedByPolicy,
            "\(model) v\(version) may not move from \(from) to \(to) under policy \(policy).",
            hint: refusal.compactMap(\.command).first, details: details)
    }
}

/// Moves versions between stages. Stage, slot, alias and audit entry are one transaction; a refusal is recorded too.
package struct TransitionService: Sendable {
    let store: any SQLStore
    let policies: PolicyBook
    let now: @Sendable () -> Timestamp
    let ids: @Sendable () -> String
    /// Signs what was decided; nil: nothing is signed.
    package let attestor: Attestor?

    package init(
        store: any SQLStore, policies: PolicyBook, attestor: Attestor? = nil, now: @escaping @Sendable () -> Timestamp,
        ids: @escaping @Sendable () -> String
    ) {
        self.store = store
        self.policies = policies
        self.attestor = attestor
        self.now = now
        self.ids = ids
    }

    /// Fails with `notFound`, with `conflict` when `expectedStage` does not hold, with `forbidden` when the caller lacks the
    /// role for such a move, with `blockedByPolicy` when the policy refuses it.
    package func transition(_ request: TransitionRequest) async throws -> TransitionOutcome {
        try ModelRegistry.check(request.reason, bytesMax: ModelRegistry.reasonBytesMax, what: "The reason")
        try ModelRegistry.check(
            request.idempotencyKey, bytesMax: ModelRegistry.idempotencyKeyBytesMax, what: "The idempotency key")
        var request = request
        request.judged = try await judgedShadows(
            of: request.version, model: request.model, to: request.to, in: request.slot)
        let outcome = try await store.write { [request] tx in
            if let answered = try tx.answer(to: request) { return answered }
            let outcome = try apply(request, tx)
            if outcome.refusal == nil { try tx.keep(outcome, for: request) }
            return outcome
        }
        if let error = outcome.error(request.model, request.version) { throw error }
        return outcome
    }

    /// The same inside a transaction that the caller has begun; a refusal comes back as a value, because the transaction
    /// that records it must commit.
    func apply(_ request: TransitionRequest, _ tx: SQLTransaction) throws -> TransitionOutcome {
        let version = try tx.requiredVersion(request.version, of: request.model)
        if let expected = request.expectedStage, version.stage != expected {
            throw GatehouseError(
                .conflict, "\(request.model) v\(request.version) is in \(version.stage), not in \(expected) as expected.",
                hint:
                    "Look at it again before you decide: gatehouse version show \(shellQuoted(request.model.text)) \(request.version)"
            )
        }
        let inForce = try policies.policy(for: request.model, tx)
        let facts = try facts(request, version, inForce, tx)
        let from = version.stage
        let decided = PromotionMachine.decide(facts)
        // MLflow takes a call for the stage that a version is in: it archives the others and notes the time.
        let action = decided == .nothing && facts.enforcement == .off ? .move(unmet: []) : decided
        if action != .nothing, let role = request.missingRole(for: facts) {
            // A policy that is off or only warns lets nobody do what takes a role.
            let missing = [role] + (action.refusal ?? [])
            try tx.append(entry(request, .transitionRefused, .refused, inForce, facts, missing: missing, displaced: []))
            return TransitionOutcome(
                from: from, to: request.to, displaced: [], unmet: [], refusal: missing, roleless: request.by,
                policy: inForce.reference)
        }
        switch action {
        case .nothing:
            return TransitionOutcome(
                from: from, to: request.to, displaced: [], unmet: [], refusal: nil, policy: inForce.reference)
        case .refuse(let missing):
            try tx.append(entry(request, .transitionRefused, .refused, inForce, facts, missing: missing, displaced: []))
            return TransitionOutcome(
                from: from, to: request.to, displaced: [], unmet: [], refusal: missing, policy: inForce.reference)
        case .move(let unmet):
            return try carryOut(request, version, inForce, facts, unmet: unmet, tx)
        }
    }

    private func carryOut(
        _ request: TransitionRequest, _ version: ModelVersion, _ inForce: PolicyInForce, _ facts: TransitionFacts,
        unmet: [MissingRequirement], _ tx: SQLTransaction
    ) throws -> TransitionOutcome {
        func outcome(displaced: [VersionNumber] = [], refusal: [MissingRequirement]? = nil) -> TransitionOutcome {
            TransitionOutcome(
                from: version.stage, to: request.to, displaced: displaced, unmet: refusal == nil ? unmet : [], refusal: refusal,
                policy: inForce.reference)
        }
        switch try passage(request, version, inForce, facts, tx) {
        case .atOnce:
            return outcome(displaced: try move(request, version, inForce, facts, unmet: unmet, tx))
        case .rollout(let rules, let champion, let digest):
            let rollout = try begin(
                request, version, inForce, facts, rules, champion: (champion, digest), unmet: unmet, tx)
            var begun = outcome()
            begun.rollout = rollout.id
            return begun
        case .refused(let missing):
            try tx.append(entry(request, .transitionRefused, .refused, inForce, facts, missing: [missing], displaced: []))
            return outcome(refusal: [missing])
        }
    }

    func facts(
        _ request: TransitionRequest, _ version: ModelVersion, _ inForce: PolicyInForce, _ tx: SQLTransaction
    ) throws -> TransitionFacts {
        let evaluation = try tx.latestFinishedEvaluation(of: request.model, version: request.version)
        var facts = TransitionFacts(
            model: request.model, version: request.version, transition: StageTransition(from: version.stage, to: request.to),
            enforcement: inForce.policy.enforcement, policyDigest: inForce.digest, maxAge: inForce.policy.evaluation.maxAge,
            reviewersRequired: inForce.policy.reviewersRequired, artifactDigest: version.artifact,
            evaluation: evaluation?.facts,
            wasActiveInSlot: try tx.hasBeenActive(request.version, in: request.slot), reason: request.reason,
            now: now())
        facts.policyReference = inForce.reference
        facts.policyApplied = inForce.applied
        facts.waived = try evaluation.map { try waivedChecks($0, version, inForce, tx) } ?? []
        facts.staleness = try policies.staleness(of: inForce, for: request.model, at: facts.now, tx)
        facts.emptied = try emptiedSlots(request, version, tx)
        guard request.to == .production else { return facts }
        facts.slot = request.slot
        // One that a rollout brings into the slot is on its way there.
        facts.holdsSlot =
            try request.namesSlot == false || tx.occupant(of: request.slot)?.version == request.version
            || tx.openRollout(in: request.slot)?.version == request.version
        facts.slotProblem = inForce.policy.problem(with: request.slot)
        facts.approvals = try tx.approvals(of: version, for: request.slot, under: inForce, at: facts.now)
        facts.reviewersRequired = try tx.reviewersRequired(for: version, in: request.slot, under: inForce)
        if let time = try tx.rolledBack(version, in: request.slot) {
            facts.rolledBackAt = time
            facts.approvals.reviews = try facts.approvals.reviews.filter { try tx.requiredReview($0).requestedAt > time }
        }
        if facts.requirement == .approval, facts.enforcement != .off {
            var judged = request.judged
            facts.shadow = try tx.shadowStanding(
                of: version, for: request.slot, under: inForce, policies, judged: &judged, at: facts.now)
        }
        return facts
    }

    /// The slots that lose their version by it, beside the one that it is about: those of a version that leaves Production, and
    /// those of the others that MLflow's call archives on the way.
    private func emptiedSlots(_ request: TransitionRequest, _ version: ModelVersion, _ tx: SQLTransaction) throws -> [Slot] {
        var leaving: [VersionNumber] = []
        if request.to != .production {
            if version.stage == .production { leaving = [version.number] }
        } else if request.archivesExisting {
            leaving = try tx.versions(of: request.model, in: .production, limit: Page.entriesMax).map(\.number)
                .filter { $0 != request.version }
        }
        return try leaving.flatMap { try tx.occupancies(of: request.model, version: $0).map(\.slot) }
    }

    func entry(
        _ request: TransitionRequest, _ action: AuditAction, _ outcome: AuditOutcome, _ inForce: PolicyInForce,
        _ facts: TransitionFacts, missing: [MissingRequirement], displaced: [VersionNumber]
    ) -> AuditDraft {
        AuditDraft(
            id: ids(), time: facts.now, principal: request.by, action: action, outcome: outcome, model: request.model,
            version: request.version, reason: request.reason ?? "",
            facts: .object([
                "from": .string(facts.transition.from.rawValue),
                "to": .string(request.to.rawValue),
                "policy": .string(inForce.reference),
                "policy_digest": .string(inForce.digest.description),
                "enforcement": .string(facts.enforcement.rawValue),
                "artifact": facts.artifactDigest.map { .string($0.description) } ?? .null,
                "evaluation": facts.evaluation.map { .string($0.id) } ?? .null,
                "promotion": request.promotion.map { .string($0) } ?? .null,
                "slot": request.to == .production ? .string(request.slot.description) : .null,
                "reviews": .array(facts.approvals.reviews.map { .string($0) }),
                "missing": .array(missing.map { .string($0.what) }),
                "policy_applied": facts.policyApplied.map { .string($0.description) } ?? .null,
                "evaluation_started": facts.evaluation?.startedAt.map { .string($0.description) } ?? .null,
                "waivers": .object(Dictionary(facts.waived.map { ($0.check, .string($0.waiver)) }) { first, _ in first }),
                "stale": facts.staleness.map { .array($0.reasons.map { .string($0) }) } ?? [],
                "displaced": .array(displaced.map { .integer($0.value) }),
                "shadow": facts.shadow.finding?.facts ?? .null,
            ]))
    }
}

extension TransitionRequest {
    /// The role that such a move takes and the one who asks does not hold, in its slot and in those that it empties.
    func missingRole(for facts: TransitionFacts) -> MissingRequirement? {
        let permission: Permission =
            facts.requirement == .rollback
            ? .rollBack(model, environment: slot.environment, segment: slot.segment)
            : .transition(model, facts.transition, environment: slot.environment, segment: slot.segment)
        let emptying = facts.emptied.filter { $0.environment != slot.environment || $0.segment != slot.segment }.map {
            Permission.transition(
                model, StageTransition(from: .production, to: .archived), environment: $0.environment, segment: $0.segment)
        }
        guard let lacking = ([permission] + emptying).first(where: { !grants.allows($0) }) else { return nil }
        return MissingRequirement(lacking.neededRole, command: lacking.remedyCommand(for: by))
    }
}

extension Policy {
    /// Why a version cannot be active in a slot under this policy. A segment takes in those below it.
    func problem(with slot: Slot) -> String? {
        if slot.segment == Slot.defaultSegment {
            return noDefaultSegment ? "the policy has no default slot: name one of \(segments.joined(separator: ", "))" : nil
        }
        guard !segments.contains(where: { slot.segment == $0 || slot.segment.hasPrefix($0 + "/") }) else { return nil }
        let known = segments.isEmpty ? "it names none" : "it names \(segments.joined(separator: ", "))"
        return "the policy names no segment '\(slot.segment)': \(known)"
    }
}

extension PromotionMachine.Action {
    fileprivate var refusal: [MissingRequirement]? {
        switch self {
        case .nothing, .move: nil
        case .refuse(let missing): missing
        }
    }
}
