package import GatehouseCore

/// One evaluation: running, with its progress; or finished, with every check.
package struct EvaluationAnswer: Codable, Sendable {
    package enum State: String, Codable, Sendable { case queued, running, finished, failed }

    package let id: String
    package let modelName: String
    package let modelVersion: Int64
    package let state: State
    /// Nil until finished.
    package let passed: Bool?
    package let policy: String
    package let dataset: String?
    package let champion: String?
    package let reason: String?
    /// By check name; each holds `index`, its place in the policy.
    package let checks: [String: JSONValue]
    package let progress: [ProgressAnswer]
    package let requestedBy: String
    package let startedAt: String
    package let finishedAt: String?

    package init(
        id: String, modelName: String, modelVersion: Int64, state: State, passed: Bool?, policy: String, dataset: String?,
        champion: String?, reason: String?, checks: [String: JSONValue], progress: [ProgressAnswer], requestedBy: String,
        startedAt: String, finishedAt: String?
    ) {
        self.id = id
        self.modelName = modelName
        self.modelVersion = modelVersion
        self.state = state
        self.passed = passed
        self.policy = policy
        self.dataset = dataset
        self.champion = champion
        self.reason = reason
        self.checks = checks
        self.progress = progress
        self.requestedBy = requestedBy
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }

    enum CodingKeys: String, CodingKey {
        case id, state, passed, policy, dataset, champion, reason, checks, progress
        case modelName = "model_name"
        case modelVersion = "model_version"
        case requestedBy = "requested_by"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
    }
}

/// How far one part of an evaluation is.
package struct ProgressAnswer: Codable, Sendable, Equatable {
    /// `dataset`, `candidate`, `champion`, `latency`, `drift`, `schema`, or a custom check's name.
    package let step: String
    /// 0 to 1.
    package let fraction: Double
    package let isDone: Bool

    package init(step: String, fraction: Double, isDone: Bool) {
        self.step = step
        self.fraction = fraction
        self.isDone = isDone
    }

    enum CodingKeys: String, CodingKey {
        case step, fraction
        case isDone = "done"
    }
}

package struct PromoteCall: Codable, Sendable {
    package let to: String
    /// Needed where the transition asks for one, as a rollback does.
    package let reason: String?
    package let idempotencyKey: String?
    /// The slot in production; nil: the default one.
    package let environment: String?
    package let segment: String?

    package init(
        to: String, reason: String? = nil, idempotencyKey: String? = nil, environment: String? = nil, segment: String? = nil
    ) {
        self.to = to
        self.reason = reason
        self.idempotencyKey = idempotencyKey
        self.environment = environment
        self.segment = segment
    }

    enum CodingKeys: String, CodingKey {
        case to, reason, environment, segment
        case idempotencyKey = "idempotency_key"
    }
}

/// A line of the list of promotions.
package struct PromotionSummary: Codable, Sendable {
    /// As in `PromotionAnswer`.
    package let id: String
    package let state: String
    package let modelName: String
    package let modelVersion: Int64
    package let to: String
    package let slot: String?
    package let reason: String
    package let requestedBy: String
    package let requestedAt: String
    package let decidedAt: String?

    package init(
        id: String, state: String, modelName: String, modelVersion: Int64, to: String, slot: String?, reason: String,
        requestedBy: String, requestedAt: String, decidedAt: String?
    ) {
        self.id = id
        self.state = state
        self.modelName = modelName
        self.modelVersion = modelVersion
        self.to = to
        self.slot = slot
        self.reason = reason
        self.requestedBy = requestedBy
        self.requestedAt = requestedAt
        self.decidedAt = decidedAt
    }

    enum CodingKeys: String, CodingKey {
        case id, state, to, slot, reason
        case modelName = "model_name"
        case modelVersion = "model_version"
        case requestedBy = "requested_by"
        case requestedAt = "requested_at"
        case decidedAt = "decided_at"
    }
}

/// A promotion and what became of it.
package struct PromotionAnswer: Codable, Sendable {
    package enum State: String, Codable, Sendable {
        case evaluating
        /// Nothing is missing but people's approvals.
        case awaitingReview = "awaiting_review"
        /// The version moved.
        case approved
        case blocked
        /// Taken back before it was decided; `reason` says by whom and why.
        case withdrawn
    }

    package let id: String
    package let state: State
    /// Nil while evaluating or awaiting review.
    package let approved: Bool?
    package let modelName: String
    package let modelVersion: Int64
    package let to: String
    /// `credit-risk/production/default/champion`; nil unless it is about Production.
    package let slot: String?
    package let promotedTo: String?
    package let evaluationID: String?
    package let checks: [String: JSONValue]
    package let reason: String
    package let warnings: [String]
    /// What reviewers were asked, in the order in which they were.
    package let reviews: [ReviewSummary]
    package let timestamp: String

    package init(
        id: String, state: State, approved: Bool?, modelName: String, modelVersion: Int64, to: String, slot: String?,
        promotedTo: String?, evaluationID: String?, checks: [String: JSONValue], reason: String, warnings: [String],
        reviews: [ReviewSummary], timestamp: String
    ) {
        self.id = id
        self.state = state
        self.approved = approved
        self.modelName = modelName
        self.modelVersion = modelVersion
        self.to = to
        self.slot = slot
        self.promotedTo = promotedTo
        self.evaluationID = evaluationID
        self.checks = checks
        self.reason = reason
        self.warnings = warnings
        self.reviews = reviews
        self.timestamp = timestamp
    }

    enum CodingKeys: String, CodingKey {
        case id, state, approved, to, slot, checks, reason, warnings, reviews, timestamp
        case modelName = "model_name"
        case modelVersion = "model_version"
        case promotedTo = "promoted_to"
        case evaluationID = "evaluation_id"
    }
}
