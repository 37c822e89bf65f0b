import Glibc

/// The parts that binomial and Poisson probabilities share when they are written so that large arguments lose no digits
/// (Loader, "Fast and accurate computation of binomial probabilities", 2000).
enum Saddlepoint {
    /// ln Γ(n+1) minus Stirling's formula: what Stirling leaves out.
    static func stirlingError(_ n: Double) -> Double {
        if n < 16 { return lgamma(n + 1) - (n + 0.5) * log(n) + n - 0.5 * log(2 * Double.pi) }
        let square = n * n
        let inner = 1.0 / 1680 - (1.0 / 1188) / square
        return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - inner / square) / square) / square) / n
    }

    /// x ln(x/mean) + mean − x, without cancellation where x is near the mean.
    static func deviance(_ x: Double, mean: Double) -> Double {
        guard abs(x - mean) < 0.1 * (x + mean) else { return x * log(x / mean) + mean - x }
        let ratio = (x - mean) / (x + mean)
        let square = ratio * ratio
        var sum = (x - mean) * ratio
        var term = 2 * x * ratio
        for k in 1..<1000 {
            term *= square
            let next = sum + term / Double(2 * k + 1)
            if next == sum { break }
            sum = next
        }
        return sum
    }

    /// xᵃ e⁻ˣ / Γ(a), for a, x > 0.
    static func gammaDensityFactor(_ a: Double, _ x: Double) -> Double {
        a / (2 * Double.pi * a).squareRoot() * exp(-stirlingError(a) - deviance(a, mean: x))
    }

    /// xᵃ (1−x)ᵇ / B(a, b), for a, b > 0 and 0 < x < 1. `complement` is 1 − x, passed so that an x near 1 keeps its
    /// digits.
    static func betaDensityFactor(_ a: Double, _ b: Double, _ x: Double, complement: Double) -> Double {
        let n = a + b
        let exponent =
            stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance(a, mean: n * x) - deviance(b, mean: n * complement)
        return a * b / n * (n / (2 * Double.pi * a * b)).squareRoot() * exp(exponent)
    }
}
