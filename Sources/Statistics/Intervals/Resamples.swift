/// What a statistic came out as over many resamples.
package struct Resamples: Sendable {
    /// How many resamples were made.
    package let made: Int
    /// By statistic: its value in every resample that defines all of them.
    private let values: [[Double]]
    /// By statistic: its value without one row, or one group of rows.
    private let leftOut: [[Double]]

    /// Nil in `results` is a resample that leaves some statistic undefined.
    init(_ results: [[Double]?], statistics: Int, leftOut: [[Double]]) {
        made = results.count
        let defined = results.compactMap { $0 }
        values = (0..<statistics).map { statistic in defined.map { $0[statistic] } }
        self.leftOut = leftOut
    }

    /// Values over the resamples. Nil when more than one resample in ten leaves them undefined.
    private func defined(_ statistic: Int) -> [Double]? {
        values[statistic].count * 10 >= made * 9 ? values[statistic] : nil
    }

    /// The percentile interval. Nil when too many resamples leave the statistic undefined.
    package func percentileInterval(_ statistic: Int) -> Interval? {
        defined(statistic).flatMap(Bootstrap.percentileInterval)
    }

    /// Nil when too many resamples leave the statistic undefined.
    func quantile(_ statistic: Int, _ share: Double) -> Double? {
        defined(statistic).map { Bootstrap.quantile($0.sorted(), share) }
    }

    /// The percentile interval; nil too where resamples do not vary, which says nothing about other rows.
    func variedPercentileInterval(_ statistic: Int) -> Interval? {
        guard let values = defined(statistic), values.contains(where: { $0 != values[0] }) else { return nil }
        return Bootstrap.percentileInterval(values)
    }

    /// The bias-corrected and accelerated interval (BCa; Efron, 1987) around `value`, the statistic of the rows themselves.
    ///
    /// z₀ is the normal quantile of the share of resamples below `value`, ties half; the acceleration a = Σu³/(6(Σu²)^1.5)
    /// comes from the distances u of the jackknife's values from their mean. The ends are the resamples' quantiles at
    /// Φ(z₀ + (z₀ ± z)/(1 − a(z₀ ± z))).
    ///
    /// Nil where resamples do not vary, which says nothing about other rows, or all lie on one side of `value`.
    package func biasCorrectedInterval(_ statistic: Int, around value: Double) -> Interval? {
        guard let sorted = defined(statistic)?.sorted(), let first = sorted.first, let last = sorted.last, first < last else {
            return nil
        }
        let below = sorted.count { $0 < value }
        let tied = sorted.count { $0 == value }
        let share = (Double(below) + 0.5 * Double(tied)) / Double(sorted.count)
        guard share > 0, share < 1 else { return nil }
        let bias = Normal.quantile(share)
        let acceleration = acceleration(statistic)
        func end(_ z: Double) -> Double? {
            let scale = 1 - acceleration * (bias + z)
            guard scale > 0 else { return nil }
            return Bootstrap.quantile(sorted, Normal.cdf(bias + (bias + z) / scale))
        }
        guard let lower = end(-Interval.z), let upper = end(Interval.z) else { return nil }
        return Interval(lower: lower, upper: upper)
    }

    /// 0 where the jackknife's values do not vary.
    private func acceleration(_ statistic: Int) -> Double {
        let values = leftOut[statistic]
        guard values.count >= 2 else { return 0 }
        let mean = values.reduce(0, +) / Double(values.count)
        var squares = 0.0
        var cubes = 0.0
        for value in values {
            let distance = mean - value
            squares += distance * distance
            cubes += distance * distance * distance
        }
        let scale = 6 * squares * squares.squareRoot()
        return scale > 0 && scale < .infinity ? cubes / scale : 0
    }
}
