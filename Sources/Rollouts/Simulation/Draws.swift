import Glibc
import Statistics

/// Draws of counts: a simulated window costs a few of them, however many requests it holds.
enum Draws {
    /// Below this mean, counting up is faster than rejection.
    private static let countingMax = 10.0

    /// Exact for every n and p: counting up through the distribution, or transformed rejection with squeeze (BTRS: Hörmann,
    /// "The generation of binomial random variates", 1993).
    static func binomial(_ n: Int, _ p: Double, _ random: inout SeededGenerator) -> Int {
        guard n > 0, p > 0 else { return 0 }
        guard p < 1 else { return n }
        if p > 0.5 { return n - binomial(n, 1 - p, &random) }
        return Double(n) * p < countingMax ? counted(n, p, &random) : rejected(n, p, &random)
    }

    private static func counted(_ n: Int, _ p: Double, _ random: inout SeededGenerator) -> Int {
        let odds = p / (1 - p)
        var chance = exp(Double(n) * log1p(-p))
        var u = random.uniform()
        var k = 0
        while u > chance, k < n {
            u -= chance
            k += 1
            chance *= odds * Double(n - k + 1) / Double(k)
        }
        return k
    }

    private static func rejected(_ n: Int, _ p: Double, _ random: inout SeededGenerator) -> Int {
        let count = Double(n)
        let spread = (count * p * (1 - p)).squareRoot()
        let b = 1.15 + 2.53 * spread
        let a = -0.0873 + 0.0248 * b + 0.01 * p
        let alpha = (2.83 + 5.1 / b) * spread
        let mode = ((count + 1) * p).rounded(.down)
        let logOdds = log(p / (1 - p))
        let height = lgamma(mode + 1) + lgamma(count - mode + 1)
        while true {
            let u = random.uniform() - 0.5
            let v = random.uniform()
            let distance = 0.5 - abs(u)
            let k = ((2 * a / distance + b) * u + count * p + 0.5).rounded(.down)
            guard k >= 0, k <= count else { continue }
            if distance >= 0.07, v <= 0.92 - 4.2 / b { return Int(k) }
            let bound = height - lgamma(k + 1) - lgamma(count - k + 1) + (k - mode) * logOdds
            if log(v * alpha / (a / (distance * distance) + b)) <= bound { return Int(k) }
        }
    }

    /// Exact: counting up, or transformed rejection (PTRS: Hörmann, "The transformed rejection method for generating Poisson
    /// random variables", 1993).
    static func poisson(_ mean: Double, _ random: inout SeededGenerator) -> Int {
        guard mean > 0 else { return 0 }
        if mean < countingMax {
            var chance = exp(-mean)
            var u = random.uniform()
            var k = 0
            while u > chance, k < 1000 {
                u -= chance
                k += 1
                chance *= mean / Double(k)
            }
            return k
        }
        let b = 0.931 + 2.53 * mean.squareRoot()
        let a = -0.059 + 0.02483 * b
        let inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
        while true {
            let u = random.uniform() - 0.5
            let v = random.uniform()
            let distance = 0.5 - abs(u)
            let k = ((2 * a / distance + b) * u + mean + 0.43).rounded(.down)
            if distance >= 0.07, v <= 0.9277 - 3.6224 / (b - 2) { return Int(k) }
            guard k >= 0, distance >= 0.013 || v <= distance else { continue }
            if log(v * inverseAlpha / (a / (distance * distance) + b)) <= k * log(mean) - mean - lgamma(k + 1) { return Int(k) }
        }
    }

    /// How `n` fall into buckets of these shares, which sum to 1.
    static func multinomial(_ n: Int, _ shares: [Double], _ random: inout SeededGenerator) -> [Int] {
        var (left, rest) = (n, 1.0)
        return shares.enumerated().map { index, share in
            let isLast = index == shares.count - 1
            let count = isLast ? left : binomial(left, min(1, max(0, share / rest)), &random)
            left -= count
            rest = max(share, rest - share)
            return count
        }
    }
}
