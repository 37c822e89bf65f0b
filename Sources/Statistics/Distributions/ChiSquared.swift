import Glibc

/// The χ² distribution.
package enum ChiSquared {
    /// P(X ≤ x) with `degreesOfFreedom` > 0.
    package static func cdf(_ x: Double, degreesOfFreedom: Double) -> Double {
        IncompleteGamma.both(degreesOfFreedom / 2, x / 2).lower
    }

    /// P(X > x): the p-value of a χ² statistic, precise in the far tail too.
    package static func upperTail(_ x: Double, degreesOfFreedom: Double) -> Double {
        IncompleteGamma.both(degreesOfFreedom / 2, x / 2).upper
    }

    /// The x with P(X ≤ x) = `p`, for 0 < p < 1; 0 and ∞ at the ends.
    package static func quantile(_ p: Double, degreesOfFreedom: Double) -> Double {
        guard p > 0 else { return p == 0 ? 0 : .nan }
        guard p < 1 else { return p == 1 ? .infinity : .nan }
        let shape = degreesOfFreedom / 2
        // Wilson and Hilferty's cube root is a good start; below it the leading power of the series is better.
        let spread = 2 / (9 * degreesOfFreedom)
        let root = 1 - spread + Normal.quantile(p) * spread.squareRoot()
        var guess = degreesOfFreedom * root * root * root
        if !(guess > 0.03 * degreesOfFreedom) { guess = 2 * exp((log(p) + lgamma(shape + 1)) / shape) }
        return RootSearch.increasing(from: guess) { x in
            let tails = IncompleteGamma.both(shape, x / 2)
            let excess = p < 0.5 ? tails.lower - p : (1 - p) - tails.upper
            return (excess, Saddlepoint.gammaDensityFactor(shape, x / 2) / x)
        }
    }
}

/// The regularised incomplete gamma functions P(a, x) and Q(a, x) = 1 − P(a, x).
enum IncompleteGamma {
    /// Series below the mean, continued fraction above it: whichever is summed directly keeps its relative precision.
    static func both(_ a: Double, _ x: Double) -> (lower: Double, upper: Double) {
        guard a > 0, !x.isNaN else { return (.nan, .nan) }
        guard x > 0 else { return (0, 1) }
        guard x.isFinite else { return (1, 0) }
        let factor = Saddlepoint.gammaDensityFactor(a, x)
        // Both expansions need about √a terms near the mean.
        let termsMax = 2000 + 20 * Int(min(a, 1e12).squareRoot())
        if x < a + 1 {
            var term = 1 / a
            var sum = term
            for k in 1..<termsMax {
                term *= x / (a + Double(k))
                sum += term
                if term < sum * 1e-17 { break }
            }
            let lower = min(1, factor * sum)
            return (lower, 1 - lower)
        }
        let fraction = ContinuedFraction.evaluate(first: x + 1 - a, termsMax: termsMax) { k in
            let index = Double(k)
            return (-index * (index - a), x + 2 * index + 1 - a)
        }
        let upper = min(1, factor / fraction)
        return (1 - upper, upper)
    }
}

/// Continued fractions by the modified method of Lentz (Thompson and Barnett, 1986).
enum ContinuedFraction {
    /// b₀ + a₁/(b₁ + a₂/(b₂ + …)), with `term(k)` = (aₖ, bₖ).
    static func evaluate(first: Double, termsMax: Int, term: (Int) -> (Double, Double)) -> Double {
        let tiny = 1e-300
        var value = first == 0 ? tiny : first
        var c = value
        var d = 0.0
        for k in 1..<termsMax {
            let (a, b) = term(k)
            d = b + a * d
            if d == 0 { d = tiny }
            d = 1 / d
            c = b + a / c
            if c == 0 { c = tiny }
            let change = c * d
            value *= change
            if abs(change - 1) < 1e-16 { break }
        }
        return value
    }
}

/// Solves f(x) = 0 for an increasing f on x > 0, by Newton's method kept inside a bracket.
enum RootSearch {
    static func increasing(from guess: Double, _ function: (Double) -> (value: Double, slope: Double)) -> Double {
        var low = 0.0
        var high = Double.infinity
        var x = guess
        for _ in 0..<200 {
            let (value, slope) = function(x)
            if value == 0 { return x }
            if value < 0 { low = x } else { high = x }
            var next = x - value / slope
            if !(next > low && next < high) { next = high.isFinite ? (low + high) / 2 : x * 2 }
            if abs(next - x) <= 2e-16 * abs(next) { return next }
            x = next
        }
        return x
    }
}
