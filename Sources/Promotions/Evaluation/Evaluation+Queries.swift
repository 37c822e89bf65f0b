package import GatehouseCore
import Gates
package import Storage

extension SQLTransaction {
    package func insert(_ evaluation: Evaluation) throws {
        try execute(
            """
            INSERT INTO evaluation (id, model, version, state, policy_reference, policy_digest, artifact_digest,
                dataset_reference, champion_version, results, reason, requested_by, started_at, finished_at)
            VALUES (\(evaluation.id), \(evaluation.model), \(evaluation.version), \(evaluation.state.rawValue),
                \(evaluation.policyReference), \(evaluation.policyDigest), \(evaluation.artifactDigest),
                \(evaluation.datasetReference), \(evaluation.championVersion), \(JSONValue.array(evaluation.results.map(\.json))),
                \(evaluation.reason), \(evaluation.requestedBy),
                \(evaluation.startedAt), \(evaluation.finishedAt))
            """)
    }

    /// Claims a queued evaluation. False when somebody else did, or it is gone.
    package func startEvaluation(_ id: String) throws -> Bool {
        try execute("UPDATE evaluation SET state = 'running' WHERE id = \(id) AND state = 'queued'") == 1
    }

    /// Notes that a running evaluation begins under another policy than the one it was queued under.
    func restart(_ id: String, policyReference: String, policyDigest: Digest, at now: Timestamp) throws {
        try execute(
            """
            UPDATE evaluation SET policy_reference = \(policyReference), policy_digest = \(policyDigest), started_at = \(now)
            WHERE id = \(id) AND finished_at IS NULL
            """)
    }

    /// Closes a running evaluation. Fails with `conflict` when it is not running.
    package func finish(_ evaluation: Evaluation) throws {
        let changed = try execute(
            """
            UPDATE evaluation SET state = \(evaluation.state.rawValue), policy_reference = \(evaluation.policyReference),
                policy_digest = \(evaluation.policyDigest), artifact_digest = \(evaluation.artifactDigest),
                dataset_reference = \(evaluation.datasetReference), champion_version = \(evaluation.championVersion),
                results = \(JSONValue.array(evaluation.results.map(\.json))),
                reason = \(evaluation.reason),
                finished_at = \(evaluation.finishedAt)
            WHERE id = \(evaluation.id) AND finished_at IS NULL
            """)
        guard changed == 1 else {
            throw GatehouseError(.conflict, "The evaluation \(evaluation.id) is finished already or does not exist.")
        }
    }

    package func evaluation(id: String) throws -> Evaluation? {
        try first("SELECT * FROM evaluation WHERE id = \(id)", Evaluation.init(row:))
    }

    /// Newest first.
    package func evaluations(of model: ModelName, version: VersionNumber, limit: Int) throws -> [Evaluation] {
        try rows(
            """
            SELECT * FROM evaluation WHERE model = \(model) AND version = \(version)
            ORDER BY started_at DESC, id DESC LIMIT \(min(max(limit, 1), 1000))
            """, Evaluation.init(row:))
    }

    /// The newest one that was carried out to the end.
    package func latestFinishedEvaluation(of model: ModelName, version: VersionNumber) throws -> Evaluation? {
        try first(
            """
            SELECT * FROM evaluation WHERE model = \(model) AND version = \(version) AND state = 'finished'
            ORDER BY started_at DESC, id DESC LIMIT 1
            """, Evaluation.init(row:))
    }

    /// The one that has waited longest.
    func nextQueuedEvaluation() throws -> String? {
        try first("SELECT id FROM evaluation WHERE state = 'queued' ORDER BY started_at, id LIMIT 1") { try $0.text("id") }
    }

    func queuedEvaluation(of model: ModelName, version: VersionNumber, policy: Digest) throws -> Evaluation? {
        try first(
            """
            SELECT * FROM evaluation WHERE model = \(model) AND version = \(version) AND state = 'queued'
                AND policy_digest = \(policy) ORDER BY started_at, id LIMIT 1
            """, Evaluation.init(row:))
    }

    /// What was not finished when the process ended, oldest first.
    package func openEvaluations() throws -> [Evaluation] {
        try rows(
            "SELECT * FROM evaluation WHERE state IN ('queued', 'running') ORDER BY started_at, id LIMIT 1000",
            Evaluation.init(row:))
    }

    /// Puts what a killed process was running back into the queue; repeating an evaluation harms nothing.
    func requeueInterruptedEvaluations() throws {
        try execute("UPDATE evaluation SET state = 'queued' WHERE state = 'running'")
    }

    package func openEvaluationCount() throws -> Int64 {
        try first("SELECT COUNT(*) AS n FROM evaluation WHERE state IN ('queued', 'running')") { try $0.integer("n") } ?? 0
    }
}

extension Evaluation {
    fileprivate init(row: SQLRow) throws {
        guard let state = State(rawValue: try row.text("state")) else {
            throw GatehouseError(.internalFailure, "An evaluation is in the unknown state '\(try row.text("state"))'.")
        }
        self.init(
            id: try row.text("id"), model: try ModelName(row.text("model")), version: try VersionNumber(row.integer("version")),
            state: state, policyReference: try row.text("policy_reference"), policyDigest: try row.digest("policy_digest"),
            artifactDigest: try row.optional("artifact_digest", row.digest),
            datasetReference: try row.optional("dataset_reference", row.text),
            championVersion: try row.optional("champion_version") { try VersionNumber(row.integer($0)) },
            results: try (row.json("results").arrayValue ?? []).map { try CheckResult(json: $0) },
            reason: try row.optional("reason", row.text), requestedBy: Principal(stored: try row.text("requested_by")),
            startedAt: try row.timestamp("started_at"), finishedAt: try row.optional("finished_at", row.timestamp))
    }
}
