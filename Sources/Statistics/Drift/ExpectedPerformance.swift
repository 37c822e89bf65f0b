/// How good a model can be expected to be on rows whose labels are not known yet, from its calibrated scores.
///
/// If a calibrated score of 0.3 means that 3 of 10 such rows are positive, then the scores alone say how many decisions will
/// be right: confidence-based performance estimation. It holds while the relation of score and label is that of the reference,
/// and cannot see it change.
///
/// A fitted calibration flatters a little: it has learned the reference's chance too, so that the expected AUC is too high where
/// few labels lie. Simulated with normal scores (AUC 0.82): with 2,000 reference rows by 0.008, by 0.016 after a shift of 1.5
/// standard deviations; with 20,000 rows by 0.002 and 0.006 (a single estimate then varies by 0.007), with 100,000 by 0.001 and
/// 0.003. `change` is free of the part that both sides share.
package struct ExpectedPerformance: Sendable, Equatable {
    package struct Metric: Sendable, Equatable {
        package let metric: ExpectedMetric
        /// Measured on the reference with its labels.
        package let realized: Double?
        /// Estimated on the reference without them: how far it lies from `realized` shows how good the estimate is.
        package let expectedOnReference: Double?
        package let expected: Double?
        /// `expected` minus `expectedOnReference`: the same estimate on both sides.
        package let change: Double?
        /// Percentiles over resamples of both files' rows, the calibration fitted anew in each.
        package let expectedInterval: Interval?
        package let changeInterval: Interval?
    }

    /// Why the estimate is not to be believed.
    package enum Doubt: String, Sendable, CaseIterable {
        case tooFewLabels = "too_few_labels"
        case notCalibrated = "not_calibrated"
        case scoresOutsideReference = "scores_outside_reference"
        /// On the reference itself the estimated AUC is surely off, and by more than `missMax`.
        case missesReference = "misses_reference"
    }

    /// Whether the scores were recalibrated by isotonic regression on the reference: only when that lowers the Brier score of
    /// rows it was not fitted on, or when scores are no probabilities.
    package let isCalibrated: Bool
    /// Expected calibration error of the scores themselves, in ten bins of equal mass. Nil when they are no probabilities.
    package let scoreCalibrationError: Double?
    /// That of the probabilities the estimate uses, on rows they were not fitted on.
    package let calibrationError: Double
    package let calibrationErrorInterval: Interval?
    /// The share of current scores below the least or above the greatest of the reference.
    package let shareOutside: Double
    package let doubts: [Doubt]
    package let metrics: [Metric]
    /// How many resamples the intervals rest on.
    package let replicates: Int

    package static let labelsOfAClassMin = 50
    package static let calibrationErrorMax = 0.05
    package static let shareOutsideMax = 0.05
    package static let missMax = 0.02
    package static let replicatesMax = 200
    /// Percentile ends at 2.5 % from fewer would rest on one or two values.
    package static let replicatesMin = 100
    /// Work is bounded: of more rows than this many draws allow, fewer resamples are made.
    package static let drawsMax = 100_000_000

    /// `labels` and `scores` are the reference's rows, `current` the scores without labels; all finite. Nil when a side is empty
    /// or the labels hold a single class.
    package init?(labels: [Bool], scores: [Double], current: [Double], threshold: Double = 0.5, seed: UInt64 = 0x6A7E_4005) {
        let positives = labels.count { $0 }
        guard labels.count == scores.count, positives > 0, positives < labels.count, !current.isEmpty else { return nil }
        let sample = LabelledScores(labels: labels, scores: scores, current: current, threshold: threshold)
        let estimate = sample.estimate(reference: nil, current: nil)
        let allowed = Self.drawsMax / (labels.count + current.count)
        replicates = min(Self.replicatesMax, max(Self.replicatesMin, allowed))
        let resampled = sample.resampled(replicates, seed: seed)
        isCalibrated = sample.calibrates
        scoreCalibrationError = sample.rawReliability?.error()
        calibrationError = sample.reliability.error()
        calibrationErrorInterval = ExpectedPerformance.interval(resampled.map(\.calibrationError))
        shareOutside = sample.shareOutside
        var doubts: [Doubt] = []
        if min(positives, labels.count - positives) < Self.labelsOfAClassMin { doubts.append(.tooFewLabels) }
        // The error of few rows is never 0: what counts is whether it is surely too large.
        let certain = calibrationErrorInterval?.lower ?? calibrationError
        if certain > Self.calibrationErrorMax { doubts.append(.notCalibrated) }
        if shareOutside > Self.shareOutsideMax { doubts.append(.scoresOutsideReference) }
        if Self.misses(estimate, resampled) { doubts.append(.missesReference) }
        self.doubts = doubts
        metrics = ExpectedMetric.allCases.map { metric in
            let before = estimate.onReference[metric]
            let now = estimate.onCurrent[metric]
            func change(_ estimate: LabelledScores.Estimate) -> Double? {
                guard let now = estimate.onCurrent[metric], let before = estimate.onReference[metric] else { return nil }
                return now - before
            }
            return Metric(
                metric: metric, realized: estimate.realized[metric], expectedOnReference: before, expected: now,
                change: change(estimate), expectedInterval: Self.interval(resampled.map { $0.onCurrent[metric] }),
                changeInterval: Self.interval(resampled.map(change)))
        }
    }

    private static func misses(_ estimate: LabelledScores.Estimate, _ resampled: [LabelledScores.Estimate]) -> Bool {
        func miss(_ estimate: LabelledScores.Estimate) -> Double? {
            guard let realized = estimate.realized[.aucROC], let expected = estimate.onReference[.aucROC] else { return nil }
            return expected - realized
        }
        guard let size = miss(estimate), let interval = interval(resampled.map(miss)) else { return false }
        return abs(size) > missMax && !interval.contains(0)
    }

    /// The 2.5 % and 97.5 % quantiles by linear interpolation; nil where more than one resample in ten leaves the value undefined.
    private static func interval(_ values: [Double?]) -> Interval? {
        let sorted = values.compactMap(\.self).filter(\.isFinite).sorted()
        guard !sorted.isEmpty, sorted.count * 10 >= values.count * 9 else { return nil }
        func quantile(_ share: Double) -> Double {
            let position = share * Double(sorted.count - 1)
            let below = Int(position)
            let above = min(below + 1, sorted.count - 1)
            return sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
        }
        return Interval(lower: quantile(Interval.tail), upper: quantile(1 - Interval.tail))
    }
}
