extension RegressionScores {
    var greatestError: Double { labels.indices.reduce(0) { max($0, absoluteError(row: $1)) } }

    /// The median of |y − ŷ|. Weighted rows: the middle of the two weighted medians from below and from above, as scikit-learn
    /// has it. The interval by order statistics, for rows without weights.
    var medianAbsoluteError: Measured {
        guard let weights else {
            guard let errors = SampleQuantiles(labels.indices.map(absoluteError)) else { return .overflow }
            let ends = errors.interval(0.5)
            let interval: Interval? =
                if let lower = ends.lower, let upper = ends.upper { Interval(lower: lower, upper: upper) } else { nil }
            return Measured(
                Estimate(value: errors.exclusive(1, of: 2) ?? errors.least, interval: interval, method: .orderStatistics),
                reason: .tooFewRows)
        }
        let rows = labels.indices.filter { weights.values[$0] > 0 }.map { (error: absoluteError(row: $0), row: $0) }
            .sorted { ($0.error, $0.row) < ($1.error, $1.row) }
        let half = weights.sum / 2
        // Sums of weights carry rounding: half the weight is met to a few units in the last place.
        let slack = half * 1e-14 * Double(rows.count).squareRoot()
        var below = 0.0
        for (place, (error, row)) in rows.enumerated() {
            below += weights.values[row]
            guard below >= half - slack else { continue }
            let next = below <= half + slack && place + 1 < rows.count ? rows[place + 1].error : error
            let median = error + (next - error) / 2
            return Measured(Estimate(value: median, interval: nil, method: .orderStatistics), reason: .weighted)
        }
        return .overflow
    }

    /// 1 − var(y − ŷ)/var(y) and what each row adds to it.
    struct ExplainedVariance {
        let value: Double
        /// The row's influence: how the value moves with its weight, times the weight of all rows.
        let influence: (Int) -> Double
    }

    /// Nil when the label does not vary.
    var explainedVariance: ExplainedVariance? {
        let error = Mean(rows: count, weights: weights) { labels[$0] - answers[$0] }.value
        let label = Mean(rows: count, weights: weights) { labels[$0] }.value
        func square(_ distance: Double) -> Double { distance * distance }
        let unexplained = Mean(rows: count, weights: weights) { square(labels[$0] - answers[$0] - error) }.value
        let spread = Mean(rows: count, weights: weights) { square(labels[$0] - label) }.value
        guard spread > 0, spread.isFinite, unexplained.isFinite else { return nil }
        let ratio = unexplained / spread
        return ExplainedVariance(value: 1 - ratio) { row in
            (ratio * square(labels[row] - label) - square(labels[row] - answers[row] - error)) / spread
        }
    }
}

extension Measured {
    fileprivate static var overflow: Measured {
        Measured(Estimate(value: nil, interval: nil, method: .orderStatistics), reason: .overflow)
    }
}
