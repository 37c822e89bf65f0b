import GatehouseCore
import Storage
import WireAPI

// The rows of MLflow's tables as the objects that its server answers with.

extension SQLTransaction {
    /// Tags or params by what they belong to. `head` ends with the column that is compared; owners are texts, also of numbers.
    func tags(_ head: SQLStatement, _ owners: [String]) throws -> [String: [MLflowTag]] {
        guard !owners.isEmpty else { return [:] }
        // The column is a number or a text; the values are compared as what they are.
        let list = SQLStatement.joined(
            owners.map { owner -> SQLStatement in Int64(owner).map { "\($0)" } ?? "\(owner)" }, by: ", ")
        return try grouped("\(head) IN (\(list)) ORDER BY key") {
            MLflowTag(key: try $0.text("key"), value: try $0.optional("value", $0.text) ?? "")
        }
    }

    /// Rows by their column `owner`.
    func grouped<T>(_ statement: SQLStatement, _ read: (SQLRow) throws -> T) throws -> [String: [T]] {
        var grouped: [String: [T]] = [:]
        _ = try rows(statement) { row in grouped[try row.written("owner") ?? "", default: []].append(try read(row)) }
        return grouped
    }

    func mlflowRuns(_ infos: [MLflowRunInfo], _ schema: MLflowSchema) throws -> [MLflowRun] {
        guard !infos.isEmpty else { return [] }
        let ids = SQLStatement.list(infos.map(\.id))
        let params = try grouped("SELECT run_uuid AS owner, key, value FROM params WHERE run_uuid IN (\(ids))") {
            MLflowTag(key: try $0.text("key"), value: try $0.written("value") ?? "")
        }
        let tags = try grouped("SELECT run_uuid AS owner, key, value FROM tags WHERE run_uuid IN (\(ids))") {
            MLflowTag(key: try $0.text("key"), value: try $0.written("value") ?? "")
        }
        let (datasets, inputs, outputs) = try logs(of: ids, schema)
        return infos.map { info in
            MLflowRun(
                info: info, params: params[info.id, default: []], tags: tags[info.id, default: []],
                datasets: datasets[info.id, default: []], modelInputs: inputs[info.id, default: []],
                modelOutputs: outputs[info.id, default: []])
        }
    }

    /// What runs read and made.
    private func logs(
        of ids: SQLStatement, _ schema: MLflowSchema
    ) throws -> (datasets: [String: [MLflowDatasetInput]], inputs: [String: [String]], outputs: [String: [MLflowModelOutput]]) {
        guard schema.tables.isSuperset(of: ["inputs", "datasets", "input_tags"]) else { return ([:], [:], [:]) }
        let tags = try grouped(
            """
            SELECT t.input_uuid AS owner, t.name AS key, t.value FROM input_tags t JOIN inputs i ON i.input_uuid = t.input_uuid
            WHERE i.destination_type = 'RUN' AND i.destination_id IN (\(ids)) ORDER BY t.name
            """
        ) { MLflowTag(key: try $0.text("key"), value: try $0.written("value") ?? "") }
        let datasets = try grouped(
            """
            SELECT i.destination_id AS owner, i.input_uuid, d.* FROM inputs i JOIN datasets d ON d.dataset_uuid = i.source_id
            WHERE i.source_type = 'DATASET' AND i.destination_type = 'RUN' AND i.destination_id IN (\(ids))
            """
        ) { row in
            MLflowDatasetInput(
                name: try row.text("name"), digest: try row.text("digest"), sourceType: try row.text("dataset_source_type"),
                source: try row.text("dataset_source"), schema: try row.written("dataset_schema"),
                profile: try row.written("dataset_profile"), tags: tags[try row.text("input_uuid"), default: []])
        }
        let inputs = try grouped(
            """
            SELECT source_id AS owner, destination_id FROM inputs
            WHERE source_type = 'RUN_INPUT' AND destination_type = 'MODEL_INPUT' AND source_id IN (\(ids))
            """
        ) { try $0.text("destination_id") }
        let step: SQLStatement = schema.hasOutputSteps ? "step" : "0"
        let outputs = try grouped(
            """
            SELECT source_id AS owner, destination_id, \(step) AS step FROM inputs
            WHERE source_type = 'RUN_OUTPUT' AND destination_type = 'MODEL_OUTPUT' AND source_id IN (\(ids))
            """
        ) { MLflowModelOutput(modelID: try $0.text("destination_id"), step: try $0.integer("step")) }
        return (datasets, inputs, outputs)
    }

    func completed(_ models: [ImportedLoggedModel]) throws -> [ImportedLoggedModel] {
        guard !models.isEmpty else { return [] }
        let ids = SQLStatement.list(models.map(\.model.id))
        let tags = try grouped(
            "SELECT model_id AS owner, tag_key, tag_value FROM logged_model_tags WHERE model_id IN (\(ids)) ORDER BY tag_key"
        ) { MLflowTag(key: try $0.text("tag_key"), value: try $0.written("tag_value") ?? "") }
        let params = try grouped(
            "SELECT model_id AS owner, param_key, param_value FROM logged_model_params WHERE model_id IN (\(ids)) ORDER BY param_key"
        ) { MLflowTag(key: try $0.text("param_key"), value: try $0.written("param_value") ?? "") }
        let metrics = try grouped(
            "SELECT model_id AS owner, * FROM logged_model_metrics WHERE model_id IN (\(ids))", MLflowMetric.init(loggedModelRow:)
        )
        return models.map { found in
            var found = found
            found.model.tags = tags[found.model.id, default: []]
            found.model.params = params[found.model.id, default: []]
            found.model.metrics = metrics[found.model.id, default: []].compactMap(\.self)
            return found
        }
    }

    func completed(_ models: [MLflowRegisteredModel], _ schema: MLflowSchema) throws -> [MLflowRegisteredModel] {
        guard !models.isEmpty else { return [] }
        let names = SQLStatement.list(models.map(\.name))
        let tags = try grouped(
            """
            SELECT name AS owner, key, value FROM registered_model_tags
            WHERE name IN (\(names)) AND \(schema.isOurs("registered_model_tags")) ORDER BY key
            """
        ) { MLflowTag(key: try $0.text("key"), value: try $0.written("value") ?? "") }
        let aliases =
            try schema.tables.contains("registered_model_aliases")
            ? grouped(
                """
                SELECT name AS owner, alias, version FROM registered_model_aliases
                WHERE name IN (\(names)) AND \(schema.isOurs("registered_model_aliases")) ORDER BY alias
                """
            ) { MLflowAlias(alias: try $0.text("alias"), version: try $0.written("version") ?? "") }
            : [:]
        return models.map { model in
            var model = model
            model.tags = tags[model.name, default: []]
            model.aliases = aliases[model.name, default: []]
            return model
        }
    }
}

extension SQLRow {
    /// A text, or a number as it is written: SQLite keeps what it was given, whatever the column says.
    func written(_ column: String) throws -> String? {
        switch try value(column) {
        case .null: nil
        case .text(let text): text
        case .integer(let integer): String(integer)
        case .double(let number): "\(number)"
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        }
    }

    fileprivate func count(_ column: String) throws -> Int64 { try optional(column, integer) ?? 0 }
}

extension MLflowExperiment {
    init(row: SQLRow) throws {
        self.init(
            id: try row.written("experiment_id") ?? "", name: try row.text("name"),
            artifactLocation: try row.written("artifact_location") ?? "",
            lifecycleStage: try row.written("lifecycle_stage") ?? "active", created: try row.count("creation_time"),
            updated: try row.count("last_update_time"), tags: [])
    }
}

extension MLflowRunInfo {
    init(row: SQLRow) throws {
        self.init(
            id: try row.text("run_uuid"), name: try row.written("name") ?? "",
            experimentID: try row.written("experiment_id") ?? "0", userID: try row.written("user_id") ?? "",
            status: try row.written("status") ?? "RUNNING", startTime: try row.count("start_time"),
            endTime: try row.optional("end_time", row.integer), artifactURI: try row.written("artifact_uri") ?? "",
            lifecycleStage: try row.written("lifecycle_stage") ?? "active")
    }
}

extension MLflowMetric {
    init(row: SQLRow) throws {
        let value = try row.bool("is_nan") ? Double.nan : try row.double("value")
        self.init(key: try row.text("key"), value: value, timestamp: try row.count("timestamp"), step: try row.count("step"))
    }

    /// Nil for a point without a value.
    init?(loggedModelRow row: SQLRow) throws {
        guard let value = try row.optional("metric_value", row.double) else { return nil }
        let (name, digest) = (try row.written("dataset_name") ?? "", try row.written("dataset_digest") ?? "")
        let hasDataset = !name.isEmpty && !digest.isEmpty
        self.init(
            key: try row.text("metric_name"), value: value, timestamp: try row.count("metric_timestamp_ms"),
            step: try row.count("metric_step"), datasetName: hasDataset ? name : nil, datasetDigest: hasDataset ? digest : nil,
            modelID: try row.text("model_id"), runID: try row.text("run_id"))
    }
}

extension ImportedLoggedModel {
    /// MLflow stores the number of a status.
    private static let statuses = [
        "LOGGED_MODEL_STATUS_UNSPECIFIED", "LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED",
    ]

    init(row: SQLRow) throws {
        let status = Int(exactly: try row.integer("status")) ?? 0
        let model = MLflowLoggedModel(
            id: try row.text("model_id"), experimentID: try row.written("experiment_id") ?? "0", name: try row.text("name"),
            created: try row.count("creation_timestamp_ms"), updated: try row.count("last_updated_timestamp_ms"),
            artifactURI: try row.text("artifact_location"),
            status: Self.statuses.indices.contains(status) ? Self.statuses[status] : Self.statuses[0],
            modelType: try row.written("model_type") ?? "", sourceRunID: try row.written("source_run_id") ?? "", tags: [],
            params: [], metrics: [])
        self.init(model, isDeleted: try row.written("lifecycle_stage") == "deleted")
    }
}

extension MLflowRegisteredModel {
    init(row: SQLRow) throws {
        self.init(
            name: try row.text("name"), created: try row.count("creation_time"), updated: try row.count("last_updated_time"),
            description: try row.written("description"), latestVersions: [], tags: [], aliases: [])
    }
}

extension MLflowModelVersion {
    init(row: SQLRow) throws {
        self.init(
            name: try row.text("name"), version: try row.written("version") ?? "", created: try row.count("creation_time"),
            updated: try row.count("last_updated_time"), stage: try row.written("current_stage") ?? "None",
            description: try row.written("description"), source: try row.written("source") ?? "",
            runID: try row.written("run_id"), runLink: try row.written("run_link"), modelID: nil, tags: [], aliases: [])
    }
}
