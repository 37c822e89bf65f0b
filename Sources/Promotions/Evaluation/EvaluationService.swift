import AuditLog
package import GatehouseCore
import Gates
package import Registry
import Scoring
package import Storage

/// Evaluations in the registry: asked for, carried out by the worker, written down with what they decided.
package struct EvaluationService: Sendable {
    /// More than this many waiting, and a request is refused with `tooManyRequests`.
    package static let openMax: Int64 = 256
    /// An evaluation that takes longer, behind a model server that crawls, ends as `failed`.
    private static let secondsMax: Int64 = 6 * 3600
    private static let tagReasonCharactersMax = 500

    let store: any SQLStore
    let resolver: PlanResolver
    let evaluator: Evaluator
    let transitions: TransitionService
    package let progress: ProgressBoard
    /// Below it every evaluation has a folder of its own while it runs.
    let workDirectory: WorkDirectory
    let now: @Sendable () -> Timestamp
    let ids: @Sendable () -> String

    package init(
        store: any SQLStore, artifacts: any ArtifactStore, evaluator: Evaluator, transitions: TransitionService,
        progress: ProgressBoard, workDirectory: WorkDirectory, now: @escaping @Sendable () -> Timestamp,
        ids: @escaping @Sendable () -> String
    ) {
        self.store = store
        resolver = PlanResolver(store: store, artifacts: artifacts, policies: transitions.policies, now: now)
        self.evaluator = evaluator
        self.transitions = transitions
        self.progress = progress
        self.workDirectory = workDirectory
        self.now = now
        self.ids = ids
    }

    /// Puts an evaluation into the queue, in the caller's transaction.
    func enqueue(_ model: ModelName, _ number: VersionNumber, by principal: Principal, _ tx: SQLTransaction) throws -> Evaluation
    {
        guard try tx.openEvaluationCount() < Self.openMax else {
            throw GatehouseError(
                .tooManyRequests, "\(Self.openMax) evaluations are waiting already.", hint: "Try again when some have finished.")
        }
        let version = try tx.requiredVersion(number, of: model)
        let inForce = try transitions.policies.policy(for: model, tx)
        let evaluation = Evaluation(
            id: "ev_" + ids(), model: model, version: number, state: .queued, policyReference: inForce.reference,
            policyDigest: inForce.digest, artifactDigest: version.artifact, datasetReference: nil, championVersion: nil,
            results: [],
            reason: nil, requestedBy: principal, startedAt: now(), finishedAt: nil)
        try tx.insert(evaluation)
        try tx.append(started(evaluation, principal))
        return evaluation
    }

    package func open(_ model: ModelName, _ number: VersionNumber, by principal: Principal) async throws -> Evaluation {
        try await store.write { tx in try enqueue(model, number, by: principal, tx) }
    }

    /// Carries a queued evaluation out and writes down what it found, with every promotion that waited for it. An
    /// evaluation that cannot be carried out at all ends as `failed` and blocks what waited.
    func perform(_ id: String) async throws {
        let claimed = try await store.write { tx in
            try tx.startEvaluation(id) ? try tx.evaluation(id: id).map { try underPolicyInForce($0, tx) } : nil
        }
        guard let evaluation = claimed else { return }
        defer { progress.forget(id) }
        let (found, records) = try await carryOut(evaluation)
        do {
            try await conclude(found, on: records)
        } catch let error as GatehouseError where error.code != .unavailable && found.state == .finished {
            // What was found cannot be written down, as when the version was deleted meanwhile. A database that is out is
            // another matter: then the evaluation stays in the queue.
            try await conclude(evaluation.failed(because: error.message, at: now()), on: nil)
        }
    }

    /// A policy that was applied while the evaluation waited is what it will be judged by: its start is recorded anew, so that
    /// the log shows the thresholds before the measuring.
    private func underPolicyInForce(_ evaluation: Evaluation, _ tx: SQLTransaction) throws -> Evaluation {
        let inForce = try transitions.policies.policy(for: evaluation.model, tx)
        guard inForce.reference != evaluation.policyReference || inForce.digest != evaluation.policyDigest else {
            return evaluation
        }
        try tx.restart(evaluation.id, policyReference: inForce.reference, policyDigest: inForce.digest, at: now())
        guard let restarted = try tx.evaluation(id: evaluation.id) else { return evaluation }
        try tx.append(started(restarted, restarted.requestedBy))
        return restarted
    }

    private func started(_ evaluation: Evaluation, _ principal: Principal) -> AuditDraft {
        AuditDraft(
            id: ids(), time: evaluation.startedAt, principal: principal, action: .evaluationStarted, model: evaluation.model,
            version: evaluation.version,
            facts: .object([
                "evaluation": .string(evaluation.id), "policy": .string(evaluation.policyReference),
                "policy_digest": .string(evaluation.policyDigest.description),
                "artifact": evaluation.artifactDigest.map { .string($0.description) } ?? .null,
            ]))
    }

    /// What the checks found and on what, or why they could not be run.
    private func carryOut(_ evaluation: Evaluation) async throws -> (Evaluation, PlanResolver.Records?) {
        do {
            let records = try await resolver.records(evaluation.model, evaluation.version)
            let limit = Duration.seconds(Self.secondsMax)
            let results = try await withDeadline(limit) {
                try await workDirectory.withFolder(named: evaluation.id) { folder in
                    await evaluator.run(
                        try await resolver.plan(records, in: folder), progress: progress.sink(for: evaluation.id))
                }
            }
            // Given up, because the others in the queue wait for it.
            guard let results else { throw GatehouseError(.unavailable, "It was not finished after \(limit.shortText).") }
            // What a cancelled evaluation found is not what the model is worth; it is queued again at the next start.
            try Task.checkCancellation()
            return (evaluation.finished(with: results, on: records, at: now()), records)
        } catch let error as CancellationError {
            throw error
        } catch {
            let reason = (error as? GatehouseError)?.message ?? "an unexpected failure: \(error)"
            return (evaluation.failed(because: reason, at: now()), nil)
        }
    }

    /// Result, tags, audit entry and every waiting promotion in one transaction.
    private func conclude(_ evaluation: Evaluation, on records: PlanResolver.Records?) async throws {
        let statements = try transitions.attestor?.evaluation(evaluation) ?? []
        try await store.write { tx in
            try tx.finish(evaluation)
            try tx.keep(statements)
            let policyEntry = try records.flatMap { try tx.policyEntry($0.inForce) }
            let record = EvaluationRecord(evaluation, on: records, policyEntry: policyEntry)
            var texts: [String: String] = [:]
            texts[EvaluationRecord.customReasonsText] = EvaluationRecord.customReasons(of: evaluation)
            var entry = AuditDraft(
                id: ids(), time: evaluation.finishedAt ?? now(), principal: .system("evaluator"),
                action: .evaluationFinished, model: evaluation.model, version: evaluation.version,
                reason: evaluation.reason ?? "", texts: texts, facts: record.facts)
            entry.note(["attestations": statements.facts])
            try tx.append(entry)
            try mirror(evaluation, tx)
            for promotion in try tx.promotions(awaiting: evaluation.id) {
                try decide(promotion, evaluation, grants: Self.afterEvaluation, tx)
            }
        }
    }

    /// Short forms as tags, for MLflow's clients. The record itself is not a tag.
    private func mirror(_ evaluation: Evaluation, _ tx: SQLTransaction) throws {
        for result in evaluation.results {
            try tx.setTag(
                TagKey("gate.\(result.name).passed"), result.verdict == .pass ? "true" : "false", of: evaluation.version,
                model: evaluation.model)
            try tx.setTag(
                TagKey("gate.\(result.name).reason"), String(result.judgement.reason.prefix(Self.tagReasonCharactersMax)),
                of: evaluation.version, model: evaluation.model)
        }
    }
}

extension Evaluation {
    fileprivate func finished(with results: [CheckResult], on records: PlanResolver.Records, at now: Timestamp) -> Evaluation {
        return Evaluation(
            id: id, model: model, version: version, state: .finished, policyReference: records.inForce.reference,
            policyDigest: records.inForce.digest, artifactDigest: records.version.artifact,
            datasetReference: records.dataset.value?.reference, championVersion: records.champion?.version.number,
            results: results,
            reason: results.conclusion,
            requestedBy: requestedBy, startedAt: startedAt, finishedAt: now)
    }

    fileprivate func failed(because reason: String, at now: Timestamp) -> Evaluation {
        Evaluation(
            id: id, model: model, version: version, state: .failed, policyReference: policyReference, policyDigest: policyDigest,
            artifactDigest: artifactDigest, datasetReference: nil, championVersion: nil, results: [], reason: reason,
            requestedBy: requestedBy, startedAt: startedAt, finishedAt: now)
    }
}
