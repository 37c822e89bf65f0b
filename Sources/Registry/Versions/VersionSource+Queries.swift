package import GatehouseCore
package import Storage

/// A source with all that follows from it.
package struct ResolvedSource: Sendable, Hashable {
    package let source: String
    package let runID: String?
    package let loggedModelID: String?
    /// Where the files are read from, when not from the source itself.
    package let storageLocation: String?
}

extension SQLTransaction {
    /// What a version that is to be made from `source` is made of. `runID` and `loggedModelID` are what the request says, nil
    /// where it says nothing. Fails with `invalidArgument` in MLflow's words when they do not fit, and with `notFound`.
    ///
    /// A `runs:` source without a run id is taken, as servers before 3.18 did; one with another run's id is not.
    package func resolveSource(_ source: String, runID: String?, loggedModelID: String?) throws -> ResolvedSource {
        let parsed = try VersionSource.parse(source)
        if case .version(let name, let pick) = parsed {
            return try resolve(source, name, pick, runID: runID, loggedModelID: loggedModelID)
        }
        let model = loggedModelID.flatMap { $0.isEmpty ? nil : $0 }
        let run = runID.flatMap { $0.isEmpty ? nil : $0 }
        switch parsed {
        case .local: throw Self.isLocal(source, field: model == nil ? "run_id" : "model_id")
        case .run(let id):
            guard model == nil, run == nil || run == id else {
                throw VersionSource.outside(source, model == nil ? "run_id" : "model_id")
            }
        case .loggedModel(let id):
            guard model == id else { throw VersionSource.outside(source, "model_id") }
        case .proxied: try requireInside(source, run: run, loggedModel: model)
        case .version, .other: break
        }
        guard let model else {
            return ResolvedSource(source: source, runID: run, loggedModelID: nil, storageLocation: nil)
        }
        var storageLocation: String?
        var sourceRun = run
        if run == nil || parsed == .loggedModel(model) {
            let found = try requiredLoggedModelRoot(model)
            sourceRun = run ?? (found.run.isEmpty ? nil : found.run)
            if parsed == .loggedModel(model) { storageLocation = found.root }
        }
        return ResolvedSource(source: source, runID: sourceRun, loggedModelID: model, storageLocation: storageLocation)
    }

    /// Where the files of a version are read from. Fails with `notFound`.
    package func downloadLocation(of number: VersionNumber, model: ModelName) throws -> String {
        let found = try first(
            """
            SELECT COALESCE(storage_location, source) AS location FROM model_version
            WHERE model = \(model) AND number = \(number) AND deleted_at IS NULL
            """
        ) { try $0.text("location") }
        guard let found else { throw ModelVersion.notFound(number, of: model) }
        return found
    }

    /// A copy of another version: its run, its logged model and its files.
    private func resolve(
        _ source: String, _ name: String, _ pick: VersionSource.Pick, runID: String?, loggedModelID: String?
    ) throws -> ResolvedSource {
        let model = try ModelName(name)
        let isPrompt = try requiredModel(model).tags[SearchFilter.promptTag]?.lowercased() == "true"
        guard !isPrompt else {
            throw VersionSource.invalid(source, "Prompt versions cannot be used as model version sources.")
        }
        let number = try number(of: model, pick, source)
        let origin = try requiredSummary(number, of: model)
        let fits =
            (runID ?? origin.runID ?? "") == (origin.runID ?? "")
            && (loggedModelID ?? origin.loggedModelID ?? "") == (origin.loggedModelID ?? "")
        guard fits else {
            throw VersionSource.invalid(
                source, "The run_id and model_id request parameters must match the referenced model version.")
        }
        return ResolvedSource(
            source: "models:/\(name)/\(number)", runID: origin.runID, loggedModelID: origin.loggedModelID,
            storageLocation: try downloadLocation(of: number, model: model))
    }

    private func number(of model: ModelName, _ pick: VersionSource.Pick, _ source: String) throws -> VersionNumber {
        switch pick {
        case .number(let text): return try VersionNumber(parsing: text)
        case .alias(let text):
            guard let target = try versionSummary(of: Alias(existing: text), model: model) else { throw Alias.notFound(text) }
            return try VersionNumber(target.number)
        case .stage(let text):
            let stage = try Stage(parsing: text)
            let newest = try latestSummaries(of: [model.text], aliases: false)[model.text]?.last { $0.stage == stage.rawValue }
            guard let newest else { throw VersionSource.invalid(source, "No version of '\(model)' is in \(stage).") }
            return try VersionNumber(newest.number)
        case .latest:
            guard let newest = try versions(of: model, limit: 1).first else {
                throw VersionSource.invalid(source, "'\(model)' has no versions.")
            }
            return newest.number
        }
    }

    private func requireInside(_ source: String, run: String?, loggedModel: String?) throws {
        let root: String?
        if let loggedModel {
            root = try loggedModelRoot(loggedModel)?.root
        } else if let run {
            root = try first("SELECT artifact_uri FROM run WHERE id = \(run)") { try $0.text("artifact_uri") }
        } else {
            root = nil
        }
        guard let root, VersionSource.isInside(source, root: root) else {
            throw VersionSource.outside(source, loggedModel == nil ? "run_id" : "model_id")
        }
    }

    private func requiredLoggedModelRoot(_ id: String) throws -> (root: String, run: String) {
        guard let found = try loggedModelRoot(id) else {
            throw GatehouseError(.notFound, "Logged model with ID '\(id.prefix(100))' not found.")
        }
        return found
    }

    private func loggedModelRoot(_ id: String) throws -> (root: String, run: String)? {
        try first("SELECT artifact_uri, source_run FROM logged_model WHERE id = \(id) AND lifecycle = 'active'") {
            (root: try $0.text("artifact_uri"), run: try $0.text("source_run"))
        }
    }

    private static func isLocal(_ source: String, field: String) -> GatehouseError {
        VersionSource.invalid(
            source,
            "To use a local path as a model version source, the \(field) request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the \(field)."
        )
    }
}
