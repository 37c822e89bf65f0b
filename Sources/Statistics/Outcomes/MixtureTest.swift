import Glibc

/// A normal mixture over possible differences, N(0, τ²): the engine of the mSPRT and of Robbins's confidence sequence.
package struct NormalMixture: Sendable, Equatable {
    /// τ²; best near the square of the difference worth finding. Must be fixed before the data are seen.
    package let variance: Double

    /// Nil unless positive and finite.
    package init?(variance: Double) {
        guard variance > 0, variance.isFinite else { return nil }
        self.variance = variance
    }

    /// ln Λ = ½ ln(s²/(s²+τ²)) + τ²θ̂²/(2s²(s²+τ²)), with s² the squared standard error of θ̂ (Robbins, 1970; for two arms of n
    /// rows s² = V/n gives the form of Johari, Pekelis and Walsh, 2015). 0, no evidence, while s² = 0.
    package func logLikelihoodRatio(_ difference: ArmDifference) -> Double {
        guard difference.variance > 0 else { return 0 }
        let sum = difference.variance + variance
        let z = difference.value / difference.variance.squareRoot()
        let result = 0.5 * log(difference.variance / sum) + 0.5 * z * z * (variance / sum)
        return result.isFinite ? result : 0
    }

    /// All differences whose own Λ is below 1/`alpha`: θ̂ ± √(s²(s²+τ²)/τ² · ln((s²+τ²)/(s²α²))). Nil while s² = 0.
    package func interval(_ difference: ArmDifference, alpha: Double) -> Interval? {
        guard difference.variance > 0 else { return nil }
        let sum = difference.variance + variance
        let half = (difference.variance * (sum / variance) * (log(sum / difference.variance) - 2 * log(alpha))).squareRoot()
        guard half.isFinite else { return nil }
        return Interval(lower: difference.value - half, upper: difference.value + half)
    }
}

/// Two-arm mixture sequential probability ratio test: a p-value that may be looked at after every row (Johari, Pekelis and
/// Walsh, "Always valid inference", 2015).
///
/// The variance is estimated from the same rows, so the guarantee is asymptotic: `rowsPerArmMin` rows come before the first
/// look.
package struct MixtureTest: Sendable, Equatable {
    package let mixture: NormalMixture
    package let rowsPerArmMin: Int
    package private(set) var looks = 0
    /// Always valid: the least min(1, 1/Λ) so far.
    package private(set) var p = 1.0
    /// ln Λ at the last look.
    package private(set) var logLikelihoodRatio = 0.0

    package init(mixture: NormalMixture, rowsPerArmMin: Int = 1) {
        self.mixture = mixture
        self.rowsPerArmMin = rowsPerArmMin
    }

    /// min(1, 1/Λ) at the last look alone.
    package var pNow: Double { min(1, exp(-logLikelihoodRatio)) }

    package mutating func observe(_ difference: ArmDifference) {
        looks += 1
        logLikelihoodRatio = mixture.logLikelihoodRatio(difference)
        p = min(p, pNow)
    }
}
