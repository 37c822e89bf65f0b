/// The interval of an expected calibration error, the sum of the bins' |surplus|.
///
/// The error is biased upwards, as chance leaves no bin without a surplus, and rows drawn anew add chance to chance: percentiles
/// and BCa can lie above the error itself. So the bins' surplus d is resampled, not the error, and each end is bounded:
/// - the error exceeds the truth by at most Σ|d − truth| (triangle inequality): the lower end is the error less the 97.5 %
///   quantile of Σ|d* − d|, and never below 0;
/// - it falls short by at most −Σ sign(truth)(d − truth), whose spread hardly depends on the signs: the upper end is the error
///   less the 2.5 % quantile of Σ sign(d)(d* − d).
///
/// It holds the error itself, and the truth in at least 95 of 100 samples: 95–96 where the truth is 0, 98 and more elsewhere
/// (simulated, 100 to 1,500 rows). It is of the error of these bins, not of a finer one.
struct CalibrationErrorInterval {
    private let scores: BinaryScores
    private let surplus: [Double]

    /// How many numbers `statistics` gives.
    static let statistics = 3

    /// Nil when the scores are not probabilities.
    init?(_ scores: BinaryScores) {
        guard let surplus = scores.calibrationSurplus() else { return nil }
        self.scores = scores
        self.surplus = surplus
    }

    /// Over rows drawn: the error, Σ|d* − d| and Σ sign(d)(d* − d).
    func statistics(_ drawn: [UInt8]) -> [Double]? {
        guard let resampled = scores.calibrationSurplus(drawn: drawn) else { return nil }
        var (error, distance, along) = (0.0, 0.0, 0.0)
        for (own, other) in zip(surplus, resampled) {
            error += abs(other)
            distance += abs(other - own)
            along += own < 0 ? own - other : other - own
        }
        return [error, distance, along]
    }

    /// `first` is the place of the first of the model's statistics. No interval where resamples do not vary: that says nothing
    /// about other rows.
    static func estimate(_ value: Double?, _ resamples: Resamples?, from first: Int) -> Estimate {
        var interval: Interval?
        if let value, let over = resamples?.quantile(first + 1, 1 - Interval.tail), over > 0,
            let under = resamples?.quantile(first + 2, Interval.tail)
        {
            interval = Interval(lower: max(0, value - over), upper: min(1, value - min(0, under)))
        }
        return Estimate(value: value, interval: interval, method: .bootstrapBound, replicates: resamples?.made)
    }
}
