import Glibc

/// Student's t distribution.
package enum StudentT {
    /// P(T ≤ t) with `degreesOfFreedom` > 0.
    package static func cdf(_ t: Double, degreesOfFreedom: Double) -> Double {
        let tail = twoSidedP(t, degreesOfFreedom: degreesOfFreedom) / 2
        return t < 0 ? tail : 1 - tail
    }

    /// P(|T| > |t|).
    package static func twoSidedP(_ t: Double, degreesOfFreedom: Double) -> Double {
        guard t.isFinite else { return t.isNaN ? .nan : 0 }
        let square = t * t
        let tails = IncompleteBeta.both(
            degreesOfFreedom / 2, 0.5, x: degreesOfFreedom / (degreesOfFreedom + square),
            complement: square / (degreesOfFreedom + square))
        return tails.lower
    }

    /// The t with P(T ≤ t) = `p`, for 0 < p < 1.
    package static func quantile(_ p: Double, degreesOfFreedom: Double) -> Double {
        guard p > 0, p < 1 else { return Normal.quantile(p) }
        if p < 0.5 { return -quantile(1 - p, degreesOfFreedom: degreesOfFreedom) }
        if p == 0.5 { return 0 }
        let start = expansion(Normal.quantile(p), degreesOfFreedom)
        // With a thousand degrees of freedom the first term left out is below 1e-14.
        if degreesOfFreedom >= 1000 { return start }
        return RootSearch.increasing(from: start) { t in
            ((1 - p) - twoSidedP(t, degreesOfFreedom: degreesOfFreedom) / 2, density(t, degreesOfFreedom))
        }
    }

    private static func density(_ t: Double, _ degreesOfFreedom: Double) -> Double {
        let sum = degreesOfFreedom + t * t
        return Saddlepoint.betaDensityFactor(
            degreesOfFreedom / 2, 0.5, degreesOfFreedom / sum, complement: t * t / sum) / abs(t)
    }

    /// Cornish and Fisher's expansion around the normal quantile `z` (Abramowitz and Stegun 26.7.5).
    private static func expansion(_ z: Double, _ degreesOfFreedom: Double) -> Double {
        let s = z * z
        let first = z * (s + 1) / 4
        let second = z * ((5 * s + 16) * s + 3) / 96
        let third = z * (((3 * s + 19) * s + 17) * s - 15) / 384
        let fourth = z * ((((79 * s + 776) * s + 1482) * s - 1920) * s - 945) / 92160
        let v = 1 / degreesOfFreedom
        return z + v * (first + v * (second + v * (third + v * fourth)))
    }
}

/// The regularised incomplete beta function I_x(a, b).
enum IncompleteBeta {
    /// I_x(a, b) and its complement. `complement` is 1 − x.
    static func both(_ a: Double, _ b: Double, x: Double, complement: Double) -> (lower: Double, upper: Double) {
        guard a > 0, b > 0, !x.isNaN else { return (.nan, .nan) }
        guard x > 0 else { return (0, 1) }
        guard complement > 0 else { return (1, 0) }
        // The fraction converges fast on the side of the mean; the other side is its mirror image.
        if x > (a + 1) / (a + b + 2) {
            let factor = Saddlepoint.betaDensityFactor(b, a, complement, complement: x)
            let mirrored = direct(b, a, x: complement, factor: factor)
            return (1 - mirrored, mirrored)
        }
        let value = direct(a, b, x: x, factor: Saddlepoint.betaDensityFactor(a, b, x, complement: complement))
        return (value, 1 - value)
    }

    private static func direct(_ a: Double, _ b: Double, x: Double, factor: Double) -> Double {
        let termsMax = 2000 + 20 * Int(min(max(a, b), 1e12).squareRoot())
        let fraction = ContinuedFraction.evaluate(first: 1, termsMax: termsMax) { k in
            let half = Double(k / 2)
            if k % 2 == 0 { return (half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half)), 1) }
            return (-(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1)), 1)
        }
        return min(1, factor / (a * fraction))
    }
}
