import Rendering
import Statistics

/// The shares of requests that a rollout is watched by.
enum WatchedRate: CaseIterable, Sendable {
    case errors, slow, badOutput, rejected

    /// The share of requests that may be slower than a limit on the 95th percentile.
    static let slowShare = 0.05

    var name: RolloutCheck.Name {
        switch self {
        case .errors: .errorRate
        case .slow: .p95
        case .badOutput: .badOutput
        case .rejected: .rejected
        }
    }

    /// The largest share; nil: not watched.
    func limit(_ limits: RollbackLimits) -> Double? {
        switch self {
        case .errors: limits.errorRate
        case .slow: limits.p95Milliseconds.map { _ in Self.slowShare }
        case .badOutput: limits.badOutputShare
        case .rejected: limits.rejectedShare
        }
    }

    /// Nil without a single trial.
    func counts(_ rates: RateCounts) -> ArmCounts? {
        let (bad, trials) =
            switch self {
            case .errors: (rates.errors, rates.requests)
            case .slow: (rates.slow, rates.timed)
            case .badOutput: (rates.badOutputs, rates.answers)
            case .rejected: (rates.rejected, rates.requests)
            }
        return trials > 0 ? ArmCounts(successes: bad, trials: trials) : nil
    }

    func harm(_ counts: ArmCounts, limit: Double, span: String) -> ProvenHarm {
        ProvenHarm(
            name,
            "\(Wording.grouped(counts.successes)) of \(span) \(meaning), more than \((limit * 100).rounded(to: 3)) %"
        )
    }

    private var meaning: String {
        switch self {
        case .errors: "failed"
        case .slow: "were slower than the limit"
        case .badOutput: "were answered without a number"
        case .rejected: "were refused"
        }
    }

    /// Whether a share that the champion has as well is no reason to wait: so it is where no policy named the limit.
    private var isRelative: Bool {
        switch self {
        case .errors, .slow: false
        case .badOutput, .rejected: true
        }
    }

    /// What the present step says; nil when it is not watched, or when nobody looks into answers.
    func check(_ counts: RolloutCounts, _ limits: RollbackLimits) -> RolloutCheck? {
        guard let limit = limit(limits) else { return nil }
        let beside = self.counts(counts.champion.rates)
        guard let seen = self.counts(counts.challenger.rates), let rate = seen.rate else {
            if isRelative, beside == nil { return nil }
            return RolloutCheck(name, .noData, "not measured yet")
        }
        let bound = beside.flatMap { Proportion.wilson($0.successes, of: $0.trials)?.upper } ?? 0
        var check: RolloutCheck
        if rate <= limit || isRelative && rate <= bound {
            check = RolloutCheck(name, .holds, "within the limit")
        } else if let champion = beside?.rate, champion > limit {
            check = RolloutCheck(name, .inconclusive, "above the limit, and so is the champion's: not this version's doing alone")
        } else {
            check = RolloutCheck(name, .inconclusive, "above the limit, not yet proven")
        }
        check.value = rate
        check.champion = beside?.rate
        check.limit = limit
        check.rows = seen.trials
        return check
    }
}
