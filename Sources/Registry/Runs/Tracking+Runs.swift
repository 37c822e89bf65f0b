import GatehouseCore
import Storage

/// What is asked for when a run is started.
package struct RunRequest: Sendable, Hashable {
    package var experiment: ExperimentID
    package var name: String?
    package var userID: String
    package var startTime: Int64
    package var tags: [LoggedEntry]

    package init(
        experiment: ExperimentID = .default, name: String? = nil, userID: String = "", startTime: Int64 = 0,
        tags: [LoggedEntry] = []
    ) {
        self.experiment = experiment
        self.name = name
        self.userID = userID
        self.startTime = startTime
        self.tags = tags
    }
}

extension Tracking {
    /// Starts a run; one without a name gets one. Fails with `notFound` (no experiment) and `invalidArgument`.
    package func createRun(_ request: RunRequest) async throws -> Run {
        let tags = try Self.startingTags(request.tags)
        let tagged = tags[Run.nameTag].flatMap { $0.isEmpty ? nil : $0 }
        let asked = request.name.flatMap { $0.isEmpty ? nil : $0 }
        if let asked, let tagged, asked != tagged {
            throw GatehouseError(
                .invalidArgument,
                "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='\(asked)', mlflow.runName='\(tagged)')."
            )
        }
        let id = freshID()
        let name = asked ?? tagged ?? GeneratedName.name(for: id)
        return try await store.write { tx in
            let experiment = try tx.requiredExperiment(request.experiment)
            try experiment.requireActive()
            let info = RunInfo(
                id: id, experiment: experiment.id, name: name, userID: request.userID, status: .running,
                startTime: request.startTime, endTime: nil,
                artifactURI: ArtifactLocation(stored: experiment.artifactLocation).appending(id, "artifacts"),
                lifecycle: .active)
            var kept = tags
            kept[Run.nameTag] = LoggedKey.truncated(name, to: Run.tagValueCharactersMax)
            let entries = kept.sorted { $0.key < $1.key }.map { LoggedEntry(key: $0.key, value: $0.value) }
            try tx.insert(info, tags: entries)
            return Run(info: info, metrics: [], params: [], tags: entries, inputs: [], modelInputs: [], modelOutputs: [])
        }
    }

    /// MLflow does not look at the keys of these tags, and so must we not; but they end somewhere.
    private static func startingTags(_ tags: [LoggedEntry]) throws(GatehouseError) -> [String: String] {
        guard tags.count <= RunBatch.entriesMax else {
            throw GatehouseError(.invalidArgument, "A run starts with at most \(RunBatch.entriesMax) tags, not \(tags.count).")
        }
        for (index, tag) in tags.enumerated() {
            try LoggedKey.check(tag.key, charactersMax: Run.startingKeyCharactersMax, what: "tags[\(index)].key")
        }
        return try distinct(tags.map { ($0.key, LoggedKey.truncated($0.value, to: Run.tagValueCharactersMax)) })
    }

    /// Changes what is given; an empty name changes nothing. Fails with `notFound`, and `invalidArgument` for a deleted run.
    package func updateRun(
        _ id: String, name: String? = nil, status: RunStatus? = nil, endTime: Int64? = nil
    ) async throws -> RunInfo {
        let name = name.flatMap { $0.isEmpty ? nil : $0 }
        return try await store.write { tx in
            let before = try tx.requiredRunInfo(id)
            try before.requireActive()
            if name != nil || status != nil || endTime != nil {
                try tx.updateRun(id, name: name, status: status, endTime: endTime)
            }
            return try tx.requiredRunInfo(id)
        }
    }

    /// Deletes a run so that it can be restored. Fails with `notFound`.
    package func deleteRun(_ id: String) async throws {
        try await store.write { tx in
            guard try tx.moveRun(id, to: .deleted, at: now()) else { throw Run.notFound(id) }
        }
    }

    /// Fails with `notFound`.
    package func restoreRun(_ id: String) async throws {
        try await store.write { tx in
            guard try tx.moveRun(id, to: .active, at: now()) else { throw Run.notFound(id) }
        }
    }

    /// Sets a tag; that of the name renames the run. Fails with `notFound` and `invalidArgument`.
    package func setTag(_ tag: LoggedEntry, ofRun id: String) async throws {
        let tag = try Run.tag(tag)
        try await store.write { tx in
            try tx.requiredRunInfo(id).requireActive()
            try Self.set([tag], ofRun: id, in: tx)
        }
    }

    /// Fails with `notFound` when the run or the tag is not there.
    package func deleteTag(_ key: String, ofRun id: String) async throws {
        try await store.write { tx in
            try tx.requiredRunInfo(id).requireActive()
            guard try tx.deleteTag(key, ofRun: id) else {
                throw GatehouseError(.notFound, "No tag with name: \(key) in run with id \(id)")
            }
        }
    }

    /// An empty name renames nothing, as in MLflow.
    static func set(_ tags: [LoggedEntry], ofRun id: String, in tx: SQLTransaction) throws {
        if let name = tags.last(where: { $0.key == Run.nameTag && !$0.value.isEmpty })?.value {
            try tx.updateRun(id, name: name, status: nil, endTime: nil)
        }
        try tx.setTags(tags.filter { $0.key != Run.nameTag }, ofRun: id)
    }
}
