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
            let subject = try tx.subject(of: question)
            let (place, rollout) = (subject.place, subject.rollout)
            guard let version = subject.version else { return .nothing(in: question.slot) }
            let number = version.number
            var facts = ClearanceFacts(
                model: question.model, version: number, stage: version.stage, artifact: version.artifact, slot: question.slot,
                claimed: question.digest)
            (facts.occupant, facts.rollout) = (subject.occupant, rollout)
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
            guard let version = try tx.subject(of: question).version else { return .nothing(in: question.slot) }
            let number = version.number
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

extension ClearanceFinding {
    fileprivate static func nothing(in slot: Slot) -> ClearanceFinding {
        ClearanceFinding(
            clearance: Clearance(.inconclusive, "Nothing is active in \(slot), so there is nothing to ask about."))
    }
}

/// What a question is about, and what it was found by.
private struct ClearanceSubject {
    /// The slot that answers: the one that was asked about, or the nearest one it falls back to.
    let place: Slot
    let rollout: Rollout?
    let occupant: SlotOccupancy?
    /// Nil: none was named, and none is there.
    let version: ModelVersion?
}

extension SQLTransaction {
    /// Fails with `notFound` for a model or version that is not there.
    fileprivate func subject(of question: ClearanceQuestion) throws -> ClearanceSubject {
        _ = try requiredModel(question.model)
        let occupant = try occupantWithFallback(of: question.slot)
        let place =
            occupant.map { Slot(model: $0.slot.model, environment: $0.slot.environment, segment: $0.slot.segment) }
            ?? question.slot
        let rollout = try openRollout(in: place)
        let number = question.version ?? rollout?.version ?? occupant?.version
        return ClearanceSubject(
            place: place, rollout: rollout, occupant: occupant,
            version: try number.map { try requiredVersion($0, of: question.model) })
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
