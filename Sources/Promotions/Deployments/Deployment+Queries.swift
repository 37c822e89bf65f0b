package import GatehouseCore
package import Storage

extension SQLTransaction {
    package static let deploymentsListMax = 1_000

    package func deployment(id: String) throws -> Deployment? {
        try first("SELECT * FROM deployment WHERE id = \(id)", Deployment.init(row:))
    }

    /// Newest first.
    package func deployments(
        of model: ModelName, version: VersionNumber? = nil, environment: String? = nil, target: String? = nil, limit: Int = 100
    ) throws -> [Deployment] {
        var condition: SQLStatement = "model = \(model)"
        if let version { condition = "\(condition) AND version = \(version)" }
        if let environment { condition = "\(condition) AND environment = \(environment)" }
        if let target { condition = "\(condition) AND target = \(target)" }
        return try rows(
            """
            SELECT * FROM deployment WHERE \(condition) ORDER BY started_at DESC, id DESC
            LIMIT \(min(max(limit, 1), Self.deploymentsListMax))
            """, Deployment.init(row:))
    }

    /// The one that this job began, or began and ended, there.
    func deployment(_ report: DeploymentReport) throws -> Deployment? {
        try first(
            """
            SELECT * FROM deployment WHERE model = \(report.slot.model) AND version = \(report.version)
                AND environment = \(report.slot.environment) AND segment = \(report.slot.segment)
                AND target = \(report.target) AND job = \(report.job)
            """, Deployment.init(row:))
    }

    /// The version that the last finished job left at a target.
    func versionDeployed(to target: String, of slot: Slot) throws -> VersionNumber? {
        try first(
            """
            SELECT version FROM deployment WHERE model = \(slot.model) AND environment = \(slot.environment)
                AND target = \(target) AND outcome IN ('succeeded', 'unchanged')
            ORDER BY finished_at DESC, end_entry DESC LIMIT 1
            """
        ) { try VersionNumber($0.integer("version")) }
    }

    func insert(_ deployment: Deployment) throws {
        try execute(
            """
            INSERT INTO deployment (id, model, environment, segment, version, artifact_digest, target, job, is_active, previous,
                outcome, document, started_at, start_entry, finished_at, end_entry)
            VALUES (\(deployment.id), \(deployment.slot.model), \(deployment.slot.environment), \(deployment.slot.segment),
                \(deployment.version), \(deployment.artifact), \(deployment.target), \(deployment.job), \(deployment.isActive),
                \(deployment.previous), \(deployment.outcome.rawValue), \(deployment.document.canonicalText),
                \(deployment.started), \(deployment.startEntry), \(deployment.finished), \(deployment.endEntry))
            """)
    }

    /// Ends one that runs. Whether it did.
    func finish(
        _ id: String, as outcome: Deployment.Outcome, _ document: JSONValue, at now: Timestamp, entry: Int64
    ) throws -> Bool {
        try execute(
            """
            UPDATE deployment SET outcome = \(outcome.rawValue), document = \(document.canonicalText), finished_at = \(now),
                end_entry = \(entry)
            WHERE id = \(id) AND finished_at IS NULL
            """) == 1
    }

    /// Deployments follow their model to another name.
    func renameModelOfDeployments(from old: ModelName, to new: ModelName) throws {
        try execute("UPDATE deployment SET model = \(new) WHERE model = \(old)")
    }
}

extension Deployment {
    fileprivate init(row: SQLRow) throws {
        guard let outcome = Outcome(rawValue: try row.text("outcome")) else {
            throw GatehouseError(.integrity, "A deployment has the unknown outcome '\(try row.text("outcome"))'.")
        }
        self.init(
            id: try row.text("id"),
            slot: Slot(
                model: try ModelName(row.text("model")), environment: try row.text("environment"),
                segment: try row.text("segment")),
            version: try VersionNumber(row.integer("version")), artifact: try row.digest("artifact_digest"),
            target: try row.text("target"), job: try row.text("job"), isActive: try row.bool("is_active"),
            previous: try row.optional("previous") { try VersionNumber(row.integer($0)) }, outcome: outcome,
            document: try row.json("document"), started: try row.timestamp("started_at"),
            startEntry: try row.integer("start_entry"), finished: try row.optional("finished_at", row.timestamp),
            endEntry: try row.optional("end_entry", row.integer))
    }
}
