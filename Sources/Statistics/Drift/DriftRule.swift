package enum DriftVerdict: String, Sendable, CaseIterable {
    case noDrift = "no_drift"
    case moderate
    case drift
    case inconclusive
}

/// When a difference between two samples is drift: when it is both larger than chance explains and large enough to matter.
package struct DriftRule: Sendable, Equatable {
    /// The level of the whole family of features, 0…1.
    package var alpha = 0.05
    package var correction = Multiplicity.holm
    /// A PSI from here on is moderate drift.
    package var moderate = 0.1
    /// A PSI from here on is drift.
    package var significant = 0.25
    /// Ten buckets of five rows: with fewer rows on either side no χ² law holds.
    package var rowsMin = 50

    package init() {}

    /// The usual rule on the canonical index alone, which knows nothing of chance.
    package func pointVerdict(_ psi: Double) -> DriftVerdict {
        psi >= significant ? .drift : psi >= moderate ? .moderate : .noDrift
    }

    /// Judges features together: their p-values are adjusted for one another. The order is kept.
    package func judge(_ comparisons: [FeatureComparison]) -> [DriftFinding] {
        let tested = comparisons.enumerated().filter { isTestable($0.element) }
        let values = tested.compactMap { $0.element.tested?.smoothedPSIP }
        let adjusted = Dictionary(uniqueKeysWithValues: zip(tested.map(\.offset), correction.adjusted(values)))
        return comparisons.enumerated().map { index, comparison in
            let (verdict, reason) = verdict(comparison, adjusted[index])
            return DriftFinding(
                comparison: comparison, p: comparison.tested?.smoothedPSIP, adjustedP: adjusted[index], verdict: verdict,
                pointVerdict: (comparison.drift?.buckets.psi).map(pointVerdict), reason: reason)
        }
    }

    private func isTestable(_ comparison: FeatureComparison) -> Bool {
        comparison.tested.map { min($0.referenceCount, $0.currentCount) >= rowsMin } ?? false
    }

    private func verdict(_ comparison: FeatureComparison, _ adjustedP: Double?) -> (DriftVerdict, String?) {
        if let obstacle = comparison.obstacle {
            // Rows that all lack the value are a finding; no rows at all are no data.
            let isVanished =
                obstacle == .noCurrentValues && min(comparison.reference.count, comparison.current.missing) >= rowsMin
            return (isVanished ? .drift : .inconclusive, obstacle.rawValue)
        }
        guard let tested = comparison.tested, let adjustedP else { return (.inconclusive, "too_few_rows (n < \(rowsMin))") }
        let size = tested.smoothedPSI
        if adjustedP <= alpha {
            return (size >= significant ? .drift : size >= moderate ? .moderate : .noDrift, nil)
        }
        if size >= moderate { return (.inconclusive, "not_significant") }
        // Too few rows to have seen a drift that is there.
        return tested.psiInterval.upper >= significant ? (.inconclusive, "interval_reaches_limit") : (.noDrift, nil)
    }
}

/// What the rule says of one feature.
package struct DriftFinding: Sendable, Equatable {
    package let comparison: FeatureComparison
    /// P(a smoothed PSI as large without drift), over the pooled buckets.
    package let p: Double?
    /// `p` adjusted for the number of features. Nil when the feature could not be tested.
    package let adjustedP: Double?
    package let verdict: DriftVerdict
    /// What the canonical index alone says. Nil when there is none.
    package let pointVerdict: DriftVerdict?
    /// Why the verdict is inconclusive, or why there are no numbers.
    package let reason: String?
}
