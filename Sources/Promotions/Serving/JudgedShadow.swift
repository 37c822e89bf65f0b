import GatehouseCore
import Gates
import Registry
import Rollouts
import Storage

/// What a shadow run had shown at a moment, read for a decision before its transaction begins: it takes up to 100,000 pairs, and
/// others wait while a transaction is open. The decision rests on that moment, which it records.
struct JudgedShadow: Sendable {
    let report: ShadowReport
    let until: Timestamp
    private let stopped: Timestamp?
    private let policy: Digest

    init(_ run: ShadowRun, under inForce: PolicyInForce, _ policies: PolicyBook, at now: Timestamp, _ tx: SQLTransaction) throws {
        report = try tx.shadowReport(of: run, under: policies, at: now)
        until = run.stopped ?? now
        stopped = run.stopped
        policy = inForce.digest
    }

    /// Whether it still says what the run shows: the same rules, and the run goes on or ended as it had then. That run, champion
    /// and bytes are those of the decision is looked up with the run.
    func holds(for run: ShadowRun, under inForce: PolicyInForce) -> Bool {
        run.stopped == stopped && inForce.digest == policy
    }
}

/// By run.
typealias JudgedShadows = [String: JudgedShadow]

extension TransitionService {
    /// Reads what a move of the version into the slot may rest on; nothing where its policy asks for no shadow, where something
    /// rests on one already, or for a version that is not there.
    func judgedShadows(
        of number: VersionNumber, model: ModelName, to stage: Stage, in slot: Slot
    ) async throws -> JudgedShadows {
        guard stage == .production else { return [:] }
        let now = now()
        return try await store.read { tx in
            guard let version = try tx.version(number, of: model),
                StageTransition(from: version.stage, to: stage).requirement == .approval
            else { return [:] }
            let inForce = try policies.policy(for: model, tx)
            guard inForce.policy.enforcement != .off else { return [:] }
            var judged: JudgedShadows = [:]
            _ = try tx.shadowStanding(of: version, for: slot, under: inForce, policies, judged: &judged, at: now)
            return judged
        }
    }
}
