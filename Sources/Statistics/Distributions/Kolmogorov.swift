import Glibc

/// The limiting distribution of the Kolmogorov–Smirnov statistic.
package enum Kolmogorov {
    /// P(√n·D > x) for large n.
    package static func upperTail(_ x: Double) -> Double {
        guard x > 0 else { return 1 }
        if x < 1 {
            // Jacobi's form of the same theta function converges where the alternating series does not.
            let base = -Double.pi * Double.pi / (8 * x * x)
            var sum = 0.0
            for k in 0..<20 {
                let odd = Double(2 * k + 1)
                sum += exp(base * odd * odd)
            }
            return 1 - (2 * Double.pi).squareRoot() / x * sum
        }
        var sum = 0.0
        for k in 1...20 {
            let index = Double(k)
            let term = exp(-2 * index * index * x * x)
            sum += k % 2 == 1 ? term : -term
        }
        return min(1, 2 * sum)
    }
}
