import Glibc

/// Metrics of scores read as the probability of label 1.
extension BinaryScores {
    /// Log loss clips probabilities to [ε, 1 − ε], ε the machine epsilon of Double, as scikit-learn does.
    static let clip = 2.220446049250313e-16

    /// −ln of the probability that the model gave to the row's label, in nats.
    func logLoss(row: Int) -> Double {
        let probability = min(max(scores[row], Self.clip), 1 - Self.clip)
        return labels[row] == 1 ? -log(probability) : -log1p(-probability)
    }

    func squaredError(row: Int) -> Double {
        let distance = scores[row] - Double(labels[row])
        return distance * distance
    }

    /// 1 where the decision is right.
    func isRight(row: Int) -> Double { (scores[row] >= decisionThreshold) == (labels[row] == 1) ? 1 : 0 }

    package static let calibrationBins = 10

    /// Expected calibration error: Σ (nᵦ/n) |mean probability − share of positives| over 10 equal-width bins
    /// [0, 0.1), …, [0.9, 1]. Nil when the scores are not probabilities.
    package func expectedCalibrationError(drawn: [UInt8]? = nil) -> Double? {
        calibrationSurplus(drawn: drawn)?.reduce(0) { $0 + abs($1) }
    }

    /// Σ w (probability − label) of each bin over Σ w of all rows. Nil when the scores are not probabilities.
    func calibrationSurplus(drawn: [UInt8]? = nil) -> [Double]? {
        guard probabilityDefect == nil else { return nil }
        var surplus = [Double](repeating: 0, count: Self.calibrationBins)
        var rows = 0.0
        for row in scores.indices {
            let weight = weight(of: row, drawn: drawn)
            let bin = min(Int(scores[row] * Double(Self.calibrationBins)), Self.calibrationBins - 1)
            surplus[bin] += weight * (scores[row] - Double(labels[row]))
            rows += weight
        }
        return rows == 0 ? nil : surplus.map { $0 / rows }
    }
}
