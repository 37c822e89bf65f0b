import Glibc

/// The standard normal distribution.
package enum Normal {
    /// P(Z ≤ x).
    package static func cdf(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }

    /// The two-sided p-value of a z statistic.
    package static func twoSidedP(_ z: Double) -> Double { erfc(abs(z) / 2.0.squareRoot()) }

    static func density(_ x: Double) -> Double { exp(-0.5 * x * x) / (2 * Double.pi).squareRoot() }

    /// The x with P(Z ≤ x) = `p`; ∓∞ at 0 and 1, NaN outside.
    ///
    /// A rational start (Abramowitz and Stegun 26.2.23, off by less than 4.5e-4) polished by Halley steps, each of which
    /// about triples the correct digits.
    package static func quantile(_ p: Double) -> Double {
        guard p > 0 else { return p == 0 ? -.infinity : .nan }
        guard p < 1 else { return p == 1 ? .infinity : .nan }
        // Work in the lower tail: there erfc keeps its relative precision.
        if p > 0.5 { return -quantile(1 - p) }
        let t = (-2 * log(p)).squareRoot()
        let numerator = 2.515517 + t * (0.802853 + t * 0.010328)
        let denominator = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308))
        var x = numerator / denominator - t
        for _ in 0..<4 {
            let step = (cdf(x) - p) / density(x)
            guard step.isFinite else { return x }
            x -= step / (1 + 0.5 * x * step)
        }
        return x
    }
}
