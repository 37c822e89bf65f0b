import GatehouseCore
package import Storage

extension RunStatus: SQLBindable { package var sqlValue: SQLValue { .text(rawValue) } }

extension SQLTransaction {
    func insert(_ run: RunInfo, tags: [LoggedEntry]) throws {
        try execute(
            """
            INSERT INTO run (id, experiment, name, user_id, status, start_time, end_time, artifact_uri, lifecycle)
            VALUES (\(run.id), \(run.experiment), \(run.name), \(run.userID), \(run.status), \(run.startTime), \(run.endTime),
                \(run.artifactURI), \(run.lifecycle))
            """)
        try insert("INSERT INTO run_tag (run, key, value) VALUES", tags.map { [.text(run.id), .text($0.key), .text($0.value)] })
    }

    /// Changes what is given. The name is a tag, too.
    func updateRun(_ id: String, name: String?, status: RunStatus?, endTime: Int64?) throws {
        try execute(
            """
            UPDATE run SET name = COALESCE(\(name), name), status = COALESCE(\(status), status),
                end_time = COALESCE(\(endTime), end_time)
            WHERE id = \(id)
            """)
        guard let name else { return }
        let tag = LoggedEntry(key: Run.nameTag, value: LoggedKey.truncated(name, to: Run.tagValueCharactersMax))
        try setTags([tag], ofRun: id)
    }

    func moveRun(_ id: String, to lifecycle: Lifecycle, at now: Timestamp) throws -> Bool {
        let deleted: Timestamp? = lifecycle == .deleted ? now : nil
        return try execute("UPDATE run SET lifecycle = \(lifecycle), deleted_at = \(deleted) WHERE id = \(id)") == 1
    }

    /// Of a key that is there twice the last value counts.
    func setTags(_ tags: [LoggedEntry], ofRun id: String) throws {
        let last = Dictionary(tags.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
        try insert(
            "INSERT INTO run_tag (run, key, value) VALUES",
            last.sorted { $0.key < $1.key }.map { [.text(id), .text($0.key), .text($0.value)] },
            "ON CONFLICT (run, key) DO UPDATE SET value = excluded.value")
    }

    func tag(_ key: String, ofRun id: String) throws -> String? {
        try first("SELECT value FROM run_tag WHERE run = \(id) AND key = \(key)") { try $0.text("value") }
    }

    func deleteTag(_ key: String, ofRun id: String) throws -> Bool {
        try execute("DELETE FROM run_tag WHERE run = \(id) AND key = \(key)") == 1
    }

    /// Adds the params that are new. Returns the first values of those that have another one.
    func addParams(_ params: [LoggedEntry], ofRun id: String) throws -> [(param: LoggedEntry, kept: String)] {
        let added = try insert(
            "INSERT INTO run_param (run, key, value) VALUES",
            params.map { [.text(id), .text($0.key), .text($0.value)] }, "ON CONFLICT (run, key) DO NOTHING")
        guard added < params.count else { return [] }
        let kept = try rows("SELECT key, value FROM run_param WHERE run = \(id)", LoggedEntry.init)
        let values = Dictionary(kept.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        return params.compactMap { param in
            guard let value = values[param.key], value != param.value else { return nil }
            return (param, value)
        }
    }

    /// Adds the points that are new, and keeps the newest of each key. Returns how many were new.
    @discardableResult
    func addMetrics(_ metrics: [Metric], ofRun id: String) throws -> Int {
        guard !metrics.isEmpty else { return 0 }
        let added = try insert(
            "INSERT INTO metric (run, key, logged_at, step, value, is_nan) VALUES", metrics.map { $0.row(of: id) },
            "ON CONFLICT (run, key, logged_at, step, value, is_nan) DO NOTHING")
        var newest: [String: Metric] = [:]
        for metric in metrics where newest[metric.key].map({ metric.isNewer(than: $0) }) ?? true { newest[metric.key] = metric }
        try insert(
            "INSERT INTO latest_metric (run, key, logged_at, step, value, is_nan) VALUES",
            newest.sorted { $0.key < $1.key }.map { $0.value.row(of: id) },
            """
            ON CONFLICT (run, key) DO UPDATE SET logged_at = excluded.logged_at, step = excluded.step, value = excluded.value,
                is_nan = excluded.is_nan
            WHERE (excluded.step, excluded.logged_at, excluded.value)
                > (latest_metric.step, latest_metric.logged_at, latest_metric.value)
            """)
        return added
    }

    /// Adds datasets to an experiment and to what a run read. What is there already stays as it is.
    func addInputs(_ inputs: [DatasetInput], of run: RunInfo) throws {
        for input in inputs {
            let dataset = input.dataset
            try execute(
                """
                INSERT INTO run_dataset (experiment, name, digest, source_type, source, schema_text, profile)
                VALUES (\(run.experiment), \(dataset.name), \(dataset.digest), \(dataset.sourceType), \(dataset.source),
                    \(dataset.schema), \(dataset.profile))
                ON CONFLICT (experiment, name, digest) DO NOTHING
                """)
            let isNew =
                try execute(
                    """
                    INSERT INTO run_input (run, experiment, name, digest)
                    VALUES (\(run.id), \(run.experiment), \(dataset.name), \(dataset.digest))
                    ON CONFLICT (run, name, digest) DO NOTHING
                    """) == 1
            guard isNew else { continue }
            try insert(
                "INSERT INTO run_input_tag (run, name, digest, key, value) VALUES",
                input.tags.map {
                    [.text(run.id), .text(dataset.name), .text(dataset.digest), .text($0.key), .text($0.value)]
                })
        }
    }

    func addModelInputs(_ models: [String], ofRun id: String) throws {
        try insert(
            "INSERT INTO run_model_input (run, model_id) VALUES", models.map { [.text(id), .text($0)] },
            "ON CONFLICT (run, model_id) DO NOTHING")
    }

    func addModelOutputs(_ outputs: [ModelOutput], ofRun id: String) throws {
        let last = Dictionary(outputs.map { ($0.modelID, $0.step) }, uniquingKeysWith: { _, last in last })
        try insert(
            "INSERT INTO run_model_output (run, model_id, step) VALUES",
            last.sorted { $0.key < $1.key }.map { [.text(id), .text($0.key), .integer($0.value)] },
            "ON CONFLICT (run, model_id) DO UPDATE SET step = excluded.step")
    }
}

extension Metric {
    fileprivate func row(of run: String) -> [SQLValue] {
        [.text(run), .text(key), .integer(time), .integer(step), .double(storedValue), .integer(value.isNaN ? 1 : 0)]
    }
}
