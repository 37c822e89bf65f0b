import GatehouseCore
import Storage

/// What became of the run of a copy.
struct CopiedRunFinding {
    /// Whether the version may name it as its run.
    let isHere: Bool
    /// What did not come, and why; nil: all of it did, or was here.
    let note: String?
}

extension RecordImport {
    /// What people go on changing after a run has ended.
    private static let changingFields: Set = ["tags", "run_name", "status", "end_time", "lifecycle_stage"]

    /// Brings a run under its own id into the experiment that has its experiment's name, which is made where there is none.
    /// One that came before stays as it is; one that is another run under this id stays, too, and is not named by the version.
    func bring(_ copied: CopiedRun) throws -> CopiedRunFinding {
        let found = try finding(.run, copied.run.info.id) { try enter(copied) }
        switch found.state {
        case .added, .same: return CopiedRunFinding(isHere: true, note: nil)
        case .different(let fields):
            let isSameRun = Self.changingFields.isSuperset(of: fields)
            return CopiedRunFinding(
                isHere: isSameRun, note: "one of its id is here and differs in \(fields.joined(separator: ", "))")
        case .leftOut(let why): return CopiedRunFinding(isHere: false, note: why)
        }
    }

    private func enter(_ copied: CopiedRun) throws -> ImportState {
        // It may have come with an earlier version of its, into whichever experiment, or have been made here.
        if try tx.runInfo(copied.run.info.id) != nil { return try run(copied.run.placed(like: tx.run(copied.run.info.id))) }
        try Experiment.checkName(copied.experiment)
        let experiment = try tx.experiment(named: copied.experiment) ?? newExperiment(copied.experiment)
        try experiment.requireActive()
        let location = ArtifactLocation(stored: experiment.artifactLocation).appending(copied.run.info.id, "artifacts")
        let state = try run(copied.run.placed(in: experiment.id, artifacts: location))
        guard state == .added() else { return state }
        let points = try metrics(ImportedMetrics(run: copied.run.info.id, points: copied.points))
        if case .leftOut(let why) = points.state { return .leftOut(why) }
        return state
    }

    private func newExperiment(_ name: String) throws -> Experiment {
        let id = try tx.nextExperimentID()
        let experiment = Experiment(
            id: id, name: name, artifactLocation: "\(ArtifactLocation.proxied)\(id)", lifecycle: .active, created: now,
            updated: now, tags: [:])
        try tx.insert(experiment)
        return experiment
    }
}

extension Run {
    /// Where the other one is, and with its links to models, which are of this server.
    fileprivate func placed(like other: Run) -> Run {
        placed(
            in: other.info.experiment, artifacts: other.info.artifactURI, modelInputs: other.modelInputs,
            modelOutputs: other.modelOutputs)
    }

    fileprivate func placed(
        in experiment: ExperimentID, artifacts: String, modelInputs: [String] = [], modelOutputs: [ModelOutput] = []
    ) -> Run {
        Run(
            info: RunInfo(
                id: info.id, experiment: experiment, name: info.name, userID: info.userID, status: info.status,
                startTime: info.startTime, endTime: info.endTime, artifactURI: artifacts, lifecycle: info.lifecycle),
            metrics: [], params: params, tags: tags, inputs: inputs, modelInputs: modelInputs, modelOutputs: modelOutputs)
    }
}
