import GatehouseCore
import Statistics

/// Numbers with their intervals as `measure` prints them: the value, its ends, the method, and a word where any is missing.
enum MeasureJSON {
    static func measured(_ measured: Measured) -> JSONValue {
        var members: [String: JSONValue] = [
            "value": .number(orNull: measured.value), "lower": .number(orNull: measured.interval?.lower),
            "upper": .number(orNull: measured.interval?.upper), "method": .string(measured.estimate.method.rawValue),
        ]
        if let reason = measured.reason { members["reason"] = .string(reason.rawValue) }
        return .object(members)
    }

    static func estimate(_ estimate: Estimate) -> JSONValue { measured(Measured(estimate, reason: .noVariance)) }

    /// A paired difference with the statistic behind its p-value: `t` with its degrees of freedom for means, else `z`.
    static func difference(_ result: Result<PairedDifference, Undefined>, degreesOfFreedom: Double) -> JSONValue {
        switch result {
        case .failure(let reason):
            return .object([
                "difference": .null, "standard_error": .null, "lower": .null, "upper": .null, "p": .null,
                "reason": .string(reason.rawValue),
            ])
        case .success(let difference):
            var members: [String: JSONValue] = [
                "difference": .number(orNull: difference.difference), "standard_error": .number(orNull: difference.standardError),
                "lower": .number(orNull: difference.interval?.lower), "upper": .number(orNull: difference.interval?.upper),
                "p": .number(orNull: difference.p), "method": .string(difference.method.rawValue),
            ]
            let statistic = difference.standardError.map { $0 > 0 ? difference.difference / $0 : 0 }
            if difference.method == .studentT {
                members["t"] = .number(orNull: difference.p == nil ? nil : statistic)
                members["degrees_of_freedom"] = .number(orNull: degreesOfFreedom)
            } else if difference.standardError != nil {
                members["z"] = .number(orNull: difference.p == nil ? nil : statistic)
            }
            if difference.interval == nil { members["reason"] = .string(Undefined.noVariance.rawValue) }
            return .object(members)
        }
    }

    static func groupDifference(_ difference: GroupDifference) -> JSONValue {
        .object([
            "difference": .number(orNull: difference.difference), "standard_error": .number(orNull: difference.standardError),
            "lower": .number(orNull: difference.interval?.lower), "upper": .number(orNull: difference.interval?.upper),
            "p": .number(orNull: difference.p), "p_holm": .number(orNull: difference.adjustedP),
            "method": .string(difference.method.rawValue),
            "reason": difference.reason.map { .string($0.rawValue) } ?? .null,
        ])
    }

    static func reliability(_ reliability: Reliability) -> JSONValue {
        let bins = reliability.bins.map { bin in
            JSONValue.object([
                "lower": .number(bin.lower), "upper": .number(bin.upper), "n": .integer(Int64(bin.rows)),
                "weight": .number(bin.weight), "mean_score": .number(bin.meanScore),
                "observed": .number(orNull: bin.observed.value),
                "observed_lower": .number(orNull: bin.observed.interval?.lower),
                "observed_upper": .number(orNull: bin.observed.interval?.upper),
            ])
        }
        return .object([
            "ece": .number(reliability.expectedError), "mce": .number(reliability.greatestError), "bins": .array(bins),
        ])
    }

    static func mcnemar(_ test: McNemar) -> JSONValue {
        .object([
            "b": .number(test.candidateAlone), "c": .number(test.baselineAlone), "p_exact": .number(orNull: test.exactP),
            "chi2": .number(test.chiSquared), "p_chi2": .number(test.p),
            "chi2_corrected": .number(orNull: test.correctedChiSquared), "p_chi2_corrected": .number(orNull: test.correctedP),
            "reason": test.exactP == nil ? .string(Undefined.weighted.rawValue) : .null,
        ])
    }

    static func weights(_ weights: RowWeights?) -> JSONValue {
        weights.map { .object(["sum": .number($0.sum), "effective_rows": .number($0.effectiveRows)]) } ?? .null
    }

    static func integer(_ number: Int) -> JSONValue { .integer(Int64(number)) }
}
