package import GatehouseCore

// Champion–challenger experiments on real requests. MLflow's experiments, which hold runs, are another thing.

package struct StartExperimentCall: Codable, Sendable {
    package let model: String
    package let version: Int64
    package let endpoint: String
    package let segment: String?
    package let percent: Double
    /// The label under which outcomes are posted.
    package let outcome: String
    /// `higher` or `lower`.
    package let better: String
    package let minimumEffect: Double
    package let margin: Double?
    package let covariate: String?
    package let maturitySeconds: Int?
    package let alpha: Double?

    package init(
        model: String, version: Int64, endpoint: String, segment: String?, percent: Double, outcome: String, better: String,
        minimumEffect: Double, margin: Double?, covariate: String?, maturitySeconds: Int?, alpha: Double?
    ) {
        self.model = model
        self.version = version
        self.endpoint = endpoint
        self.segment = segment
        self.percent = percent
        self.outcome = outcome
        self.better = better
        self.minimumEffect = minimumEffect
        self.margin = margin
        self.covariate = covariate
        self.maturitySeconds = maturitySeconds
        self.alpha = alpha
    }

    enum CodingKeys: String, CodingKey {
        case model, version, endpoint, segment, percent, outcome, better, margin, covariate, alpha
        case minimumEffect = "minimum_effect"
        case maturitySeconds = "maturity_seconds"
    }
}

package struct ExperimentAnswer: Codable, Sendable {
    package let id: String
    package let modelName: String
    package let championVersion: Int64
    package let challengerVersion: Int64
    /// The challenger's.
    package let digest: String
    package let endpoint: String
    package let environment: String
    package let segment: String
    package let percent: Double
    package let outcome: String
    package let better: String
    package let minimumEffect: Double
    package let margin: Double?
    package let covariate: String?
    package let maturitySeconds: Int
    package let alpha: Double
    package let startedAt: String
    /// Nil: it runs.
    package let stoppedAt: String?
    /// `stopped`, `slot_changed` or `challenger_left`.
    package let ended: String?
    package let auditSequence: Int64

    package init(
        id: String, modelName: String, championVersion: Int64, challengerVersion: Int64, digest: String, endpoint: String,
        environment: String, segment: String, percent: Double, outcome: String, better: String, minimumEffect: Double,
        margin: Double?, covariate: String?, maturitySeconds: Int, alpha: Double, startedAt: String, stoppedAt: String?,
        ended: String?, auditSequence: Int64
    ) {
        self.id = id
        self.modelName = modelName
        self.championVersion = championVersion
        self.challengerVersion = challengerVersion
        self.digest = digest
        self.endpoint = endpoint
        self.environment = environment
        self.segment = segment
        self.percent = percent
        self.outcome = outcome
        self.better = better
        self.minimumEffect = minimumEffect
        self.margin = margin
        self.covariate = covariate
        self.maturitySeconds = maturitySeconds
        self.alpha = alpha
        self.startedAt = startedAt
        self.stoppedAt = stoppedAt
        self.ended = ended
        self.auditSequence = auditSequence
    }

    enum CodingKeys: String, CodingKey {
        case id, digest, endpoint, environment, segment, percent, outcome, better, margin, covariate, alpha, ended
        case modelName = "model_name"
        case championVersion = "champion_version"
        case challengerVersion = "challenger_version"
        case minimumEffect = "minimum_effect"
        case maturitySeconds = "maturity_seconds"
        case startedAt = "started_at"
        case stoppedAt = "stopped_at"
        case auditSequence = "audit_sequence"
    }
}

package struct ExperimentReportAnswer: Codable, Sendable {
    package struct Requests: Codable, Sendable {
        package let arm: String
        /// `assigned`, `fallback`, `override`, `no_unit`, `holdout` or `other_layer`.
        package let reason: String
        package let requests: Int64

        package init(arm: String, reason: String, requests: Int64) {
            self.arm = arm
            self.reason = reason
            self.requests = requests
        }
    }

    package let experiment: ExperimentAnswer
    /// The numbers; docs/serving.md has their meaning.
    package let report: JSONValue
    /// Of the units: 1 is all of them.
    package let keptShare: Double
    package let requests: [Requests]

    package init(experiment: ExperimentAnswer, report: JSONValue, keptShare: Double, requests: [Requests]) {
        self.experiment = experiment
        self.report = report
        self.keptShare = keptShare
        self.requests = requests
    }

    enum CodingKeys: String, CodingKey {
        case experiment, report, requests
        case keptShare = "kept_share"
    }
}
