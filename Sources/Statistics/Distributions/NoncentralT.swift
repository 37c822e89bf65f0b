import Glibc

/// The t statistic of a mean that is not 0: what the power of a t test rests on.
enum NoncentralT {
    private static let rule = GaussLegendre(order: 20)

    /// P(T > t) for noncentrality `delta`: Φ(δ − t·s) averaged over s = √(χ²/ν), ν `degreesOfFreedom` ≥ 1 (Owen, 1965).
    static func upperTail(_ t: Double, degreesOfFreedom nu: Double, delta: Double) -> Double {
        // s = 1 + u is close to normal with mean 1 and standard deviation 1/√(2ν); twelve of them hold all a double can see.
        let spread = 12 / (2 * nu).squareRoot()
        var sum = 0.0
        var mass = 0.0
        for (u, weight) in rule.points(from: max(-1, -spread), to: spread, panels: 24) {
            // The density up to a factor, which the mass divides out; written in u so that large ν cancels no digits.
            let logarithm = log1p(u)
            let density = weight * exp(nu * (logarithm - u - u * u / 2) - logarithm)
            mass += density
            sum += density * Normal.cdf(delta - t * (1 + u))
        }
        return sum / mass
    }
}
