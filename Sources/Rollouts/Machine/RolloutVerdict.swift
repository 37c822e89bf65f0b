/// What a look said, in one word and a sentence.
package struct RolloutVerdict: Codable, Sendable, Equatable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case advance, hold, rollback, inconclusive
        case needsHuman = "needs_human"
    }

    package let kind: Kind
    package let reason: String

    package init(_ kind: Kind, _ reason: String) {
        self.kind = kind
        self.reason = reason
    }

    /// The verdict of a step from its checks: data missing holds, a limit that is passed without proof or arms that got the
    /// wrong share is inconclusive, and only limits that all hold advance.
    init(_ checks: [RolloutCheck]) {
        if let open = checks.first(where: { $0.verdict == .inconclusive }) {
            self.init(.inconclusive, "\(open.name.rawValue): \(open.reason)")
        } else if let missing = checks.first(where: { $0.verdict == .noData }) {
            self.init(.hold, "\(missing.name.rawValue): \(missing.reason)")
        } else if checks.isEmpty {
            self.init(.hold, "nothing is measured")
        } else {
            self.init(.advance, "every limit holds, with data enough")
        }
    }
}

/// One thing that a rollout is watched by, as measured in the present step.
package struct RolloutCheck: Codable, Sendable, Equatable {
    package enum Name: String, Codable, Sendable, CaseIterable {
        case requests
        case sampleRatio = "sample_ratio"
        case errorRate = "error_rate"
        case p95 = "p95_ms"
        case badOutput = "bad_output"
        case rejected
        case constantOutput = "constant_output"
        case predictionRange = "prediction_range"
        case predictionPSI = "prediction_psi"
        case outcomeDrop = "outcome_drop"
    }

    package enum Verdict: String, Codable, Sendable, CaseIterable {
        case holds, inconclusive, harm
        case noData = "no_data"
    }

    package let name: Name
    package let verdict: Verdict
    package var value: Double?
    package var champion: Double?
    package var limit: Double?
    package var rows = 0
    /// What is needed of the arm with fewer; 0: nothing is.
    package var rowsNeeded = 0
    package let reason: String

    init(_ name: Name, _ verdict: Verdict, _ reason: String) {
        self.name = name
        self.verdict = verdict
        self.reason = reason
    }

    enum CodingKeys: String, CodingKey {
        case name, verdict, value, champion, limit, rows, reason
        case rowsNeeded = "rows_needed"
    }
}

/// What was proven against a new version: that it breaks this limit, and by which numbers.
package struct ProvenHarm: Codable, Sendable, Equatable {
    package let name: RolloutCheck.Name
    package let reason: String

    init(_ name: RolloutCheck.Name, _ reason: String) {
        self.name = name
        self.reason = reason
    }
}

extension [RolloutCheck] {
    /// What was proven is said where its limit is: the numbers of the step alone would leave it open.
    package func naming(_ harm: ProvenHarm?) -> [RolloutCheck] {
        guard let harm else { return self }
        var proven = RolloutCheck(harm.name, .harm, harm.reason)
        guard let place = firstIndex(where: { $0.name == harm.name }) else { return self + [proven] }
        let measured = self[place]
        (proven.value, proven.champion, proven.limit) = (measured.value, measured.champion, measured.limit)
        (proven.rows, proven.rowsNeeded) = (measured.rows, measured.rowsNeeded)
        var checks = self
        checks[place] = proven
        return checks
    }
}

/// How the rate of false rollbacks of a whole rollout is shared out. Half of it goes to single windows, a quarter to quarter
/// hours, a quarter to whole steps; each part is divided by the number of things watched, and then over the looks.
///
/// Look number k of an unending row of looks gets 1/(k(k+1)) of its share (the sum of all is 1), so the rate holds however
/// long a rollout lasts. A step's sequences are always valid within the step and share by the number of steps.
package struct RolloutAlphas: Sendable, Equatable {
    /// Errors, latency, bad output, rejected; constant output; predictions; outcomes.
    static let watched = 7.0

    package let window: Double
    package let epoch: Double
    package let step: Double

    package init(_ plan: RolloutPlan) {
        window = plan.falseRollbackRate / 2 / Self.watched
        epoch = plan.falseRollbackRate / 4 / Self.watched
        // The bake is one more.
        step = plan.falseRollbackRate / 4 / Self.watched / Double(plan.steps.count + 1)
    }

    static func share(_ alpha: Double, look: Int) -> Double { alpha / (Double(look) * (Double(look) + 1)) }
}
