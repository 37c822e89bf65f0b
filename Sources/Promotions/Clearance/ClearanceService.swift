package import GatehouseCore
import Registry
import Storage

/// What somebody who moves traffic outside of Gatehouse asks about.
package struct ClearanceQuestion: Sendable, Equatable {
    package let model: ModelName
    /// Nil: the version that a rollout brings into the slot, or else the one that is active in it.
    package let version: VersionNumber?
    package let slot: Slot
    /// Staging or Production.
    package let stage: Stage
    /// Of the bytes that are about to be served; nil: not said.
    package let digest: Digest?

    /// Fails with `invalidArgument` for a stage that serves nobody.
    package init(
        model: ModelName, version: VersionNumber?, slot: Slot, stage: Stage, digest: Digest?
    ) throws(GatehouseError) {
        guard stage == .staging || stage == .production else {
            throw GatehouseError(.invalidArgument, "A version serves in Staging or in Production, not in \(stage).")
        }
        self.model = model
        self.version = version
        self.slot = slot
        self.stage = stage
        self.digest = digest
    }
}

/// An answer with what it was read from.
package struct ClearanceFinding: Sendable {
    package let clearance: Clearance
    /// Nil: nothing is in the slot that was asked about.
    package var version: VersionNumber?
    package var stage: Stage?
    package var artifact: Digest?
    package var rollout: Rollout?
    package var evaluation: Evaluation?
    /// Check by waiver.
    package var waived: [String: String] = [:]
}

/// Answers those who move traffic themselves. It reads, decides nothing and records nothing: what it says is what transitions,
/// rollouts and evaluations have decided.
package struct ClearanceService: Sendable {
    private let transitions: TransitionService

    package init(_ transitions: TransitionService) { self.transitions = transitions }

    /// Whether the version may serve there now. Fails with `notFound` for a model or version that is not there.
    package func approval(_ question: ClearanceQuestion) async throws -> ClearanceFinding {
        try await transitions.store.read { tx in
            _ = try tx.requiredModel(question.model)
            let place = try tx.place(of: question.slot)
            let rollout = try tx.openRollout(in: place)
            let occupant = try tx.occupantWithFallback(of: question.slot)
            guard let number = question.version ?? rollout?.version ?? occupant?.version else {
                return ClearanceFinding(
                    clearance: Clearance(
                        .inconclusive, "Nothing is active in \(question.slot), so there is nothing to ask about."))
            }
            let version = try tx.requiredVersion(number, of: question.model)
            var facts = ClearanceFacts(
                model: question.model, version: number, stage: version.stage, artifact: version.artifact, slot: question.slot,
                claimed: question.digest)
            (facts.occupant, facts.rollout) = (occupant, rollout)
            facts.rolledBackAt = try tx.rolledBack(version, in: place)
            facts.promotion = try tx.newestPromotion(of: number, to: question.stage, in: question.slot)
            let own = rollout.flatMap { $0.version == number ? $0 : nil }
            return ClearanceFinding(
                clearance: question.stage == .production ? .forProduction(facts) : .forStaging(facts), version: number,
                stage: version.stage, artifact: version.artifact, rollout: own)
        }
    }

    /// What the newest evaluation says. Fails with `notFound` for a model or version that is not there.
    package func evaluation(_ question: ClearanceQuestion) async throws -> ClearanceFinding {
        try await transitions.store.read { tx in
            _ = try tx.requiredModel(question.model)
            let place = try tx.place(of: question.slot)
            let present = try tx.openRollout(in: place)?.version ?? tx.occupantWithFallback(of: question.slot)?.version
            guard let number = question.version ?? present else {
                return ClearanceFinding(
                    clearance: Clearance(
                        .inconclusive, "Nothing is active in \(question.slot), so there is nothing to ask about."))
            }
            let version = try tx.requiredVersion(number, of: question.model)
            let inForce = try transitions.policies.policy(for: question.model, tx)
            let evaluation = try tx.latestFinishedEvaluation(of: question.model, version: number)
            let waived = try evaluation.map { try transitions.waivedChecks($0, version, inForce, tx) } ?? []
            let names = Dictionary(waived.map { ($0.check, $0.waiver) }) { first, _ in first }
            let subject = "\(question.model) v\(number)"
            let isOther = question.digest.map { $0 != version.artifact } ?? false
            let clearance =
                isOther
                ? Clearance(.fail, "The bytes to be served are not those of \(subject).")
                : Clearance.byEvaluation(
                    evaluation, of: (subject, version.artifact), under: inForce, waived: Set(names.keys), at: transitions.now(),
                    remedy: "gatehouse evaluate \(shellQuoted(question.model.text)) \(number)")
            return ClearanceFinding(
                clearance: clearance, version: number, stage: version.stage, artifact: version.artifact, evaluation: evaluation,
                waived: names)
        }
    }
}

extension SQLTransaction {
    /// The slot that answers for one: itself, or the nearest one it falls back to.
    fileprivate func place(of slot: Slot) throws -> Slot {
        guard let occupied = try occupantWithFallback(of: slot)?.slot else { return slot }
        return Slot(model: occupied.model, environment: occupied.environment, segment: occupied.segment)
    }

    /// The newest request to bring a version there; of Staging there is one.
    fileprivate func newestPromotion(of version: VersionNumber, to stage: Stage, in slot: Slot) throws -> PromotionStanding? {
        let place: SQLStatement =
            stage == .production ? "AND environment = \(slot.environment) AND segment = \(slot.segment)" : ""
        return try first(
            """
            SELECT id, state, reason FROM promotion WHERE model = \(slot.model) AND version = \(version) AND to_stage = \(stage)
                \(place) ORDER BY requested_at DESC, id DESC LIMIT 1
            """
        ) { row in
            guard let state = Promotion.State(rawValue: try row.text("state")) else {
                throw GatehouseError(.internalFailure, "A promotion is in the unknown state '\(try row.text("state"))'.")
            }
            return PromotionStanding(id: try row.text("id"), state: state, reason: try row.text("reason"))
        }
    }
}
