import GatehouseCore
import Gates
import Scoring
import Statistics

/// Evidence about how a model would run: response times, the inputs it would see, the pipeline that would feed it.
extension Gathering {
    /// Rows that latency requests are made of, spread evenly over the evaluation set.
    private static let representativeRowsMax = 500

    mutating func gatherLatency() async {
        let start = evaluator.clock.now
        evidence.latency = await attempt { try await latencyEvidence() }
        record(.latency, since: start)
    }

    private func latencyEvidence() async throws -> LatencyEvidence {
        let model = try candidate.get()
        let table = features(of: model, in: try rows.get())
        let settings = plan.policy.settings(of: "latency") ?? GateSettings([:])
        let isSequential = settings.text("mode") == "sequential"
        let load = try LoadPlan(
            mode: isSequential ? .sequential : .openLoop(requestsPerSecond: settings.number("rate") ?? 50),
            requests: settings.integer("requests") ?? 500, warmUp: settings.integer("warm_up") ?? 10)
        let measured = try await LoadGenerator(clock: evaluator.clock).measure(
            model.runner, rows: table.sample(rowsMax: Self.representativeRowsMax), plan: load
        ) { done in tell("latency", Double(done) / Double(load.requests)) }
        tell("latency", 1, isDone: true)
        return LatencyEvidence(
            mode: isSequential ? .sequential : .openLoop, milliseconds: measured.milliseconds, warmUpCount: measured.warmUpCount,
            errorCount: measured.errorCount, ratePerSecond: load.requestsPerSecond, runner: model.runner.summary)
    }

    mutating func gatherDrift() async {
        let start = evaluator.clock.now
        evidence.drift = await attempt { try await driftEvidence() }
        tell("drift", 1, isDone: true)
        record(.drift, since: start)
    }

    private func driftEvidence() async throws -> DriftEvidence {
        let artifact = try candidateArtifact.get()
        guard let text = try plan.candidate.featureStats ?? artifact?.text(of: "feature_stats.json") else {
            throw Absence(
                verdict: .inconclusive,
                reason:
                    "\(plan.candidate.name) carries no feature_stats.json from training; make one with 'gatehouse profile TRAIN.csv'"
            )
        }
        let training = try FeatureStatistics(json: JSONParser.parse(text))
        if let live = plan.live {
            let traffic = try live.get()
            return DriftEvidence(
                training: training.features, current: try traffic.profiles(like: training.features), currentSource: traffic.source
            )
        }
        let file = try plan.current.get()
        let inputs = signature(artifact)?.inputs.map(\.name) ?? []
        let wanted = Set(training.features.map(\.name)).union(inputs)
        // A column that is missing is a finding of the gate, not a failure of the reader.
        let table = try await file.read(columns: wanted, allowsAbsent: true, textColumns: training.textColumns) { fraction in
            tell("drift", fraction)
        }
        return DriftEvidence(
            training: training.features, current: try training.counting(table).current.features,
            currentSource: "dataset \(file.name)")
    }

    mutating func gatherSchema() async {
        evidence.schema = await attempt { try schemaEvidence() }
        tell("schema", 1, isDone: true)
    }

    private func schemaEvidence() throws -> SchemaEvidence {
        let pipeline = try plan.pipeline.get()
        guard let signature = signature(try candidateArtifact.get()) else {
            throw Absence(
                verdict: .fail,
                reason: "\(plan.candidate.name) has no signature, so nothing says which features it needs; log one with the model"
            )
        }
        var evidence = SchemaEvidence(signature: signature, pipeline: pipeline.schema, pipelineName: pipeline.name)
        guard plan.policy.looksAtLiveInputs else { return evidence }
        switch plan.observed {
        case .success(let inputs)?: evidence.live = .available(inputs)
        case .failure(let absence)?: evidence.live = .missing(absence.verdict, reason: absence.reason)
        case nil:
            let reason = "live requests are known to a registry only, not to an evaluation of files"
            evidence.live = .missing(.inconclusive, reason: reason)
        }
        return evidence
    }

    private func signature(_ artifact: ModelArtifact?) -> ModelSignature? {
        plan.candidate.signature ?? (try? artifact?.signature.get())
    }
}
