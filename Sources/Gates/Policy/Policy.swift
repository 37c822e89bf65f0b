package import GatehouseCore

/// The rules for one model or for all models a name pattern matches. Immutable: every edit is a new version.
package struct Policy: Sendable {
    /// A model's name, or a pattern with `*`.
    package var model: String
    package var enforcement: PolicyEnforcement = .enforce
    package var stakes: Stakes = .normal
    package var requiredFacts: [RegistrationFact] = []
    package var evaluation = EvaluationRules()
    package var checks: [CheckConfiguration] = []
    package var shadow: ShadowRules?
    package var review = ReviewRules()
    package var rollout: RolloutRules?
    package var segments: [String] = []
    package var noDefaultSegment = false
    /// The alias that stands for Production; nil when the policy protects none.
    package var protectedAlias: String? = "champion"
    package var reviewBy: Timestamp?
    /// A promoted version that improved the metric by more makes the policy stale.
    package var reviewAfterImprovement: Double?
    package var stale: StaleEffect = .warn

    package init(model: String) { self.model = model }

    package enum Stakes: String, Sendable, CaseIterable { case normal, high }

    /// What a stale policy does to promotions until somebody confirms it.
    package enum StaleEffect: String, Sendable, CaseIterable { case warn, block }
}

/// Facts a registration must carry.
package enum RegistrationFact: String, Sendable, CaseIterable {
    case featurePipeline = "feature_pipeline"
    case trainingData = "training_data"
    case modelCard = "model_card"
    case datasetCard = "dataset_card"
    case featureStats = "feature_stats"
}

package struct EvaluationRules: Sendable, Equatable {
    /// `credit-holdout` or `credit-holdout@3`; nil: the checks that need data say so.
    package var dataset: NamedVersion?
    package var label: String?
    /// A column that says what each row counts; nil: all the same.
    package var weight: String?
    package var groups: [String] = []
    package var intersections = false
    package var maxAge: Duration = .seconds(7 * 86_400)
    /// A score at or above it is a positive decision.
    package var decisionThreshold = 0.5
    /// How the model is run; nil: chosen from the artifact.
    package var runner: RunnerChoice?
    /// What an inconclusive check does unless the check says otherwise.
    package var inconclusiveBlocks = true

    package init() {}
}

/// How a policy overrides the choice of runner.
package enum RunnerChoice: Sendable, Equatable {
    case native
    /// A URL speaking MLflow's `/invocations` or Open Inference Protocol v2.
    case endpoint(url: String, protocol: EndpointProtocol)
    /// A column of the dataset holds the scores.
    case predictions(column: String)
}

package enum EndpointProtocol: String, Sendable, CaseIterable {
    case invocations
    case openInference = "v2"
}

/// A gate configured by a policy.
package struct CheckConfiguration: Sendable {
    package enum Kind: Sendable {
        case builtIn(gate: String, GateSettings)
        case custom(CustomCheck)
    }

    package let name: String
    package let kind: Kind
    package let enforcement: CheckEnforcement
    package let inconclusiveBlocks: Bool

    package init(name: String, kind: Kind, enforcement: CheckEnforcement = .block, inconclusiveBlocks: Bool = true) {
        self.name = name
        self.kind = kind
        self.enforcement = enforcement
        self.inconclusiveBlocks = inconclusiveBlocks
    }
}

/// A check that somebody else's program, service, document or signature answers.
package struct CustomCheck: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// JSON in on standard input, JSON out on standard output.
        case command([String])
        /// A signed POST, JSON both ways.
        case url(String)
        /// Posted by CI for the artifact's digest.
        case evidence
        /// The card's required fields are present. `document` is `model` or `dataset`.
        case card(document: String, requiredFields: [String])
        /// A named approval, such as a regulatory sign-off.
        case attestation
        /// Scores hold still under small perturbations of the numeric inputs.
        case robustness(relativeNoise: Double, maxMeanShift: Double)
    }

    package let kind: Kind
    package let timeout: Duration

    package init(kind: Kind, timeout: Duration = .seconds(600)) {
        self.kind = kind
        self.timeout = timeout
    }
}

package struct ShadowRules: Sendable, Equatable {
    package var fraction = 0.01
    package var minDuration: Duration = .seconds(48 * 3600)
    package var minRequests = 1000
    package var minCoverage = 0.95
    package var maxDisagreement = 0.02

    package init() {}
}

package struct ReviewRules: Sendable, Equatable {
    package var reviewers: [String] = []
    /// Nil: one reviewer, or two when the stakes are high.
    package var required: Int?
    package var rotation = "least_recent"
    package var expires: Duration = .seconds(72 * 3600)
    package var flagAfterOpening: Duration = .seconds(30)
    package var flagAfterRequest: Duration = .seconds(60)
    package var questionnaire = "default"
    /// Flags with which nobody can approve.
    package var refusedFlags: Set<ReviewFlag> = []

    package init() {}
}

package struct RolloutRules: Sendable, Equatable {
    package var steps = [5, 25, 100]
    package var stepMinDuration: Duration = .seconds(3600)
    package var stepMinRequests = 2000
    package var stepMaxDuration: Duration = .seconds(24 * 3600)
    package var bake: Duration = .seconds(24 * 3600)
    /// `error_rate`, `p95_ms`, `prediction_psi`, `outcome_drop` with their limits.
    package var rollbackOn: [String: Double] = [:]
    /// What `outcome_drop` compares, by the name under which it is posted, and which way is better.
    package var outcomeLabel = "outcome"
    package var outcomeBetter = OutcomeDirection.higher

    /// Which of two mean outcomes is the better one.
    package enum OutcomeDirection: String, Sendable, CaseIterable { case higher, lower }

    package init() {}
}
