// Rollouts: how a version takes over a slot, step by step.

package import GatehouseCore

package struct StartRolloutCall: Codable, Sendable {
    package let model: String
    package let version: Int64
    package let environment: String?
    package let segment: String?
    package let reason: String?

    package init(model: String, version: Int64, environment: String?, segment: String?, reason: String?) {
        self.model = model
        self.version = version
        self.environment = environment
        self.segment = segment
        self.reason = reason
    }
}

/// Why somebody orders a rollout to do something; `advance` and `rollback` need it.
package struct RolloutOrderCall: Codable, Sendable {
    package let reason: String?

    package init(reason: String?) { self.reason = reason }
}

package struct RolloutAnswer: Codable, Sendable {
    /// The plan as it was when the rollout began.
    package struct Plan: Codable, Sendable, Equatable {
        package let steps: [Int]
        package let stepMinSeconds: Int
        package let stepMinRequests: Int
        package let stepMaxSeconds: Int
        package let bakeSeconds: Int

        package init(steps: [Int], stepMinSeconds: Int, stepMinRequests: Int, stepMaxSeconds: Int, bakeSeconds: Int) {
            self.steps = steps
            self.stepMinSeconds = stepMinSeconds
            self.stepMinRequests = stepMinRequests
            self.stepMaxSeconds = stepMaxSeconds
            self.bakeSeconds = bakeSeconds
        }

        enum CodingKeys: String, CodingKey {
            case steps
            case stepMinSeconds = "step_min_seconds"
            case stepMinRequests = "step_min_requests"
            case stepMaxSeconds = "step_max_seconds"
            case bakeSeconds = "bake_seconds"
        }
    }

    /// One thing that the rollout is watched by, as measured in the present step.
    package struct Check: Codable, Sendable, Equatable {
        package let name: String
        /// `holds`, `inconclusive`, `harm` or `no_data`.
        package let verdict: String
        package let value: Double?
        package let champion: Double?
        package let limit: Double?
        package let rows: Int
        package let rowsNeeded: Int
        package let reason: String

        package init(
            name: String, verdict: String, value: Double?, champion: Double?, limit: Double?, rows: Int, rowsNeeded: Int,
            reason: String
        ) {
            self.name = name
            self.verdict = verdict
            self.value = value
            self.champion = champion
            self.limit = limit
            self.rows = rows
            self.rowsNeeded = rowsNeeded
            self.reason = reason
        }

        enum CodingKeys: String, CodingKey {
            case name, verdict, value, champion, limit, rows, reason
            case rowsNeeded = "rows_needed"
        }
    }

    /// One decision, oldest first.
    package struct Event: Codable, Sendable {
        package let at: String
        package let what: String
        package let percent: Int
        package let verdict: String
        package let reason: String
        /// Who ordered it, and why in their words; null where nobody had to be told.
        package let by: String?
        package let note: String?
        package let checks: JSONValue
        package let auditSequence: Int64?

        package init(
            at: String, what: String, percent: Int, verdict: String, reason: String, by: String?, note: String?,
            checks: JSONValue, auditSequence: Int64?
        ) {
            self.at = at
            self.what = what
            self.percent = percent
            self.verdict = verdict
            self.reason = reason
            self.by = by
            self.note = note
            self.checks = checks
            self.auditSequence = auditSequence
        }

        enum CodingKeys: String, CodingKey {
            case at, what, percent, verdict, reason, by, note, checks
            case auditSequence = "audit_sequence"
        }
    }

    package let id: String
    package let modelName: String
    package let modelVersion: Int64
    package let championVersion: Int64
    package let slot: String
    /// `observing`, `held`, `needs_human`, `baking`, `promoted` or `rolled_back`.
    package let phase: String
    /// Of the units, answered by the new version now.
    package let percent: Int
    /// From 1.
    package let step: Int
    /// `advance`, `hold`, `inconclusive`, `needs_human` or `rollback`.
    package let verdict: String
    package let reason: String
    /// When the present step or the bake began.
    package let since: String?
    package let openedAt: String
    package let openedBy: String
    package let endedAt: String?
    /// Measurements of other versions, or of times before the step.
    package let leftOut: Int
    package let plan: Plan
    package let auditSequence: Int64
    /// What the steps could see with the traffic there was before the first one.
    package let power: [String]
    /// Empty in lists, and once the rollout is over.
    package var checks: [Check] = []
    /// Empty in lists.
    package var events: [Event] = []

    package init(
        id: String, modelName: String, modelVersion: Int64, championVersion: Int64, slot: String, phase: String, percent: Int,
        step: Int, verdict: String, reason: String, since: String?, openedAt: String, openedBy: String, endedAt: String?,
        leftOut: Int, plan: Plan, auditSequence: Int64, power: [String]
    ) {
        self.id = id
        self.modelName = modelName
        self.modelVersion = modelVersion
        self.championVersion = championVersion
        self.slot = slot
        self.phase = phase
        self.percent = percent
        self.step = step
        self.verdict = verdict
        self.reason = reason
        self.since = since
        self.openedAt = openedAt
        self.openedBy = openedBy
        self.endedAt = endedAt
        self.leftOut = leftOut
        self.plan = plan
        self.auditSequence = auditSequence
        self.power = power
    }

    enum CodingKeys: String, CodingKey {
        case id, slot, phase, percent, step, verdict, reason, since, plan, power, checks, events
        case modelName = "model_name"
        case modelVersion = "model_version"
        case championVersion = "champion_version"
        case openedAt = "opened_at"
        case openedBy = "opened_by"
        case endedAt = "ended_at"
        case leftOut = "left_out"
        case auditSequence = "audit_sequence"
    }
}
