import AuditLog
package import GatehouseCore
package import Registry
import Rollouts
package import Storage

/// A slot was taken from a version, in the middle of its rollout or after it.
package struct RolledBack: Sendable, Equatable {
    package let slot: Slot
    /// Which version that was: one of the same bytes, where it is not the one that was asked about.
    package let version: VersionNumber
    /// What serves instead.
    package let to: VersionNumber
    package let time: Timestamp
    /// Nil where the entry cannot be read.
    package let by: Principal?
    package let because: String
    /// The rollout that ended so: these bytes come into the slot again with approvals asked for after it only. Nil for a slot
    /// that was rolled back after the rollout.
    package let rollout: String?
    package let auditSequence: Int64?
}

extension SQLTransaction {
    private static let rolledBackMax = 20

    /// When a version, or another one of the same bytes, was rolled back, newest first.
    package func timesRolledBack(_ version: ModelVersion) throws -> [RolledBack] {
        let inRollouts = try rolloutsRolledBack(version)
        let told = Set(inRollouts.compactMap(\.auditSequence))
        let afterwards = try rows(
            """
            SELECT id FROM after_the_fact_review
            WHERE model = \(version.model) AND previous_version = \(version.number)
                AND kind = \(AfterTheFactReview.Kind.rollback.rawValue)
            ORDER BY opened_at DESC, id DESC LIMIT \(Self.rolledBackMax)
            """
        ) { try $0.text("id") }.compactMap { try afterTheFactReview(id: $0) }.filter { !told.contains($0.auditSequence) }
        let slots = afterwards.map { review in
            let entry = try? auditEntry(sequence: review.auditSequence)
            return RolledBack(
                slot: review.slot, version: version.number, to: review.version, time: review.opened, by: review.actedBy,
                because: entry?.reason ?? "", rollout: nil, auditSequence: review.auditSequence)
        }
        return (inRollouts + slots).sorted { $0.time > $1.time }
    }

    private func rolloutsRolledBack(_ version: ModelVersion) throws -> [RolledBack] {
        guard let digest = version.artifact else { return [] }
        let ended = try rows(
            """
            SELECT id, ended_at FROM rollout WHERE model = \(version.model) AND digest = \(digest)
                AND phase = \(RolloutMachine.Phase.rolledBack.rawValue)
            ORDER BY ended_at DESC, id DESC LIMIT \(Self.rolledBackMax)
            """
        ) { (id: try $0.text("id"), time: try $0.timestamp("ended_at")) }
        return try ended.map { end in
            let rollout = try requiredRollout(end.id)
            let sequence = try events(ofRollout: end.id, limit: 1).last?.auditEntry
            let entry = sequence.flatMap { try? auditEntry(sequence: $0) }
            let words = [entry?.reason, rollout.machine.verdict.reason].compactMap { $0 }.first { !$0.isEmpty }
            return RolledBack(
                slot: rollout.slot, version: rollout.version, to: rollout.champion, time: end.time, by: entry?.principal,
                because: words ?? "", rollout: end.id, auditSequence: sequence)
        }
    }
}
