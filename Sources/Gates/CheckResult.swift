package import GatehouseCore

/// One number a check looked at.
package struct Measurement: Sendable, Equatable {
    /// `auc_roc`, `impact_ratio`, `psi`.
    package let metric: String
    /// What it was measured on, where there is more than one: `age_band=18-25`, a feature's name. Nil for all rows.
    package let subject: String?
    package let value: Double?
    /// The 95 % interval around `value`, where one is defined.
    package let lower: Double?
    package let upper: Double?
    package let limit: Limit?
    /// How many rows, requests or counts stand behind the value.
    package let n: Int?
    package let verdict: Verdict?
    /// Why there is no value, or why the verdict is what it is.
    package let reason: String?

    package enum Limit: Sendable, Equatable {
        case atLeast(Double)
        case atMost(Double)
    }

    package init(
        _ metric: String, subject: String? = nil, value: Double?, lower: Double? = nil, upper: Double? = nil,
        limit: Limit? = nil, n: Int? = nil, verdict: Verdict? = nil, reason: String? = nil
    ) {
        self.metric = metric
        self.subject = subject
        self.value = value
        self.lower = lower
        self.upper = upper
        self.limit = limit
        self.n = n
        self.verdict = verdict
        self.reason = reason
    }
}

/// What a gate says about its evidence.
package struct Judgement: Sendable, Equatable {
    package let verdict: Verdict
    /// One sentence with the numbers that decided.
    package let reason: String
    package let measurements: [Measurement]
    /// What the verdict does not say but a reader should know.
    package let warnings: [String]
    /// Of probabilities of one of two classes: the version's own curve, then the champion's on the same rows.
    package let calibration: [CalibrationCurve]

    package init(
        _ verdict: Verdict, _ reason: String, measurements: [Measurement] = [], warnings: [String] = [],
        calibration: [CalibrationCurve] = []
    ) {
        self.calibration = calibration
        self.verdict = verdict
        self.reason = reason
        self.measurements = measurements
        self.warnings = warnings
    }
}

/// A judgement with everything needed to explain it later.
package struct CheckResult: Sendable, Equatable {
    /// The check's name in the policy: the gate's name, or that of a custom check.
    package let name: String
    /// `accuracy`, `custom`, …
    package let gate: String
    package let enforcement: CheckEnforcement
    /// Whether an inconclusive verdict blocks.
    package let inconclusiveBlocks: Bool
    package let judgement: Judgement
    package let durationMilliseconds: Int64
    /// The digests of what went in, by kind: `artifact`, `dataset`, `policy`, `champion`, …
    package let inputs: [String: Digest]

    package init(
        name: String, gate: String, enforcement: CheckEnforcement, inconclusiveBlocks: Bool, judgement: Judgement,
        durationMilliseconds: Int64, inputs: [String: Digest]
    ) {
        self.name = name
        self.gate = gate
        self.enforcement = enforcement
        self.inconclusiveBlocks = inconclusiveBlocks
        self.judgement = judgement
        self.durationMilliseconds = durationMilliseconds
        self.inputs = inputs
    }

    package var verdict: Verdict { judgement.verdict }

    /// Whether this result keeps a version out.
    package var blocks: Bool {
        guard enforcement == .block else { return false }
        switch verdict {
        case .pass: return false
        case .fail, .error: return true
        case .inconclusive: return inconclusiveBlocks
        }
    }
}
