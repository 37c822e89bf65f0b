import GatehouseCore
import Statistics

extension ArmComparison {
    var json: JSONValue {
        .object([
            "arms": .array(outcomes.arms.indices.map(arm)),
            "metric": .string(outcomes.isBinary ? "proportion" : "mean"),
            "higher_is": .string(settings.higherIsBetter ? "better" : "worse"),
            "alpha": .number(settings.alpha), "margin": .number(orNull: settings.margin),
            "ordered_by_time": .bool(outcomes.rows?.isTimed ?? false),
            "units_in_both_arms": outcomes.rows?.units == nil ? .null : .count(outcomes.rows?.unitsInBothArms ?? 0),
            "two_proportions": proportionsJSON, "welch": welchJSON, "mann_whitney": mannWhitneyJSON,
            "clustered": clusteredJSON, "cuped": adjustmentJSON,
            "srm": sampleRatioJSON, "srm_sequential": sequentialSampleRatioJSON,
            "msprt": mixtureJSON, "confidence_sequence": sequenceJSON, "group_sequential": plannedJSON,
            "verdict": .string(decision.verdict.rawValue), "reason": .reason(decision.reason),
            "decided_by": .string(decision.rule.rawValue), "estimate": estimateJSON,
            "always_valid_verdict": decision.alwaysValid.map { .string($0.rawValue) } ?? .null,
            "needed": neededJSON,
        ])
    }

    private func arm(_ index: Int) -> JSONValue {
        let arm = outcomes.arms[index]
        var members: [String: JSONValue] = [
            "name": .string(arm.name), "role": .string(index == 0 ? "control" : index == 1 ? "treatment" : "other"),
            "assigned": .count(arm.assigned), "missing": .count(arm.missing),
        ]
        if index < 2 {
            let moments = index == 0 ? control : treatment
            members["n"] = .count(moments.count)
            members["mean"] = .number(orNull: moments.count > 0 ? moments.mean : nil)
            members["standard_deviation"] = .number(orNull: moments.standardDeviation)
            let counts = index == 0 ? outcomes.counts?.control : outcomes.counts?.treatment
            members["successes"] = counts.map { .count($0.successes) } ?? .null
            members["rate"] = .number(orNull: counts?.rate)
        }
        return .object(members)
    }

    private var proportionsJSON: JSONValue {
        switch proportions {
        case .failure(let reason): .missing(reason, ["difference", "z", "p", "lower", "upper"])
        case .success(let result):
            .object([
                "difference": .number(result.difference), "z": .number(orNull: result.zPooled), "p": .number(result.p),
                "z_unpooled": .number(orNull: result.zUnpooled), "p_unpooled": .number(result.pUnpooled),
                "lower": .number(result.newcombe.lower), "upper": .number(result.newcombe.upper), "method": "newcombe",
                "miettinen_nurminen": .interval(result.score), "lift": .estimate(result.lift),
                "reason": result.zPooled == nil ? .reason(.noVariance) : .null,
            ])
        }
    }

    private var welchJSON: JSONValue {
        .estimate(
            welch.difference, named: "difference",
            more: [
                "t": .number(orNull: welch.t), "df": .number(orNull: welch.degreesOfFreedom), "p": .number(orNull: welch.p),
                "lift": .estimate(welch.lift),
            ])
    }

    private var mannWhitneyJSON: JSONValue {
        switch mannWhitney {
        case .failure(let reason): .missing(reason, ["u", "z", "p", "shift", "lower", "upper"])
        case .success(let result):
            .object([
                "u": .number(result.u), "superiority": .number(result.superiority), "z": .number(result.z),
                "p": .number(result.p),
                "p_asymptotic": .number(result.pAsymptotic), "p_exact": .number(orNull: result.pExact),
                "p_exact_reason": .reason(result.exactReason), "shift": .number(orNull: result.shift.value),
                "lower": .number(orNull: result.shift.interval?.lower), "upper": .number(orNull: result.shift.interval?.upper),
                "method": "hodges-lehmann", "reason": .reason(result.shift.reason),
            ])
        }
    }

    private var clusteredJSON: JSONValue {
        guard let clustered else { return .missing(.noUnits, ["difference", "z", "p", "lower", "upper"]) }
        return .estimate(
            clustered.difference, named: "difference",
            more: [
                "z": .number(orNull: clustered.z), "p": .number(orNull: clustered.p), "lift": .estimate(clustered.lift),
                "method": "delta-method",
            ])
    }

    private var adjustmentJSON: JSONValue {
        switch adjustment {
        case .failure(let reason): .missing(reason, ["difference", "theta", "variance_reduction", "p", "lower", "upper"])
        case .success(let result):
            .estimate(
                result.difference, named: "difference",
                more: [
                    "theta": .number(orNull: result.theta), "correlation": .number(orNull: result.correlation),
                    "variance_reduction": .number(orNull: result.varianceReduction), "p": .number(orNull: result.p),
                ])
        }
    }

    private var sampleRatioJSON: JSONValue {
        switch sampleRatio {
        case .failure(let reason): .missing(reason, ["chi2", "p"])
        case .success(let test):
            .object([
                "chi2": .number(test.chiSquared), "df": .count(test.degreesOfFreedom), "p": .number(test.p),
                "observed": .array(outcomes.arms.map { .count($0.assigned) }),
                "expected": .array(test.expected.map { .number($0) }),
                "split": .array(outcomes.split.shares.map { .number($0) }), "alpha": .number(SampleRatioTest.alpha),
                "mismatch": .bool(test.isMismatch), "approximate": .bool(test.isApproximate), "reason": .null,
            ])
        }
    }

    private var sequentialSampleRatioJSON: JSONValue {
        let test = sequentialSampleRatio
        return .object([
            "p": .number(test.p), "log_bayes_factor": .number(test.logBayesFactor), "concentration": .number(test.concentration),
            "mismatch": .bool(test.firstMismatch != nil), "first_mismatch_at": test.firstMismatch.map { .count($0) } ?? .null,
            "n": .count(test.total), "ordered_by_time": .bool(outcomes.rows?.isTimed ?? false),
            "reason": test.total == 0 ? .reason(.emptyArm) : .null,
        ])
    }

    private var mixtureJSON: JSONValue {
        switch sequential {
        case .failure(let reason): return .missing(reason, ["p", "p_now", "tau"])
        case .success(let following):
            let test = following.stream.test
            let gap = gap(following)
            return .object([
                "p": gap == nil ? .number(test.p) : .null, "p_now": gap == nil ? .number(test.pNow) : .null,
                "log_likelihood_ratio": .number(test.logLikelihoodRatio), "tau": .number(test.mixture.variance.squareRoot()),
                "tau_squared": .number(test.mixture.variance), "looks": .count(test.looks),
                "rows_per_arm_min": .count(test.rowsPerArmMin), "ordered_by_time": .bool(following.isTimed),
                "reason": .reason(gap),
            ])
        }
    }

    /// A test that never looked, or never saw any variance, has nothing to say.
    private func gap(_ following: SequentialComparison) -> MissingReason? {
        following.looks == 0 ? .tooFewRows : following.mixture == nil ? .noVariance : nil
    }

    private var sequenceJSON: JSONValue {
        switch sequential {
        case .failure(let reason): return .missing(reason, ["lower", "upper"])
        case .success(let following):
            let interval = following.running.interval
            let gap = following.running.isContradiction ? .contradiction : gap(following)
            return .object([
                "difference": .number(following.difference.value), "lower": .number(orNull: interval?.lower),
                "upper": .number(orNull: interval?.upper), "method": "robbins-mixture",
                "now": following.mixture.map { .interval($0) } ?? .null,
                "asymptotic": following.asymptotic.map { .interval($0, more: ["tuning": .number(settings.tuning)]) } ?? .null,
                "bounded": following.bounded.map { .interval($0) } ?? .null, "n": .count(following.difference.rows),
                "reason": .reason(interval == nil ? gap : nil),
            ])
        }
    }

    private var plannedJSON: JSONValue {
        guard case .success(let following) = sequential else {
            return .missing(outcomes.isClustered ? .clusteredRows : .tooFewRows, ["looks", "verdict"])
        }
        guard let plan = following.plan else { return .missing(.noLooks, ["looks", "verdict"]) }
        let looks = plan.looks.map { look in
            JSONValue.object([
                "rows": .count(look.rows), "bound": .number(look.bound), "nominal_p": .number(look.nominalP),
                "spent": .number(look.spent), "z": .number(orNull: look.z), "lower": .number(orNull: look.interval?.lower),
                "upper": .number(orNull: look.interval?.upper), "verdict": look.verdict.map { .string($0.rawValue) } ?? .null,
            ])
        }
        return .object([
            "spending": .string(plan.spending.rawValue), "looks": .array(looks),
            "verdict": (plan.deciding ?? plan.latest).flatMap(\.verdict).map { .string($0.rawValue) } ?? .null,
            "decided_at": plan.deciding.map { .count($0.rows) } ?? .null,
            "reason": plan.latest == nil ? .reason(.tooFewRows) : .null,
        ])
    }

    private var estimateJSON: JSONValue {
        let fixed = decision.fixed
        return .object([
            "difference": .number(orNull: fixed.difference), "standard_error": .number(orNull: fixed.standardError),
            "lower": .number(orNull: fixed.interval?.lower), "upper": .number(orNull: fixed.interval?.upper),
            "p": .number(orNull: fixed.p), "method": .string(fixed.method.rawValue), "reason": .reason(fixed.reason),
        ])
    }

    private var neededJSON: JSONValue {
        switch decision.needed {
        case .failure(let reason): .missing(reason, ["n_control", "n_treatment", "total"])
        case .success(let needed):
            .object([
                "n_control": .count(needed.control), "n_treatment": .count(needed.treatment),
                "total": .count(needed.control + needed.treatment), "power": .number(ArmDecision.Needed.power),
                "distance": .number(needed.distance), "reason": .null,
            ])
        }
    }
}

extension JSONValue {
    static func count(_ value: Int) -> JSONValue { .integer(Int64(value)) }

    static func reason(_ reason: MissingReason?) -> JSONValue { reason.map { .string($0.rawValue) } ?? .null }

    fileprivate static func missing(_ reason: MissingReason, _ names: [String]) -> JSONValue {
        .object(Dictionary(uniqueKeysWithValues: names.map { ($0, JSONValue.null) } + [("reason", .reason(reason))]))
    }

    fileprivate static func interval(_ interval: Interval, more: [String: JSONValue] = [:]) -> JSONValue {
        .object(more.merging(["lower": .number(interval.lower), "upper": .number(interval.upper)]) { $1 })
    }

    fileprivate static func estimate(_ estimate: OutcomeEstimate, named name: String = "value", more: [String: JSONValue] = [:])
        -> JSONValue
    {
        .object(
            more.merging([
                name: .number(orNull: estimate.value), "standard_error": .number(orNull: estimate.standardError),
                "lower": .number(orNull: estimate.interval?.lower), "upper": .number(orNull: estimate.interval?.upper),
                "reason": .reason(estimate.reason),
            ]) { $1 })
    }
}
