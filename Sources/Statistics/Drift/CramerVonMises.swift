import Glibc

/// The p-value of the two-sample Cramér–von Mises test (Anderson, 1962), as `scipy.stats.cramervonmises_2samp` with its
/// asymptotic method.
enum CramerVonMises {
    /// Up to so many values on both sides the limit is no approximation.
    private static let tinyRowsMax = 20

    /// From the limiting distribution after matching T's mean and variance; nil for tiny samples.
    static func p(_ statistic: Double, _ n: Int, _ m: Int) -> Double? {
        guard max(n, m) > tinyRowsMax, min(n, m) > 1 else { return nil }
        let (x, y) = (Double(n), Double(m))
        let product = x * y
        let sum = x + y
        let mean = (1 + 1 / sum) / 6
        let variance = (sum + 1) * (4 * product * sum - 3 * (x * x + y * y) - 2 * product) / (45 * sum * sum * 4 * product)
        let standardized = 1.0 / 6 + (statistic - mean) / (45 * variance).squareRoot()
        // The limit's distribution function is below 1e-17 there.
        guard standardized >= 0.003 else { return 1 }
        // What the limit leaves above is below the rounding of 1.
        guard standardized <= 12 else { return 0 }
        return min(1, max(0, 1 - limitCDF(standardized)))
    }

    /// P(ω² ≤ x), the series of Anderson and Darling (1952) as Csörgő and Faraway (1996) write it.
    private static func limitCDF(_ x: Double) -> Double {
        var sum = 0.0
        for k in 0..<200 {
            let index = Double(k)
            let y = 4 * index + 1
            let q = y * y / (16 * x)
            let factor = exp(lgamma(index + 0.5) - lgamma(index + 1)) / (pow(Double.pi, 1.5) * x.squareRoot())
            // K is scaled by e^q, hence twice the exponent.
            let term = factor * y.squareRoot() * exp(-2 * q) * scaledBessel(q)
            sum += term
            if term < 1e-17 * sum || term == 0 { break }
        }
        return sum
    }

    /// e^z K_¼(z) = ∫₀^∞ exp(−z (cosh t − 1)) cosh(t/4) dt, by the trapezoidal rule, whose error falls exponentially with the
    /// number of points for such integrands.
    private static func scaledBessel(_ z: Double) -> Double {
        // Beyond it the integrand is below e^−45.
        let end = acosh(1 + 45 / z) + 1
        let points = 400
        let step = end / Double(points)
        var sum = 0.5
        for point in 1...points {
            let t = Double(point) * step
            let half = sinh(t / 2)
            sum += exp(-2 * z * half * half) * cosh(t / 4)
        }
        return sum * step
    }
}
