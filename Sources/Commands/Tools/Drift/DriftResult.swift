import GatehouseCore
import Statistics

/// What a comparison of two files found.
struct DriftResult {
    let findings: [DriftFinding]
    let rule: DriftRule
    let files: DriftFiles
    let expected: ExpectedPerformance?

    /// The worst of the features. One that the current rows lack could not be compared.
    var verdict: DriftVerdict {
        let verdicts = Set(findings.map(\.verdict))
        if verdicts.contains(.drift) { return .drift }
        if verdicts.contains(.inconclusive) || !files.missingInCurrent.isEmpty { return .inconclusive }
        return verdicts.contains(.moderate) ? .moderate : .noDrift
    }

    var json: JSONValue {
        .object([
            "verdict": .string(verdict.rawValue), "features": .array(findings.map(Self.json)),
            "missing_in_current": .array(files.missingInCurrent.map(JSONValue.string)),
            "missing_in_reference": .array(files.missingInReference.map(JSONValue.string)),
            "rows_reference": .integer(Int64(files.referenceRows)), "rows_current": .integer(Int64(files.currentRows)),
            "rule": [
                "alpha": .number(rule.alpha), "correction": .string(rule.correction.rawValue), "moderate": .number(rule.moderate),
                "significant": .number(rule.significant), "min_rows": .integer(Int64(rule.rowsMin)),
            ],
            "expected_performance": expected?.json ?? .null,
        ])
    }

    private static func json(_ finding: DriftFinding) -> JSONValue {
        let comparison = finding.comparison
        var members: [String: JSONValue] = [
            "name": .string(comparison.name), "type": .string(type(comparison.reference)),
            "n_reference": .integer(Int64(comparison.reference.count)), "n_current": .integer(Int64(comparison.current.count)),
            "missing_reference": .integer(Int64(comparison.reference.missing)),
            "missing_current": .integer(Int64(comparison.current.missing)), "missing_p": .number(orNull: comparison.missingP),
            "verdict": .string(finding.verdict.rawValue),
            "point_verdict": finding.pointVerdict.map { .string($0.rawValue) } ?? .null,
            "reason": finding.reason.map(JSONValue.string) ?? .null,
            "psi_p": .number(orNull: finding.p), "psi_p_adjusted": .number(orNull: finding.adjustedP),
            "buckets": buckets(comparison),
        ]
        members.merge(distances(comparison)) { first, _ in first }
        return .object(members)
    }

    private static func distances(_ comparison: FeatureComparison) -> [String: JSONValue] {
        let buckets = comparison.drift?.buckets
        let tested = comparison.tested
        let rows = comparison.rows
        return [
            "psi": .number(orNull: buckets?.psi), "psi_smoothed": .number(orNull: tested?.smoothedPSI),
            "psi_lower": .number(orNull: tested?.psiInterval.lower), "psi_upper": .number(orNull: tested?.psiInterval.upper),
            "psi_null_limit": .number(orNull: tested?.nullPSILimit),
            "kl": .number(orNull: buckets?.klReferenceCurrent),
            "kl_current_reference": .number(orNull: buckets?.klCurrentReference),
            "js_distance": .number(orNull: buckets?.jensenShannonDistance),
            "hellinger": .number(orNull: buckets?.hellingerDistance),
            "chi2": .number(orNull: buckets?.chiSquared), "chi2_p": .number(orNull: buckets?.chiSquaredP),
            "cramers_v": .number(orNull: buckets?.cramersV),
            "ks": .number(orNull: rows?.kolmogorovSmirnov), "ks_p": .number(orNull: rows?.kolmogorovSmirnovP),
            "wasserstein": .number(orNull: rows?.wasserstein),
            "wasserstein_normalized": .number(orNull: rows?.normalizedWasserstein),
            "cramer_von_mises": .number(orNull: rows?.cramerVonMises),
            "cramer_von_mises_p": .number(orNull: rows?.cramerVonMisesP),
        ]
    }

    private static func type(_ profile: FeatureProfile) -> String {
        switch profile.buckets {
        case .numeric: "numeric"
        case .categorical: "categorical"
        }
    }

    private static func buckets(_ comparison: FeatureComparison) -> JSONValue {
        switch (comparison.reference.buckets, comparison.current.buckets) {
        case (.numeric(let edges, let first), .numeric(_, let second)):
            return [
                "edges": .array(edges.map(JSONValue.number)), "reference": counts(first), "current": counts(second),
            ]
        case (.categorical(let first), .categorical(let second)):
            let names = Set(first.keys).union(second.keys).sorted()
            return [
                "categories": .array(names.map(JSONValue.string)), "reference": counts(names.map { first[$0] ?? 0 }),
                "current": counts(names.map { second[$0] ?? 0 }),
                "new": .array((comparison.drift?.newCategories ?? []).map(JSONValue.string)),
                "gone": .array((comparison.drift?.goneCategories ?? []).map(JSONValue.string)),
                "pooled": .array(comparison.pooledCategories.map(JSONValue.string)),
            ]
        case (.numeric, .categorical), (.categorical, .numeric): return .null
        }
    }

    private static func counts(_ counts: [Int]) -> JSONValue { .array(counts.map { .integer(Int64($0)) }) }
}
