package import GatehouseCore
package import Statistics

/// What an evaluation gathers before it judges. A gate names the kinds it needs; only those are gathered.
package enum EvidenceKind: String, Sendable, CaseIterable {
    case scores, latency, drift, schema, custom
}

/// Evidence, or why there is none. Missing evidence is never a pass.
package enum Available<Value: Sendable>: Sendable {
    case available(Value)
    /// `verdict` is `error` when gathering failed, `inconclusive` when there is nothing to gather yet,
    /// `fail` when its absence is itself the finding (no signature).
    case missing(Verdict, reason: String)
}

/// Everything the checks of one evaluation look at.
package struct Evidence: Sendable {
    package var scores: Available<ScoredEvidence>
    package var latency: Available<LatencyEvidence>
    package var drift: Available<DriftEvidence>
    package var schema: Available<SchemaEvidence>
    /// By the name of the custom check.
    package var custom: [String: Available<CustomEvidence>]

    package init(
        scores: Available<ScoredEvidence> = .missing(.error, reason: "no evaluation data was gathered"),
        latency: Available<LatencyEvidence> = .missing(.error, reason: "latency was not measured"),
        drift: Available<DriftEvidence> = .missing(.error, reason: "no feature statistics were gathered"),
        schema: Available<SchemaEvidence> = .missing(.error, reason: "no schema was gathered"),
        custom: [String: Available<CustomEvidence>] = [:]
    ) {
        self.scores = scores
        self.latency = latency
        self.drift = drift
        self.schema = schema
        self.custom = custom
    }
}

/// The candidate and the champion on the same frozen rows.
package struct ScoredEvidence: Sendable {
    /// One column of group names: `age_band` with a code per row; -1 is a missing value.
    package struct Grouping: Sendable {
        package let name: String
        package let codes: [Int32]
        package let categories: [String]

        package init(name: String, codes: [Int32], categories: [String]) {
            self.name = name
            self.codes = codes
            self.categories = categories
        }
    }

    package let labels: [Double]
    package let candidate: ScoreMatrix
    /// Nil when there is no champion yet.
    package let champion: ScoreMatrix?
    /// `credit-risk v1`, for sentences.
    package let championName: String?
    package let groupings: [Grouping]
    /// What each row counts; nil when all count the same.
    package let weights: [Double]?
    /// Whether combinations of all groupings are judged too.
    package let intersections: Bool
    /// A score at or above it is a positive decision.
    package let decisionThreshold: Double

    package init(
        labels: [Double], candidate: ScoreMatrix, champion: ScoreMatrix? = nil, championName: String? = nil,
        groupings: [Grouping] = [], weights: [Double]? = nil, intersections: Bool = false, decisionThreshold: Double = 0.5
    ) {
        self.labels = labels
        self.candidate = candidate
        self.champion = champion
        self.championName = championName
        self.groupings = groupings
        self.weights = weights
        self.intersections = intersections
        self.decisionThreshold = decisionThreshold
    }
}

/// Response times of single-row requests after the warm-up.
package struct LatencyEvidence: Sendable {
    package enum Mode: String, Sendable { case sequential, openLoop = "open_loop" }

    package let mode: Mode
    /// One per answered request. In open loop, measured from the intended start (no coordinated omission).
    package let milliseconds: [Double]
    package let warmUpCount: Int
    package let errorCount: Int
    /// Planned requests per second; nil in sequential mode.
    package let ratePerSecond: Double?
    /// How the model was run.
    package let runner: String

    package init(
        mode: Mode, milliseconds: [Double], warmUpCount: Int, errorCount: Int, ratePerSecond: Double?, runner: String
    ) {
        self.mode = mode
        self.milliseconds = milliseconds
        self.warmUpCount = warmUpCount
        self.errorCount = errorCount
        self.ratePerSecond = ratePerSecond
        self.runner = runner
    }
}

/// Training-time and current distributions, feature by feature, current values counted in the training buckets.
package struct DriftEvidence: Sendable {
    package let training: [FeatureProfile]
    package let current: [FeatureProfile]
    /// `dataset applications-2026w02@1`, for sentences.
    package let currentSource: String

    package init(training: [FeatureProfile], current: [FeatureProfile], currentSource: String) {
        self.training = training
        self.current = current
        self.currentSource = currentSource
    }
}

/// What the model takes and what the pipeline in production delivers.
package struct SchemaEvidence: Sendable {
    package let signature: ModelSignature
    package let pipeline: [FieldSchema]
    /// `credit-features@7`, for sentences.
    package let pipelineName: String
    /// What requests really carry; nil where the policy does not ask for it.
    package var live: Available<ObservedInputs>?

    package init(signature: ModelSignature, pipeline: [FieldSchema], pipelineName: String) {
        self.signature = signature
        self.pipeline = pipeline
        self.pipelineName = pipelineName
    }
}

/// What a custom check brought back.
package enum CustomEvidence: Sendable {
    /// The JSON a command printed, a URL answered or CI posted: `{"passed": bool, "reason": "…", "measurements": [...]}`.
    case report(JSONValue)
    /// The text of a model or dataset card.
    case card(String)
    /// A named approval that was recorded for this artifact.
    case attestation(by: Principal, at: Timestamp, note: String)
    /// Scores before and after small perturbations of the inputs.
    case perturbed(original: ScoreMatrix, perturbed: ScoreMatrix, relativeNoise: Double)
}
