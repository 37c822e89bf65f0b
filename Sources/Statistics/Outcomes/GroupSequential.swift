import Glibc

/// How the chance of a false alarm is spent over the looks (Lan and DeMets, 1983), as a function of the share of the planned
/// rows that has been seen.
package enum SpendingFunction: String, Sendable, CaseIterable {
    /// Almost nothing early, so that the last look costs little: 2(1 − Φ(z_{1−α/2}/√t)), one-sided.
    case obrienFleming = "obrien-fleming"
    /// About the same at every look: α ln(1 + (e − 1)t).
    case pocock

    /// Spent by `share` of the rows out of `alpha`, one-sided.
    package func spent(at share: Double, alpha: Double) -> Double {
        guard share > 0 else { return 0 }
        guard share < 1 else { return alpha }
        switch self {
        case .obrienFleming: return 2 * Normal.cdf(Normal.quantile(alpha / 2) / share.squareRoot())
        case .pocock: return alpha * log1p((M_E - 1) * share)
        }
    }
}

/// Bounds for a z statistic that is looked at a few planned times.
///
/// Computed by following the density of the paths that have crossed no bound yet from look to look (Armitage, McPherson and
/// Rowe, 1969), integrated by Gauss's rule.
package struct GroupSequentialDesign: Sendable, Equatable {
    package static let looksMax = 50
    /// The least share of all rows between two looks.
    package static let shareStepMin = 1e-4
    /// A bound this high is never crossed; it stands for "no chance to spend yet".
    package static let boundMax = 30.0

    package let shares: [Double]
    package let alpha: Double
    package let isTwoSided: Bool
    package let spending: SpendingFunction
    /// |z| (or z, one-sided) at or beyond the bound stops at that look.
    package let bounds: [Double]
    /// Chance of a false alarm up to and including each look.
    package let spent: [Double]

    /// `shares`: the part of all planned rows seen at each look, ascending within 0…1. Nil unless there are 1…`looksMax` of
    /// them, `shareStepMin` apart, and 0 < alpha < 1.
    package init?(
        shares: [Double], alpha: Double = 1 - Interval.level, isTwoSided: Bool = true,
        spending: SpendingFunction = .obrienFleming
    ) {
        guard (1...Self.looksMax).contains(shares.count), alpha > 0, alpha < 1,
            shares.allSatisfy({ $0 >= Self.shareStepMin && $0 <= 1 }),
            zip(shares, shares.dropFirst()).allSatisfy({ $1 - $0 >= Self.shareStepMin })
        else { return nil }
        self.shares = shares
        self.alpha = alpha
        self.isTwoSided = isTwoSided
        self.spending = spending
        let sides = isTwoSided ? 2.0 : 1.0
        spent = shares.map { sides * spending.spent(at: $0, alpha: alpha / sides) }
        var paths = SurvivingPaths(drift: 0, isTwoSided: isTwoSided)
        var bounds: [Double] = []
        for (index, share) in shares.enumerated() {
            let increment = spent[index] - (index > 0 ? spent[index - 1] : 0)
            let bound = paths.bound(at: share, crossing: increment)
            bounds.append(bound)
            let next = index + 1 < shares.count ? shares[index + 1] : nil
            paths.advance(to: share, bound: bound, next: next)
        }
        self.bounds = bounds
    }

    /// Equally spaced looks, the last one at all rows.
    package init?(
        looks: Int, alpha: Double = 1 - Interval.level, isTwoSided: Bool = true, spending: SpendingFunction = .obrienFleming
    ) {
        guard (1...Self.looksMax).contains(looks) else { return nil }
        self.init(
            shares: (1...looks).map { Double($0) / Double(looks) }, alpha: alpha, isTwoSided: isTwoSided, spending: spending)
    }

    /// The nominal p-value of each bound: what a single test would have to show at that look.
    package var nominalP: [Double] { bounds.map { isTwoSided ? Normal.twoSidedP($0) : Normal.cdf(-$0) } }

    /// The chance of having crossed a bound by each look when z has mean `drift` at all rows.
    package func crossingChance(drift: Double) -> [Double] {
        var paths = SurvivingPaths(drift: drift, isTwoSided: isTwoSided)
        var sum = 0.0
        return shares.indices.map { index in
            sum += paths.crossing(at: shares[index], bound: bounds[index])
            let next = index + 1 < shares.count ? shares[index + 1] : nil
            paths.advance(to: shares[index], bound: bounds[index], next: next)
            return min(1, sum)
        }
    }

    /// How many times the rows of a single look this design needs for the same power.
    package func inflation(power: Double) -> Double? {
        guard power > alpha, power < 1 else { return nil }
        let single = Normal.quantile(1 - alpha / (isTwoSided ? 2 : 1)) + Normal.quantile(power)
        var (low, high) = (0.0, 2 * single + 2)
        for _ in 0..<100 {
            let middle = (low + high) / 2
            guard middle != low, middle != high else { break }
            if (crossingChance(drift: middle).last ?? 0) < power { low = middle } else { high = middle }
        }
        return (high / single) * (high / single)
    }
}

/// The density of a Brownian path, √share·z, over the values from which no bound has been crossed yet.
private struct SurvivingPaths {
    private static let rule = GaussLegendre(order: 12)
    /// Standard deviations beyond which the normal density is nothing to a double.
    private static let reach = 9.0

    private let drift: Double
    private let isTwoSided: Bool
    private var share = 0.0
    private var points: [(x: Double, weight: Double)] = [(0, 1)]

    init(drift: Double, isTwoSided: Bool) {
        self.drift = drift
        self.isTwoSided = isTwoSided
    }

    /// The chance to cross ±`bound` (or +`bound`) at the look at `time` for the first time.
    func crossing(at time: Double, bound: Double) -> Double {
        let spread = (time - share).squareRoot()
        let limit = bound * time.squareRoot()
        let moved = drift * (time - share)
        return points.reduce(0) { sum, point in
            let upper = Normal.cdf((point.x + moved - limit) / spread)
            let lower = isTwoSided ? Normal.cdf((-point.x - moved - limit) / spread) : 0
            return sum + point.weight * (upper + lower)
        }
    }

    /// The bound that is crossed with this chance.
    func bound(at time: Double, crossing chance: Double) -> Double {
        var (low, high) = (isTwoSided ? 0 : -GroupSequentialDesign.boundMax, GroupSequentialDesign.boundMax)
        guard crossing(at: time, bound: high) < chance else { return high }
        for _ in 0..<100 {
            let middle = low + (high - low) / 2
            guard middle != low, middle != high else { break }
            if crossing(at: time, bound: middle) > chance { low = middle } else { high = middle }
        }
        return high
    }

    /// Moves on to the look at `time`, keeping what lies within the bound. The grid is fine enough for the step to `next`.
    mutating func advance(to time: Double, bound: Double, next: Double?) {
        guard let next else { return }
        let root = time.squareRoot()
        let centre = drift * time
        let upper = min(bound * root, centre + Self.reach * root)
        let lower = isTwoSided ? max(-bound * root, centre - Self.reach * root) : centre - Self.reach * root
        defer { share = time }
        guard upper > lower else {
            points = []
            return
        }
        let spread = (time - share).squareRoot()
        let width = 2 * min(spread, (next - time).squareRoot())
        let panels = max(4, Int(((upper - lower) / width).rounded(.up)))
        let moved = drift * (time - share)
        var first = points.startIndex
        points = Self.rule.points(from: lower, to: upper, panels: panels).map { target in
            while first < points.count, target.x - points[first].x - moved > Self.reach * spread { first += 1 }
            var density = 0.0
            for point in points[first...] {
                let z = (target.x - point.x - moved) / spread
                if z < -Self.reach { break }
                density += point.weight * Normal.density(z)
            }
            return (target.x, target.weight * density / spread)
        }
    }
}
