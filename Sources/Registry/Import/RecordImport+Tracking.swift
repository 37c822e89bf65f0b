import GatehouseCore
import Storage

// Experiments, runs, metrics and logged models.

extension RecordImport {
    func experiment(_ new: Experiment) throws -> ImportState {
        try Experiment.checkName(new.name)
        for tag in new.tags { try Experiment.checkTag(tag.key, tag.value) }
        try LoggedKey.check(
            new.artifactLocation, charactersMax: ArtifactLocation.charactersMax, what: "artifact_location")
        guard (0...Experiment.importedIDMax).contains(new.id.value) else {
            return .leftOut("The number \(new.id) is no number of an experiment here.")
        }
        if new.id == .default { return try defaultExperiment(new) }
        if let here = try tx.experiment(new.id) {
            guard here.name == new.name else { return .leftOut("Here the experiment \(new.id) is '\(here.name)'.") }
            return Self.comparison([
                ("artifact_location", here.artifactLocation == new.artifactLocation),
                ("lifecycle_stage", here.lifecycle == new.lifecycle), ("creation_time", here.created == new.created),
                ("tags", here.tags == new.tags),
            ])
        }
        if let other = try tx.experiment(named: new.name) {
            return .leftOut("Here the name '\(new.name)' belongs to the experiment \(other.id).")
        }
        if !isDryRun { try tx.insert(new) }
        return .added()
    }

    /// Every server has its own experiment 0, so only what it lacks comes.
    private func defaultExperiment(_ new: Experiment) throws -> ImportState {
        let here = try tx.requiredExperiment(.default)
        let missing = new.tags.filter { here.tags[$0.key] == nil }
        if !isDryRun { for tag in missing { try tx.setTag(tag.key, tag.value, of: .default) } }
        let compared = Self.comparison([
            ("name", here.name == new.name), ("lifecycle_stage", here.lifecycle == new.lifecycle),
            ("tags", new.tags.allSatisfy { (here.tags[$0.key] ?? $0.value) == $0.value }),
        ])
        return compared == .same && !missing.isEmpty ? .added() : compared
    }

    func run(_ new: Run) throws -> ImportState {
        try Run.checkID(new.info.id)
        try check(new)
        if try tx.runInfo(new.info.id) != nil { return compare(try tx.run(new.info.id), new) }
        guard !isDryRun else { return .added() }
        guard try tx.experiment(new.info.experiment) != nil else {
            return .leftOut("There is no experiment \(new.info.experiment) here.")
        }
        let id = new.info.id
        try tx.insert(new.info, tags: new.tags)
        if new.info.lifecycle == .deleted { _ = try tx.moveRun(id, to: .deleted, at: now) }
        _ = try tx.addParams(new.params, ofRun: id)
        try tx.addInputs(new.inputs, of: new.info)
        try tx.addModelInputs(new.modelInputs, ofRun: id)
        try tx.addModelOutputs(new.modelOutputs, ofRun: id)
        return .added()
    }

    private func check(_ run: Run) throws {
        let info = run.info
        for (text, what) in [(info.name, "run_name"), (info.userID, "user_id")] {
            try LoggedKey.check(text, charactersMax: Run.importedTextCharactersMax, what: what)
        }
        try LoggedKey.check(info.artifactURI, charactersMax: ArtifactLocation.charactersMax, what: "artifact_uri")
        for entry in run.params + run.tags {
            try LoggedKey.check(entry.key, charactersMax: LoggedKey.charactersMax, what: "key")
            // The list of a run's models, which MLflow keeps in a tag, may be longer than what a client may set.
            try LoggedKey.check(entry.value, charactersMax: ModelHistory.charactersMax, what: entry.key)
        }
        _ = try Tracking.distinct(run.params.map { ($0.key, $0.value) })
        _ = try Tracking.distinct(run.tags.map { ($0.key, $0.value) })
        for input in run.inputs { try input.check() }
    }

    private func compare(_ here: Run, _ new: Run) -> ImportState {
        func sorted(_ entries: [LoggedEntry]) -> [LoggedEntry] { entries.sorted { $0.key < $1.key } }
        let inputs = { (run: Run) in Set(run.inputs.map { DatasetInput(dataset: $0.dataset, tags: sorted($0.tags)) }) }
        return Self.comparison([
            ("experiment_id", here.info.experiment == new.info.experiment), ("run_name", here.info.name == new.info.name),
            ("user_id", here.info.userID == new.info.userID), ("status", here.info.status == new.info.status),
            ("start_time", here.info.startTime == new.info.startTime), ("end_time", here.info.endTime == new.info.endTime),
            ("artifact_uri", here.info.artifactURI == new.info.artifactURI),
            ("lifecycle_stage", here.info.lifecycle == new.info.lifecycle), ("params", sorted(here.params) == sorted(new.params)),
            ("tags", sorted(here.tags) == sorted(new.tags)), ("inputs", inputs(here) == inputs(new)),
            ("model_inputs", Set(here.modelInputs) == Set(new.modelInputs)),
            ("model_outputs", Set(here.modelOutputs) == Set(new.modelOutputs)),
        ])
    }

    /// Points are the same when all of them is, so they are added or there; none can differ.
    func metrics(_ new: ImportedMetrics) throws -> ImportFinding {
        var added = 0
        let outcome = try finding(.metrics, new.run) {
            for point in new.points {
                try LoggedKey.check(point.key, charactersMax: LoggedKey.charactersMax, what: "Metric name")
            }
            if isDryRun { return .same }
            guard try tx.runInfo(new.run) != nil else { return .leftOut("There is no run \(new.run) here.") }
            added = try tx.addMetrics(new.points, ofRun: new.run)
            return added > 0 ? .added() : .same
        }
        return ImportFinding(outcome.kind, outcome.id, outcome.state, points: added)
    }

    func loggedModel(_ new: LoggedModel) throws -> ImportState {
        try check(new)
        let state: ImportState
        if let here = try tx.loggedModel(new.id, evenDeleted: true) {
            state = compare(here, new)
        } else if isDryRun {
            return .added()
        } else {
            guard try tx.experiment(new.experiment) != nil else {
                return .leftOut("There is no experiment \(new.experiment) here.")
            }
            try tx.insert(new)
            state = .added()
        }
        guard !isDryRun, state == .same || state == .added() else { return state }
        return try addMetrics(of: new, state)
    }

    private func check(_ model: LoggedModel) throws {
        try LoggedKey.check(model.id, charactersMax: Run.idCharactersMax, what: "model_id")
        try LoggedKey.check(model.name, charactersMax: LoggedModel.nameCharactersMax, what: "name")
        try LoggedKey.check(model.modelType, charactersMax: LoggedModel.modelTypeCharactersMax, what: "model_type")
        try LoggedKey.check(model.artifactURI, charactersMax: ArtifactLocation.charactersMax, what: "artifact_uri")
        for entry in model.tags + model.params {
            try LoggedKey.check(entry.key, charactersMax: LoggedModel.keyCharactersMax, what: "key")
            try LoggedKey.check(entry.value, charactersMax: LoggedModel.valueCharactersMax, what: entry.key)
        }
        _ = try Tracking.distinct(model.tags.map { ($0.key, $0.value) })
        _ = try Tracking.distinct(model.params.map { ($0.key, $0.value) })
    }

    private func compare(_ here: LoggedModel, _ new: LoggedModel) -> ImportState {
        func sorted(_ entries: [LoggedEntry]) -> [LoggedEntry] { entries.sorted { $0.key < $1.key } }
        return Self.comparison([
            ("experiment_id", here.experiment == new.experiment), ("name", here.name == new.name),
            ("model_type", here.modelType == new.modelType), ("source_run_id", here.sourceRun == new.sourceRun),
            ("artifact_uri", here.artifactURI == new.artifactURI), ("status", here.status == new.status),
            ("lifecycle_stage", here.lifecycle == new.lifecycle), ("creation_timestamp", here.created == new.created),
            ("tags", sorted(here.tags) == sorted(new.tags)), ("params", sorted(here.params) == sorted(new.params)),
        ])
    }

    /// Points of runs that are not here have nowhere to go.
    private func addMetrics(of model: LoggedModel, _ state: ImportState) throws -> ImportState {
        var lost: [String] = []
        for (run, points) in Dictionary(grouping: model.metrics, by: \.run).sorted(by: { $0.key < $1.key }) {
            if try tx.runInfo(run) == nil {
                lost.append("\(points.count) points of metrics, whose run \(run) is not here")
            } else {
                try tx.addMetrics(points.map(\.metric), toModelsFromRun: run)
            }
        }
        return lost.isEmpty ? state : .added(leftOut: lost)
    }
}

extension Run {
    static let importedTextCharactersMax = 1000
}
