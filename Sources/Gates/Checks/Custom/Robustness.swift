import GatehouseCore
import Rendering
import Statistics

/// How far scores move when the numeric inputs are perturbed a little.
struct Robustness {
    let maxMeanShift: Double
    let relativeNoise: Double

    /// The 0.975 quantile of the standard normal distribution.
    private static let normalQuantile = 1.959963984540054
    /// Below this the normal interval of a mean is not worth showing.
    private static let intervalRowsMin = 30

    /// The mean over rows of the mean absolute difference of a row's outputs, with its 95 % normal interval. The mean
    /// itself decides; a limit inside the interval is a warning.
    func judge(_ original: ScoreMatrix, _ perturbed: ScoreMatrix) -> Judgement {
        guard original.outputs == perturbed.outputs, original.values.count == perturbed.values.count else {
            return Judgement(.error, "The perturbed scores do not have the shape of the original scores.")
        }
        let rows = original.rows
        guard rows > 0 else { return Judgement(.inconclusive, "There are no rows to perturb.") }
        let shifts = (0..<rows).map { row in
            let range = row * original.outputs..<(row + 1) * original.outputs
            return range.reduce(0) { $0 + abs(original.values[$1] - perturbed.values[$1]) } / Double(original.outputs)
        }
        let mean = shifts.reduce(0, +) / Double(rows)
        guard mean.isFinite else { return Judgement(.error, "Some scores are not finite, so their shift is unknown.") }
        let margin = Self.margin(of: shifts, mean: mean)
        let passed = mean <= maxMeanShift
        let measurement = Measurement(
            "mean_absolute_shift", value: mean, lower: margin.map { max(0, mean - $0) }, upper: margin.map { mean + $0 },
            limit: .atMost(maxMeanShift), n: rows, verdict: passed ? .pass : .fail)
        let isClose = margin.map { abs(mean - maxMeanShift) <= $0 } ?? true
        let (shift, limit) = Wording.apart(mean, maxMeanShift)
        let sentence =
            "Scores move by \(shift) on average over \(Wording.count(rows, "row")) when inputs are perturbed by "
            + "\(relativeNoise) of their size; at most \(limit) is allowed."
        return Judgement(
            passed ? .pass : .fail, sentence, measurements: [measurement],
            warnings: isClose ? ["\(Wording.count(rows, "row")) cannot tell this shift from the limit"] : [])
    }

    private static func margin(of shifts: [Double], mean: Double) -> Double? {
        guard shifts.count >= intervalRowsMin else { return nil }
        let squares = shifts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let variance = squares / Double(shifts.count - 1)
        return normalQuantile * (variance / Double(shifts.count)).squareRoot()
    }
}
