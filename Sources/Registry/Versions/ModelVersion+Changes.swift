package import GatehouseCore
package import Storage

extension SQLTransaction {
    /// Moves a version from one stage to another if it still is in the first one. What the move requires is decided above;
    /// the audit entry is the caller's. Fails with `notFound` and, when somebody was faster, with `conflict`.
    package func changeStage(
        of number: VersionNumber, model: ModelName, from expected: Stage, to stage: Stage, at now: Timestamp
    ) throws {
        let leftProduction: SQLStatement =
            expected == .production && stage != .production ? ", left_production_at = \(now)" : ""
        let changed = try execute(
            """
            UPDATE model_version SET stage = \(stage), updated_at = \(now)\(leftProduction)
            WHERE model = \(model) AND number = \(number) AND stage = \(expected) AND deleted_at IS NULL
            """)
        guard changed == 1 else {
            let current = try requiredVersion(number, of: model).stage
            throw GatehouseError(
                .conflict, "\(model)/\(number) is in \(current), not in \(expected): its stage changed meanwhile.",
                hint: "Look at it again before you decide: gatehouse version show \(model) \(number)")
        }
        try touchModel(model, at: now)
    }

    /// The next number of a model, counted in its row: two registrations at once wait for each other. Fails with `notFound`.
    func nextVersionNumber(of model: ModelName, at now: Timestamp) throws -> VersionNumber {
        let number = try first(
            """
            UPDATE registered_model SET last_version = last_version + 1, updated_at = \(now)
            WHERE name = \(model) AND deleted_at IS NULL RETURNING last_version
            """
        ) { try VersionNumber($0.integer("last_version")) }
        guard let number else { throw RegisteredModel.notFound(model) }
        return number
    }

    func insertVersion(
        _ number: VersionNumber, _ request: VersionRequest, fingerprint: Digest, by principal: Principal, at now: Timestamp
    ) throws {
        try execute(
            """
            INSERT INTO model_version (model, number, stage, source, run_id, run_link, logged_model_id, storage_location,
                description, artifact, signature, created_by, created_at, updated_at, idempotency_key, request_digest)
            VALUES (\(request.model), \(number), \(Stage.none), \(request.source), \(request.runID), \(request.runLink),
                \(request.loggedModelID), \(request.storageLocation), \(request.description), \(request.manifest?.digest), \(request.signature?.json),
                \(principal), \(now), \(now), \(request.idempotencyKey), \(fingerprint))
            """)
    }

    /// The version that an idempotency key made, deleted or not, with the fingerprint of its request.
    func registration(
        idempotencyKey key: String, of model: ModelName
    ) throws -> (number: VersionNumber, fingerprint: Digest)? {
        try first(
            "SELECT number, request_digest FROM model_version WHERE model = \(model) AND idempotency_key = \(key)"
        ) { (number: try VersionNumber($0.integer("number")), fingerprint: try $0.digest("request_digest")) }
    }

    func updateVersion(_ number: VersionNumber, of model: ModelName, description: String, at now: Timestamp) throws {
        try execute(
            """
            UPDATE model_version SET description = \(description), updated_at = \(now)
            WHERE model = \(model) AND number = \(number) AND deleted_at IS NULL
            """)
    }

    /// Hides a version and takes its aliases away. The row, its tags and its number stay.
    func buryVersion(_ number: VersionNumber, of model: ModelName, at now: Timestamp) throws {
        try execute("DELETE FROM model_alias WHERE model = \(model) AND version = \(number)")
        try execute(
            """
            UPDATE model_version SET deleted_at = \(now), updated_at = \(now)
            WHERE model = \(model) AND number = \(number) AND deleted_at IS NULL
            """)
        try touchModel(model, at: now)
    }

    /// Hides a model with all its versions.
    func buryModel(_ model: ModelName, at now: Timestamp) throws {
        try execute("DELETE FROM model_alias WHERE model = \(model)")
        try execute("DELETE FROM model_tag WHERE model = \(model)")
        try execute("UPDATE model_version SET deleted_at = \(now) WHERE model = \(model) AND deleted_at IS NULL")
        try execute("UPDATE registered_model SET deleted_at = \(now) WHERE name = \(model)")
    }

    /// A version whose production history is too young to forget: in Production, active in a slot, or left it after `since`.
    func protectedVersion(
        of model: ModelName, number: VersionNumber?, leftProductionAfter since: Timestamp
    ) throws -> VersionNumber? {
        let one: SQLStatement = number.map { "AND v.number = \($0)" } ?? ""
        return try first(
            """
            SELECT v.number FROM model_version v
            WHERE v.model = \(model) \(one) AND v.deleted_at IS NULL
                AND (v.stage = \(Stage.production) OR v.left_production_at > \(since) OR EXISTS (
                    SELECT 1 FROM slot_occupancy o WHERE o.model = v.model AND o.version = v.number))
            ORDER BY v.number LIMIT 1
            """
        ) { try VersionNumber($0.integer("number")) }
    }
}
