import GatehouseCore
package import Storage

extension LoggedModelStatus: SQLBindable { package var sqlValue: SQLValue { .text(rawValue) } }

extension SQLTransaction {
    /// A logged model; a deleted one only when that is asked for.
    package func loggedModel(_ id: String, evenDeleted: Bool = false) throws -> LoggedModel? {
        let found = try rows("SELECT * FROM logged_model WHERE id = \(id)", LoggedModelRow.init)
        return try loggedModels(found.filter { evenDeleted || $0.isActive }).first
    }

    /// The same, or `notFound` saying so.
    package func requiredLoggedModel(_ id: String, evenDeleted: Bool = false) throws -> LoggedModel {
        guard let model = try loggedModel(id, evenDeleted: evenDeleted) else { throw LoggedModel.notFound(id) }
        return model
    }

    /// Those of the models that are in the tables, deleted or not.
    func knownLoggedModels(_ ids: [String]) throws -> [String] {
        try rows("SELECT id FROM logged_model WHERE id IN (", anyOf: ids, ")") { try $0.text("id") }
    }

    /// Fills in all that belongs to a page of models, one statement per table.
    func loggedModels(_ found: [LoggedModelRow]) throws -> [LoggedModel] {
        let ids = found.map(\.id)
        let tags = try entries("SELECT * FROM logged_model_tag WHERE model IN (", ids)
        let params = try entries("SELECT * FROM logged_model_param WHERE model IN (", ids)
        var metrics: [String: [LoggedModelMetric]] = [:]
        try rows(
            "SELECT * FROM logged_model_metric WHERE model IN (", anyOf: ids,
            ") ORDER BY model, key, logged_at, step, run LIMIT 100000"
        ) { metrics[try $0.text("model"), default: []].append(try LoggedModelMetric($0)) }
        return found.map { row in
            row.model(
                tags: tags[row.id, default: []], params: params[row.id, default: []], metrics: metrics[row.id, default: []])
        }
    }

    private func entries(_ head: StaticString, _ ids: [String]) throws -> [String: [LoggedEntry]] {
        var entries: [String: [LoggedEntry]] = [:]
        try rows(head, anyOf: ids, ") ORDER BY model, key") { row in
            entries[try row.text("model"), default: []].append(try LoggedEntry(row))
        }
        return entries
    }

    // MARK: - Changes

    func insert(_ model: LoggedModel) throws {
        try execute(
            """
            INSERT INTO logged_model (
                id, experiment, name, model_type, source_run, artifact_uri, status, lifecycle, created_at, updated_at)
            VALUES (\(model.id), \(model.experiment), \(model.name), \(model.modelType), \(model.sourceRun),
                \(model.artifactURI), \(model.status), \(model.lifecycle), \(model.created), \(model.updated))
            """)
        try insert(
            "INSERT INTO logged_model_tag (model, key, value) VALUES",
            model.tags.map { [.text(model.id), .text($0.key), .text($0.value)] })
        try insert(
            "INSERT INTO logged_model_param (model, key, value) VALUES",
            model.params.map { [.text(model.id), .text($0.key), .text($0.value)] })
    }

    /// Of a key that is there twice the last value counts. Fails with `notFound`.
    package func setTags(_ tags: [LoggedEntry], ofLoggedModel id: String) throws {
        guard try knownLoggedModels([id]) == [id] else { throw LoggedModel.notFound(id) }
        let last = Dictionary(tags.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
        try insert(
            "INSERT INTO logged_model_tag (model, key, value) VALUES",
            last.sorted { $0.key < $1.key }.map { [.text(id), .text($0.key), .text($0.value)] },
            "ON CONFLICT (model, key) DO UPDATE SET value = excluded.value")
    }

    func deleteTag(_ key: String, ofLoggedModel id: String) throws -> Bool {
        try execute("DELETE FROM logged_model_tag WHERE model = \(id) AND key = \(key)") == 1
    }

    /// Adds params that are new. Returns how many there were.
    func addParams(_ params: [LoggedEntry], toLoggedModel id: String) throws -> Int {
        try insert(
            "INSERT INTO logged_model_param (model, key, value) VALUES",
            params.map { [.text(id), .text($0.key), .text($0.value)] }, "ON CONFLICT (model, key) DO NOTHING")
    }

    func updateLoggedModel(_ id: String, status: LoggedModelStatus?, lifecycle: Lifecycle?, at now: Timestamp) throws -> Bool {
        try execute(
            """
            UPDATE logged_model SET status = COALESCE(\(status), status), lifecycle = COALESCE(\(lifecycle), lifecycle),
                updated_at = \(now)
            WHERE id = \(id)
            """) == 1
    }

    /// Adds the points that name a model to that model.
    func addMetrics(_ metrics: [Metric], toModelsFromRun run: String) throws {
        let points = metrics.compactMap { metric -> [SQLValue]? in
            guard let model = metric.modelID else { return nil }
            return [
                .text(model), .text(metric.key), .integer(metric.time), .integer(metric.step), .text(run),
                .double(metric.storedValue), .integer(metric.value.isNaN ? 1 : 0), .text(metric.dataset?.name ?? ""),
                .text(metric.dataset?.digest ?? ""),
            ]
        }
        try insert(
            """
            INSERT INTO logged_model_metric (
                model, key, logged_at, step, run, value, is_nan, dataset_name, dataset_digest) VALUES
            """, points,
            """
            ON CONFLICT (model, key, logged_at, step, run, value, is_nan, dataset_name, dataset_digest) DO NOTHING
            """)
    }
}

/// A row before what belongs to it is known.
struct LoggedModelRow {
    private let bare: LoggedModel
    var id: String { bare.id }
    var isActive: Bool { bare.lifecycle == .active }

    init(_ row: SQLRow) throws {
        guard let status = LoggedModelStatus(rawValue: try row.text("status")) else {
            throw GatehouseError(.integrity, "The database holds a logged model with an unknown status.")
        }
        bare = LoggedModel(
            id: try row.text("id"), experiment: ExperimentID(try row.integer("experiment")), name: try row.text("name"),
            modelType: try row.text("model_type"), sourceRun: try row.text("source_run"),
            artifactURI: try row.text("artifact_uri"), status: status, lifecycle: try row.lifecycle("lifecycle"),
            created: try row.timestamp("created_at"), updated: try row.timestamp("updated_at"), tags: [], params: [],
            metrics: [])
    }

    func model(tags: [LoggedEntry], params: [LoggedEntry], metrics: [LoggedModelMetric]) -> LoggedModel {
        LoggedModel(
            id: bare.id, experiment: bare.experiment, name: bare.name, modelType: bare.modelType, sourceRun: bare.sourceRun,
            artifactURI: bare.artifactURI, status: bare.status, lifecycle: bare.lifecycle, created: bare.created,
            updated: bare.updated, tags: tags, params: params, metrics: metrics)
    }
}

extension LoggedModelMetric {
    fileprivate init(_ row: SQLRow) throws {
        let point = try Metric(row)
        let dataset = try row.text("dataset_name")
        self.init(
            run: try row.text("run"),
            metric: Metric(
                key: point.key, value: point.value, time: point.time, step: point.step, modelID: try row.text("model"),
                dataset: dataset.isEmpty
                    ? nil : Metric.DatasetName(name: dataset, digest: try row.text("dataset_digest"))))
    }
}
