import Glibc

/// The noncentral χ² distribution: a sum of squared normal numbers whose means are not zero.
package enum NoncentralChiSquared {
    /// P(X ≤ x) with `degreesOfFreedom` > 0 and `noncentrality` ≥ 0: a Poisson mixture of χ² distributions, summed from its
    /// largest weight outwards in both directions. Time grows with √noncentrality.
    package static func cdf(_ x: Double, degreesOfFreedom: Double, noncentrality: Double) -> Double {
        guard x > 0 else { return x.isNaN ? .nan : 0 }
        guard noncentrality > 0 else { return ChiSquared.cdf(x, degreesOfFreedom: degreesOfFreedom) }
        let mean = noncentrality / 2
        let half = x / 2
        let center = mean.rounded(.down)
        let shape = degreesOfFreedom / 2 + center
        let weight = exp(-Saddlepoint.stirlingError(max(center, 1)) - deviance(center, mean)) / rootTwoPi(center)
        let start = IncompleteGamma.both(shape, half).lower
        // y^a e^−y / Γ(a + 1): the step from P(a, y) to P(a + 1, y).
        let step = Saddlepoint.gammaDensityFactor(shape, half) / shape
        var sum = weight * start
        var (w, p, s, j) = (weight, start, step, center)
        while w * p > 1e-18 * sum, w > 0 {
            p = max(0, p - s)
            j += 1
            w *= mean / j
            s *= half / (degreesOfFreedom / 2 + j)
            sum += w * p
        }
        (w, p, s, j) = (weight, start, step, center)
        while j > 0, w > 1e-18 * sum {
            s *= (degreesOfFreedom / 2 + j) / half
            p = min(1, p + s)
            w *= j / mean
            j -= 1
            sum += w * p
        }
        return min(1, sum)
    }

    /// The noncentralities at which `x` is neither improbably large nor improbably small: the 95 % interval by inversion.
    package static func noncentralityInterval(_ x: Double, degreesOfFreedom: Double) -> Interval {
        Interval(
            lower: noncentrality(x, degreesOfFreedom, probability: 1 - Interval.tail),
            upper: noncentrality(x, degreesOfFreedom, probability: Interval.tail))
    }

    /// The noncentrality at which P(X ≤ x) = `probability`; 0 when the probability is below that without any.
    private static func noncentrality(_ x: Double, _ degreesOfFreedom: Double, probability: Double) -> Double {
        func excess(_ value: Double) -> Double {
            cdf(x, degreesOfFreedom: degreesOfFreedom, noncentrality: value) - probability
        }
        guard x.isFinite, excess(0) > 0 else { return 0 }
        var low = 0.0
        var high = max(1, x + 4 * x.squareRoot() + 10)
        while excess(high) > 0 { high *= 2 }
        // Bisection: the function is flat at both ends. 50 halvings are more digits than an interval has.
        for _ in 0..<50 where high - low > 1e-10 * high {
            let middle = (low + high) / 2
            if excess(middle) > 0 { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    private static func deviance(_ count: Double, _ mean: Double) -> Double {
        count == 0 ? mean : Saddlepoint.deviance(count, mean: mean)
    }

    /// What divides the Poisson weight besides the exponentials; the weight of 0 is e^−mean alone.
    private static func rootTwoPi(_ count: Double) -> Double {
        count == 0 ? exp(-Saddlepoint.stirlingError(1)) : (2 * Double.pi * count).squareRoot()
    }
}
