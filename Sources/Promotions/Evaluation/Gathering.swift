import GatehouseCore
import Gates
import Registry
import Scoring
import Statistics

/// The evidence of one evaluation while it is being collected: what was opened, what it cost, which bytes went in.
struct Gathering {
    let plan: EvaluationPlan
    let evaluator: Evaluator
    let progress: ProgressSink
    var evidence = Evidence()

    /// The models and the evaluation rows, once opened. No artifact: the version's bytes are not in the registry.
    var candidateArtifact: Available<ModelArtifact?> = .missing(.error, reason: "the model was not opened")
    var candidate: Available<OpenModel> = .missing(.error, reason: "the model was not opened")
    var champion: Available<OpenModel>?
    var rows: Available<Table> = .missing(.error, reason: "the dataset was not read")

    private var durations: [EvidenceKind: Duration] = [:]
    private var customDurations: [String: Duration] = [:]

    init(plan: EvaluationPlan, evaluator: Evaluator, progress: @escaping ProgressSink) {
        self.plan = plan
        self.evaluator = evaluator
        self.progress = progress
    }

    // MARK: What it cost and what went in

    func duration(of check: CheckConfiguration) -> Duration {
        switch check.kind {
        case .custom: customDurations[check.name] ?? .zero
        case .builtIn: check.needs.flatMap { durations[$0] } ?? .zero
        }
    }

    func inputs(of check: CheckConfiguration) -> [String: Digest] {
        var inputs = ["policy": plan.policyDigest]
        inputs["artifact"] = plan.candidate.digest
        switch check.needs {
        case .scores:
            inputs["dataset"] = plan.dataset.value?.digest
            inputs["champion"] = plan.champion?.digest
        case .latency, .custom: inputs["dataset"] = plan.dataset.value?.digest
        case .drift: inputs["current"] = plan.current.value?.digest
        case .schema:
            inputs["pipeline"] = plan.pipeline.value.map { .sha256(of: JSONValue.array($0.schema.map(\.json)).canonicalBytes) }
        case nil: break
        }
        if case .report(let body)? = plan.posted[check.name] { inputs["evidence"] = .sha256(of: body.canonicalBytes) }
        return inputs
    }

    mutating func record(_ kind: EvidenceKind, since start: ContinuousClock.Instant) {
        durations[kind, default: .zero] += evaluator.clock.now - start
    }

    mutating func record(check name: String, since start: ContinuousClock.Instant) {
        customDurations[name] = evaluator.clock.now - start
    }

    func tell(_ step: String, _ fraction: Double, isDone: Bool = false) {
        progress(StepProgress(step: step, fraction: min(max(fraction, 0), 1), isDone: isDone))
    }

    /// Turns a failure into evidence that is missing because of it.
    func attempt<Value: Sendable>(_ body: () async throws -> Value) async -> Available<Value> {
        do {
            return .available(try await body())
        } catch let absence as Absence {
            return .missing(absence.verdict, reason: absence.reason)
        } catch let error as GatehouseError {
            let details = error.details.isEmpty ? "" : " (" + error.details.prefix(5).joined(separator: "; ") + ")"
            return .missing(.error, reason: error.message + details + (error.hint.map { " " + $0 } ?? ""))
        } catch {
            return .missing(.error, reason: "an unexpected failure: \(error)")
        }
    }
}

/// Thrown while gathering where something simply is not there.
package struct Absence: Error {
    let verdict: Verdict
    let reason: String
}

extension Available {
    package var value: Value? {
        switch self {
        case .available(let value): value
        case .missing: nil
        }
    }

    /// The value, or an `Absence` that carries the reason onwards.
    func get() throws -> Value {
        switch self {
        case .available(let value): return value
        case .missing(let verdict, let reason): throw Absence(verdict: verdict, reason: reason)
        }
    }
}

/// A model that can be run.
struct OpenModel: Sendable {
    let name: String
    let runner: any ModelRunner
    let signature: ModelSignature?
}
