// Deployments: what jobs outside report, and what is known of them.

/// One value at the target: what a job found there, and what it put there.
package struct DeploymentPin: Codable, Sendable, Equatable {
    /// `spec.predictor.model.storageUri`.
    package let path: String
    /// Nil: nothing stood there.
    package let before: String?
    package let after: String

    package init(path: String, before: String?, after: String) {
        self.path = path
        self.before = before
        self.after = after
    }
}

package struct DeploymentHealth: Codable, Sendable, Equatable {
    /// `passed`, `failed`, or `none`: nobody looked.
    package let state: String
    /// How it was looked at: `kubectl rollout status`.
    package let how: String?
    /// Whether what answered said that it was this version; nil: that was not asked.
    package let sawVersion: Bool?
    package let reason: String?

    package init(state: String, how: String? = nil, sawVersion: Bool? = nil, reason: String? = nil) {
        self.state = state
        self.how = how
        self.sawVersion = sawVersion
        self.reason = reason
    }

    package static let none = DeploymentHealth(state: "none")

    enum CodingKeys: String, CodingKey {
        case state, how, reason
        case sawVersion = "saw_version"
    }
}

package struct DeploymentGolden: Codable, Sendable, Equatable {
    package struct Failure: Codable, Sendable, Equatable {
        package let name: String
        package let reason: String

        package init(name: String, reason: String) {
            self.name = name
            self.reason = reason
        }
    }

    /// `passed`, `failed`, or `none`: none was asked.
    package let state: String
    package let asked: Int
    package let passed: Int
    /// Of the file with the requests.
    package let digest: String?
    /// How many answers said that they were of this version; nil: none said which one.
    package let sawVersion: Int?
    /// The first ones.
    package let failures: [Failure]

    package init(
        state: String, asked: Int = 0, passed: Int = 0, digest: String? = nil, sawVersion: Int? = nil, failures: [Failure] = []
    ) {
        self.state = state
        self.asked = asked
        self.passed = passed
        self.digest = digest
        self.sawVersion = sawVersion
        self.failures = failures
    }

    package static let none = DeploymentGolden(state: "none")

    enum CodingKeys: String, CodingKey {
        case state, asked, passed, digest, failures
        case sawVersion = "saw_version"
    }
}

/// What a job says when it begins (`running`) and when it has ended.
package struct DeploymentCall: Codable, Sendable {
    package let target: String
    package let job: String
    /// `running`, `succeeded`, `unchanged`, `rolled_back`, `failed` or `rollback_failed`.
    package var outcome: String
    package var environment: String?
    package var segment: String?
    package var allowUnpromoted: Bool?
    package var jobURL: String?
    /// Of the repository whose pipeline the job is.
    package var commit: String?
    package var pins: [DeploymentPin]?
    /// What the target is at now: a commit, a generation.
    package var revision: String?
    package var health: DeploymentHealth?
    package var golden: DeploymentGolden?
    package var reason: String?

    package init(target: String, job: String, outcome: String) {
        self.target = target
        self.job = job
        self.outcome = outcome
    }

    enum CodingKeys: String, CodingKey {
        case target, job, outcome, environment, segment, commit, pins, revision, health, golden, reason
        case allowUnpromoted = "allow_unpromoted"
        case jobURL = "job_url"
    }
}

package struct DeploymentAnswer: Codable, Sendable {
    package let id: String
    package let modelName: String
    package let modelVersion: Int64
    package let digest: String
    package let environment: String
    package let segment: String
    package let target: String
    package let job: String
    package let outcome: String
    /// Whether the version was the slot's active one when the job began.
    package let isActive: Bool
    /// The promotion that made it active; nil: another way did, or it is not.
    package let promotion: String?
    /// What the last job before left at the target; nil: none is on record.
    package let previousVersion: Int64?
    package let pins: [DeploymentPin]
    package let revision: String?
    package let health: DeploymentHealth
    package let golden: DeploymentGolden
    package let jobURL: String?
    package let commit: String?
    package let reason: String?
    package let reportedBy: String
    package let startedAt: String
    package let finishedAt: String?
    /// The entry of its end, or of its beginning while it runs.
    package let auditSequence: Int64

    package init(
        id: String, modelName: String, modelVersion: Int64, digest: String, environment: String, segment: String,
        isActive: Bool, promotion: String?, previousVersion: Int64?, said call: DeploymentCall, reportedBy: String,
        startedAt: String,
        finishedAt: String?, auditSequence: Int64
    ) {
        self.id = id
        self.modelName = modelName
        self.modelVersion = modelVersion
        self.digest = digest
        self.environment = environment
        self.segment = segment
        target = call.target
        job = call.job
        outcome = call.outcome
        self.isActive = isActive
        self.promotion = promotion
        self.previousVersion = previousVersion
        pins = call.pins ?? []
        revision = call.revision
        health = call.health ?? .none
        golden = call.golden ?? .none
        jobURL = call.jobURL
        commit = call.commit
        reason = call.reason
        self.reportedBy = reportedBy
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.auditSequence = auditSequence
    }

    enum CodingKeys: String, CodingKey {
        case id, digest, environment, segment, target, job, outcome, promotion, pins, revision, health, golden, commit, reason
        case modelName = "model_name"
        case modelVersion = "model_version"
        case isActive = "is_active"
        case previousVersion = "previous_version"
        case jobURL = "job_url"
        case reportedBy = "reported_by"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case auditSequence = "audit_sequence"
    }
}
