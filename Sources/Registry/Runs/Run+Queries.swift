import GatehouseCore
package import Storage

extension SQLTransaction {
    /// What is known of a run without its logs, deleted or not.
    package func runInfo(_ id: String) throws -> RunInfo? {
        try first("SELECT * FROM run WHERE id = \(id)", RunInfo.init)
    }

    /// The same, or `notFound` saying so.
    package func requiredRunInfo(_ id: String) throws -> RunInfo {
        guard let info = try runInfo(id) else { throw Run.notFound(id) }
        return info
    }

    /// A run with its newest metrics, params, tags, inputs and outputs. Fails with `notFound`.
    package func run(_ id: String) throws -> Run {
        let info = try requiredRunInfo(id)
        guard let run = try runs([info]).first else { throw Run.notFound(id) }
        return run
    }

    /// Fills in all that belongs to a page of runs, one statement per table.
    package func runs(_ infos: [RunInfo]) throws -> [Run] {
        let ids = infos.map(\.id)
        let metrics = try grouped("SELECT * FROM latest_metric WHERE run IN (", ids, ") ORDER BY run, key", Metric.init)
        let params = try grouped("SELECT * FROM run_param WHERE run IN (", ids, ") ORDER BY run, key", LoggedEntry.init)
        let tags = try grouped("SELECT * FROM run_tag WHERE run IN (", ids, ") ORDER BY run, key", LoggedEntry.init)
        let modelInputs = try grouped(
            "SELECT run, model_id FROM run_model_input WHERE run IN (", ids, ") ORDER BY run, model_id"
        ) { try $0.text("model_id") }
        let modelOutputs = try grouped(
            "SELECT run, model_id, step FROM run_model_output WHERE run IN (", ids, ") ORDER BY run, model_id"
        ) { ModelOutput(modelID: try $0.text("model_id"), step: try $0.integer("step")) }
        let inputs = try datasetInputs(of: ids)
        return infos.map { info in
            Run(
                info: info, metrics: metrics[info.id, default: []], params: params[info.id, default: []],
                tags: tags[info.id, default: []], inputs: inputs[info.id, default: []],
                modelInputs: modelInputs[info.id, default: []], modelOutputs: modelOutputs[info.id, default: []])
        }
    }

    private func datasetInputs(of ids: [String]) throws -> [String: [DatasetInput]] {
        let datasets = try grouped(
            """
            SELECT i.run, d.* FROM run_input i
            JOIN run_dataset d ON d.experiment = i.experiment AND d.name = i.name AND d.digest = i.digest WHERE i.run IN (
            """, ids, ") ORDER BY i.run, i.name, i.digest", RunDataset.init)
        guard !datasets.isEmpty else { return [:] }
        let tags = try grouped(
            "SELECT * FROM run_input_tag WHERE run IN (", ids, ") ORDER BY run, name, digest, key"
        ) { (name: try $0.text("name"), digest: try $0.text("digest"), entry: try LoggedEntry($0)) }
        return Dictionary(
            uniqueKeysWithValues: datasets.map { run, datasets in
                let inputs = datasets.map { dataset in
                    let own = tags[run, default: []].filter { $0.name == dataset.name && $0.digest == dataset.digest }
                    return DatasetInput(dataset: dataset, tags: own.map(\.entry))
                }
                return (run, inputs)
            })
    }

    /// Rows by the run they belong to.
    private func grouped<T>(
        _ head: StaticString, _ ids: [String], _ tail: StaticString, _ read: (SQLRow) throws -> T
    ) throws -> [String: [T]] {
        var grouped: [String: [T]] = [:]
        try rows(head, anyOf: ids, tail) { row in grouped[try row.text("run"), default: []].append(try read(row)) }
        return grouped
    }

    /// The datasets of experiments, each once per use.
    package func datasets(of experiments: [ExperimentID]) throws -> [DatasetSummary] {
        let found = try rows(
            """
            SELECT DISTINCT i.experiment, i.name, i.digest, t.value AS context FROM run_input i
            LEFT JOIN run_input_tag t
                ON t.run = i.run AND t.name = i.name AND t.digest = i.digest AND t.key = 'mlflow.data.context'
            WHERE i.experiment IN (
            """, anyOf: experiments, ") ORDER BY i.experiment, i.name, i.digest, context LIMIT 1000"
        ) {
            DatasetSummary(
                experiment: ExperimentID(try $0.integer("experiment")), name: try $0.text("name"),
                digest: try $0.text("digest"), context: try $0.optional("context", $0.text))
        }
        return Array(found.prefix(DatasetSummary.perAnswerMax))
    }
}

extension RunInfo {
    init(_ row: SQLRow) throws {
        guard let status = RunStatus(rawValue: try row.text("status")) else {
            throw GatehouseError(.integrity, "The database holds a run with an unknown status.")
        }
        self.init(
            id: try row.text("id"), experiment: ExperimentID(try row.integer("experiment")), name: try row.text("name"),
            userID: try row.text("user_id"), status: status, startTime: try row.integer("start_time"),
            endTime: try row.optional("end_time", row.integer), artifactURI: try row.text("artifact_uri"),
            lifecycle: try row.lifecycle("lifecycle"))
    }
}

extension LoggedEntry {
    init(_ row: SQLRow) throws { self.init(key: try row.text("key"), value: try row.text("value")) }
}

extension Metric {
    init(_ row: SQLRow) throws {
        self.init(
            key: try row.text("key"), value: try row.bool("is_nan") ? .nan : row.double("value"),
            time: try row.integer("logged_at"), step: try row.integer("step"))
    }
}

extension RunDataset {
    fileprivate init(_ row: SQLRow) throws {
        self.init(
            name: try row.text("name"), digest: try row.text("digest"), sourceType: try row.text("source_type"),
            source: try row.text("source"), schema: try row.optional("schema_text", row.text),
            profile: try row.optional("profile", row.text))
    }
}
