import GatehouseCore
import Scoring
import Statistics

extension LatencyFinding {
    /// The contract's object: `p50_ms`, `p95_ms`, `p99_ms`, the interval of p95, counts, and more.
    var json: JSONValue {
        var members = Self.members(times, quantiles, sample)
        if let budget {
            members["budget"] = .object([
                "p95_ms": .number(budget.milliseconds), "verdict": .string(budget.verdict.rawValue),
                "reason": .string(budget.reason),
            ])
        }
        if let baseline {
            members["baseline"] = .object(Self.members(baseline.times, baseline.quantiles, baseline.sample))
            members["comparison"] = .object(comparison(baseline))
        }
        return .object(members)
    }

    private static func members(
        _ times: LatencyTimes, _ quantiles: [QuantileEstimate], _ sample: SampleQuantiles
    ) -> [String: JSONValue] {
        let p95 = quantiles[2]
        let count = Double(max(sample.count, 1))
        return [
            "source": .string(times.name), "mode": .string(times.mode), "n": .integer(Int64(sample.count)),
            "errors": .integer(Int64(times.errors)), "p50_ms": .number(orNull: quantiles[0].value),
            "p95_ms": .number(orNull: p95.value), "p99_ms": .number(orNull: quantiles[3].value),
            "lower": .number(orNull: p95.lower), "upper": .number(orNull: p95.upper),
            "extrapolated": .bool(p95.isExtrapolated), "reason": reason(p95.gap),
            "min_ms": .number(orNull: sample.least), "max_ms": .number(orNull: sample.greatest),
            "mean_ms": .number(orNull: times.milliseconds.reduce(0, +) / count),
            "quantiles": .array(zip(cuts, quantiles).map { cut, estimate in quantile(cut.name, estimate) }),
            "load": times.load.map(load) ?? .null,
        ]
    }

    private static func quantile(_ name: String, _ estimate: QuantileEstimate) -> JSONValue {
        .object([
            "name": .string(name), "share": .number(estimate.share), "value_ms": .number(orNull: estimate.value),
            "lower": .number(orNull: estimate.lower), "upper": .number(orNull: estimate.upper),
            "upper_bound": .number(orNull: estimate.upperBound), "extrapolated": .bool(estimate.isExtrapolated),
            "n_needed": .integer(Int64(estimate.countNeeded)), "reason": reason(estimate.gap),
        ])
    }

    private static func reason(_ gap: QuantileEstimate.Gap?) -> JSONValue { gap.map { .string($0.rawValue) } ?? .null }

    private static func load(_ load: LatencyTimes.Load) -> JSONValue {
        .object([
            "requests": .integer(Int64(load.plan.requests)), "warm_up": .integer(Int64(load.warmUp)),
            "rate_asked": .number(orNull: load.plan.requestsPerSecond),
            "rate_achieved": .number(orNull: load.answersPerSecond), "complete": .bool(load.isComplete),
            "p95_from_sending_ms": .number(orNull: load.p95FromSending),
            "first_error": load.firstError.map { .string($0) } ?? .null,
        ])
    }

    private func comparison(_ baseline: Baseline) -> [String: JSONValue] {
        var members: [String: JSONValue] = [
            "paired": .bool(baseline.pairs != nil), "pairs": baseline.pairs.map { .integer(Int64($0)) } ?? .null,
            "method": .string(IntervalMethod.bootstrapPercentile.rawValue),
        ]
        for difference in baseline.differences {
            members["\(difference.name)_ms"] = .object([
                "difference": .number(orNull: difference.value?.difference),
                "lower": .number(orNull: difference.value?.interval?.lower),
                "upper": .number(orNull: difference.value?.interval?.upper),
                "reason": difference.value?.interval == nil ? .string(QuantileEstimate.Gap.tooFew.rawValue) : .null,
            ])
        }
        return members
    }
}
