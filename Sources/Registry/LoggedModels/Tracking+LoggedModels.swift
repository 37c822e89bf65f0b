import GatehouseCore
import Storage

extension Tracking {
    /// Logs a model, whose files come after; one without a name gets one. Fails with `notFound` and `invalidArgument`.
    package func createLoggedModel(_ request: LoggedModelRequest) async throws -> LoggedModel {
        if let name = request.name { try LoggedModel.checkName(name) }
        try LoggedKey.check(request.modelType, charactersMax: LoggedModel.modelTypeCharactersMax, what: "model_type")
        try LoggedKey.check(request.sourceRun, charactersMax: Run.idCharactersMax, what: "source_run_id")
        try LoggedModel.check(request.params, what: "params")
        try LoggedModel.check(request.tags, what: "tags")
        let (params, tags) = (try Self.sorted(request.params), try Self.sorted(request.tags))
        let fresh = freshID()
        let id = "m-\(fresh)"
        let name = request.name ?? GeneratedName.name(for: fresh)
        return try await store.write { tx in
            let experiment = try tx.requiredExperiment(request.experiment)
            try experiment.requireActive()
            let now = now()
            let model = LoggedModel(
                id: id, experiment: experiment.id, name: name, modelType: request.modelType, sourceRun: request.sourceRun,
                artifactURI: ArtifactLocation(stored: experiment.artifactLocation).appending("models", id, "artifacts"),
                status: .pending, lifecycle: .active, created: now, updated: now, tags: tags, params: params, metrics: [])
            try tx.insert(model)
            return model
        }
    }

    /// Says how the upload of a model's files ended. Fails with `notFound`.
    package func finalizeLoggedModel(_ id: String, status: LoggedModelStatus) async throws -> LoggedModel {
        try await store.write { tx in
            guard try tx.updateLoggedModel(id, status: status, lifecycle: nil, at: now()) else { throw LoggedModel.notFound(id) }
            return try tx.requiredLoggedModel(id, evenDeleted: true)
        }
    }

    /// Hides a model. Fails with `notFound`.
    package func deleteLoggedModel(_ id: String) async throws {
        try await store.write { tx in
            guard try tx.updateLoggedModel(id, status: nil, lifecycle: .deleted, at: now()) else {
                throw LoggedModel.notFound(id)
            }
        }
    }

    /// Fails with `notFound` and `invalidArgument`.
    package func setTags(_ tags: [LoggedEntry], ofLoggedModel id: String) async throws {
        try LoggedModel.check(tags, what: "tags")
        try await store.write { tx in try tx.setTags(tags, ofLoggedModel: id) }
    }

    /// Fails with `notFound` when the model or the tag is not there.
    package func deleteTag(_ key: String, ofLoggedModel id: String) async throws {
        try await store.write { tx in
            _ = try tx.requiredLoggedModel(id, evenDeleted: true)
            guard try tx.deleteTag(key, ofLoggedModel: id) else {
                throw GatehouseError(.notFound, "No tag with key '\(key)' found for model with ID '\(id)'.")
            }
        }
    }

    /// Adds params to a model. Fails with `notFound`, and with `invalidArgument` for one that it has already.
    package func logParams(_ params: [LoggedEntry], ofLoggedModel id: String) async throws {
        try LoggedModel.check(params, what: "params")
        let params = try Self.sorted(params)
        try await store.write { tx in
            _ = try tx.requiredLoggedModel(id, evenDeleted: true)
            guard try tx.addParams(params, toLoggedModel: id) == params.count else {
                throw GatehouseError(
                    .invalidArgument, "The logged model '\(id)' has one of these params already.",
                    hint: "A param of a logged model is set once.")
            }
        }
    }

    private static func sorted(_ entries: [LoggedEntry]) throws(GatehouseError) -> [LoggedEntry] {
        try distinct(entries.map { ($0.key, $0.value) }).sorted { $0.key < $1.key }
            .map { LoggedEntry(key: $0.key, value: $0.value) }
    }
}
