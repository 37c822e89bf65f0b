import GatehouseCore
import Storage

extension Tracking {
    /// Adds an experiment; nil keeps its artifacts on this server. Fails with `alreadyExists` and `invalidArgument`.
    package func createExperiment(
        _ name: String, artifactLocation: ArtifactLocation? = nil, tags: [(key: String, value: String)] = []
    ) async throws -> ExperimentID {
        try Experiment.checkName(name)
        for tag in tags { try Experiment.checkTag(tag.key, tag.value) }
        let tags = try Self.distinct(tags)
        return try await store.write { tx in
            let (id, now) = (try tx.nextExperimentID(), now())
            try tx.insert(
                Experiment(
                    id: id, name: name, artifactLocation: artifactLocation?.text ?? "\(ArtifactLocation.proxied)\(id)",
                    lifecycle: .active, created: now, updated: now, tags: tags))
            return id
        }
    }

    /// Fails with `notFound`, `alreadyExists`, and with `invalidArgument` for a deleted experiment.
    package func renameExperiment(_ id: ExperimentID, to name: String) async throws {
        try Experiment.checkName(name)
        try await store.write { tx in
            guard try tx.requiredExperiment(id).lifecycle == .active else {
                throw GatehouseError(.invalidArgument, "Cannot rename a non-active experiment.")
            }
            try tx.renameExperiment(id, to: name, at: now())
        }
    }

    /// Deletes an experiment and its runs, so that they can be restored. Fails with `notFound`, also when it is deleted.
    package func deleteExperiment(_ id: ExperimentID) async throws {
        try await store.write { tx in
            guard try tx.moveExperiment(id, from: .active, to: .deleted, at: now()) else { throw Experiment.notFound(id) }
        }
    }

    /// Restores an experiment with all its runs. Fails with `notFound`, also when it is not deleted.
    package func restoreExperiment(_ id: ExperimentID) async throws {
        try await store.write { tx in
            guard try tx.moveExperiment(id, from: .deleted, to: .active, at: now()) else { throw Experiment.notFound(id) }
        }
    }

    /// Fails with `notFound`, and with `invalidArgument` for a deleted experiment and a key or value out of bounds.
    package func setTag(_ key: String, _ value: String, of experiment: ExperimentID) async throws {
        try Experiment.checkTag(key, value)
        try await store.write { tx in
            try tx.requiredExperiment(experiment).requireActive()
            try tx.setTag(key, value, of: experiment)
        }
    }

    /// Fails with `notFound` when the experiment or the tag is not there.
    package func deleteTag(_ key: String, of experiment: ExperimentID) async throws {
        try await store.write { tx in
            try tx.requiredExperiment(experiment).requireActive()
            guard try tx.deleteTag(key, of: experiment) else {
                throw GatehouseError(.notFound, "No tag with name: \(key) in experiment with id \(experiment)")
            }
        }
    }
}
