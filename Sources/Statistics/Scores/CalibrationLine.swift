import Glibc

/// Cox's calibration line (1958): the logistic regression of the label on the logit of the score. A calibrated model has
/// intercept 0 and slope 1; a slope below 1 says that the scores are too extreme.
package struct CalibrationLine: Sendable, Equatable {
    package let intercept: Estimate
    package let slope: Estimate

    /// Newton's method doubles the correct digits; more steps than this mean that there is no finite answer.
    static let stepsMax = 50

    /// Fails when the scores are not probabilities, do not vary, or part the classes, and when a class is missing.
    ///
    /// Scores are clipped as for the log loss. Standard errors are the sandwich (Huber, 1967; White, 1982), which holds
    /// where the line is not the truth and with weights.
    package static func fit(_ scores: BinaryScores) -> Result<CalibrationLine, Undefined> {
        guard scores.probabilityDefect == nil else { return .failure(.notProbabilities) }
        guard scores.hasBothClasses else { return .failure(.singleClass) }
        let logits = scores.scores.map { score in
            let clipped = min(max(score, BinaryScores.clip), 1 - BinaryScores.clip)
            return log(clipped) - log1p(-clipped)
        }
        // Brought to −1…1, so that the matrix to be inverted is as even as can be; undone at the end.
        let (lowest, highest) = logits.reduce((Double.infinity, -Double.infinity)) { (min($0.0, $1), max($0.1, $1)) }
        let centre = (lowest + highest) / 2
        let spread = (highest - lowest) / 2
        guard spread > 0 else { return .failure(.noVariance) }
        let regression = Regression(scores, logits.map { ($0 - centre) / spread })
        guard let fitted = regression.fitted() else { return .failure(.separable) }
        guard let spreads = regression.covariance(at: fitted) else { return .failure(.noVariance) }
        let slope = fitted.1 / spread
        let ratio = centre / spread
        let interceptVariance = spreads.0 - 2 * ratio * spreads.1 + ratio * ratio * spreads.2
        return .success(
            CalibrationLine(
                intercept: estimate(fitted.0 - slope * centre, interceptVariance),
                slope: estimate(slope, spreads.2 / spread / spread)))
    }

    private static func estimate(_ value: Double, _ variance: Double) -> Estimate {
        let half = Interval.z * max(0, variance).squareRoot()
        return Estimate(value: value, interval: Interval(lower: value - half, upper: value + half), method: .sandwich)
    }

    /// Logistic regression on one number.
    private struct Regression {
        let labels: [UInt8]
        let inputs: [Double]
        let weights: [Double]?

        init(_ scores: BinaryScores, _ inputs: [Double]) {
            labels = scores.labels
            self.inputs = inputs
            weights = scores.weights?.values
        }

        /// Sums over rows at coefficients (a, b): gradient, information matrix, and with `squared` Σ of the gradients' squares.
        private struct Sums {
            var deviance = 0.0
            var gradient = (0.0, 0.0)
            var information = (0.0, 0.0, 0.0)
            var squares = (0.0, 0.0, 0.0)
        }

        private func sums(at point: (Double, Double)) -> Sums {
            var sums = Sums()
            for (row, x) in inputs.enumerated() {
                let weight = weights?[row] ?? 1
                let margin = point.0 + point.1 * x
                let tail = exp(-abs(margin))
                let probability = margin >= 0 ? 1 / (1 + tail) : tail / (1 + tail)
                let isPositive = labels[row] == 1
                let residual = weight * ((isPositive ? 1 : 0) - probability)
                // −ln of the probability given to the label, safe for any margin.
                sums.deviance += weight * (log1p(tail) + max(0, isPositive ? -margin : margin))
                sums.gradient.0 += residual
                sums.gradient.1 += residual * x
                let density = weight * probability * (1 - probability)
                sums.information.0 += density
                sums.information.1 += density * x
                sums.information.2 += density * x * x
                sums.squares.0 += residual * residual
                sums.squares.1 += residual * residual * x
                sums.squares.2 += residual * residual * x * x
            }
            return sums
        }

        /// The maximum of the likelihood by Newton's method, steps halved while they make it worse. Nil when it has none.
        func fitted() -> (Double, Double)? {
            var point = (0.0, 0.0)
            var here = sums(at: point)
            for _ in 0..<CalibrationLine.stepsMax {
                let (a, b, c) = here.information
                let determinant = a * c - b * b
                guard determinant > 1e-14 * a * c, determinant > 0 else { return nil }
                var step = (
                    (c * here.gradient.0 - b * here.gradient.1) / determinant,
                    (a * here.gradient.1 - b * here.gradient.0) / determinant
                )
                var next = (point.0 + step.0, point.1 + step.1)
                var there = sums(at: next)
                var halvings = 0
                while !(there.deviance <= here.deviance * (1 + 1e-12)), halvings < 40 {
                    step = (step.0 / 2, step.1 / 2)
                    next = (point.0 + step.0, point.1 + step.1)
                    there = sums(at: next)
                    halvings += 1
                }
                (point, here) = (next, there)
                if max(abs(step.0), abs(step.1)) <= 1e-12 * max(1, abs(point.0), abs(point.1)) { return point }
            }
            return nil
        }

        /// The sandwich covariance: information⁻¹ × Σ gradient gradientᵀ × information⁻¹. Nil when it cannot be inverted.
        func covariance(at point: (Double, Double)) -> (Double, Double, Double)? {
            let sums = sums(at: point)
            let (a, b, c) = sums.information
            let determinant = a * c - b * b
            guard determinant > 0 else { return nil }
            let inverse = (c / determinant, -b / determinant, a / determinant)
            let (p, q, r) = sums.squares
            let left = (inverse.0 * p + inverse.1 * q, inverse.0 * q + inverse.1 * r)
            let right = (inverse.1 * p + inverse.2 * q, inverse.1 * q + inverse.2 * r)
            return (
                left.0 * inverse.0 + left.1 * inverse.1, left.0 * inverse.1 + left.1 * inverse.2,
                right.0 * inverse.1 + right.1 * inverse.2
            )
        }
    }
}
