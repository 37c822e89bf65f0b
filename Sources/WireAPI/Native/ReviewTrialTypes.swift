package import GatehouseCore

/// What a reviewer can try on the version under review, and what was tried.
package struct ReviewTrialsAnswer: Codable, Sendable {
    package struct Field: Codable, Sendable {
        package let name: String
        /// As in a signature: `long`, `double`, `string`, …
        package let type: String
        package let required: Bool
        /// The version under review does not read it.
        package let championsOnly: Bool
        /// Null where nothing is known.
        package let usual: JSONValue

        package init(name: String, type: String, required: Bool, championsOnly: Bool, usual: JSONValue) {
            self.name = name
            self.type = type
            self.required = required
            self.championsOnly = championsOnly
            self.usual = usual
        }

        enum CodingKeys: String, CodingKey {
            case name, type, required, usual
            case championsOnly = "champions_only"
        }
    }

    package let review: String
    /// Whether the reviewer has opened the panel `trials`; before that there are no fields.
    package let opened: Bool
    package let fields: [Field]
    /// Where the usual values are from.
    package let usualFrom: String?
    /// Why nothing can be tried.
    package let problem: String?
    package let trialsLeft: Int
    package let trials: [ReviewTrialAnswer]

    package init(
        review: String, opened: Bool, fields: [Field], usualFrom: String?, problem: String?, trialsLeft: Int,
        trials: [ReviewTrialAnswer]
    ) {
        self.review = review
        self.opened = opened
        self.fields = fields
        self.usualFrom = usualFrom
        self.problem = problem
        self.trialsLeft = trialsLeft
        self.trials = trials
    }

    enum CodingKeys: String, CodingKey {
        case review, opened, fields, problem, trials
        case usualFrom = "usual_from"
        case trialsLeft = "trials_left"
    }
}

/// A row that was tried, and what came of it.
package struct ReviewTrialAnswer: Codable, Sendable {
    package struct Model: Codable, Sendable {
        package let version: Int64
        package let runner: String?
        package let outputs: [Double]?
        /// Why there are none.
        package let refusal: String?
        /// Whether the answer is a positive decision; null where a policy decides nothing by it.
        package let decision: Bool?

        package init(version: Int64, runner: String?, outputs: [Double]?, refusal: String?, decision: Bool?) {
            self.version = version
            self.runner = runner
            self.outputs = outputs
            self.refusal = refusal
            self.decision = decision
        }
    }

    package let id: String
    package let number: Int64
    package let triedAt: String
    /// By the input's name; null once it was erased.
    package let row: JSONValue
    package let threshold: Double?
    package let candidate: Model
    /// Null where no version was active in the slot.
    package let champion: Model?
    /// The candidate's answer less the champion's.
    package let difference: Double?
    package let decisionsDiffer: Bool?

    package init(
        id: String, number: Int64, triedAt: String, row: JSONValue, threshold: Double?, candidate: Model, champion: Model?,
        difference: Double?, decisionsDiffer: Bool?
    ) {
        self.id = id
        self.number = number
        self.triedAt = triedAt
        self.row = row
        self.threshold = threshold
        self.candidate = candidate
        self.champion = champion
        self.difference = difference
        self.decisionsDiffer = decisionsDiffer
    }

    enum CodingKeys: String, CodingKey {
        case id, number, row, threshold, candidate, champion, difference
        case triedAt = "tried_at"
        case decisionsDiffer = "decisions_differ"
    }
}

/// A value for every input; null is a missing one.
package struct TryRowCall: Codable, Sendable {
    package let row: [String: JSONValue]

    package init(row: [String: JSONValue]) { self.row = row }
}
