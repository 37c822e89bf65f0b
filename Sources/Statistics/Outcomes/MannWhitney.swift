/// Do values of the treatment tend to be larger than those of the control? (Mann and Whitney, 1947.)
package struct MannWhitney: Sendable, Equatable {
    /// Pairs up to which the exact distribution of U is tabled.
    package static let exactPairsMax = 2500

    /// Pairs in which the treatment's value is the larger one, equal ones counted half.
    package let u: Double
    /// `u` as a share of all pairs: the chance that a treated value exceeds a control value. 0.5 is no tendency.
    package let superiority: Double
    /// With variance corrected for ties and a continuity correction; 0 when all values are equal.
    package let z: Double
    package let pAsymptotic: Double
    /// Over all orders of the rows; nil with `exactReason` when there are ties or too many pairs.
    package let pExact: Double?
    package let exactReason: MissingReason?
    /// Hodges and Lehmann's shift (1963), the median of all differences between a treated and a control value. Its interval
    /// takes order statistics of those differences by the normal approximation of U.
    package let shift: OutcomeEstimate

    /// The exact p where both arms are small and have no ties, as one reads it in a textbook; else the asymptotic one.
    package var p: Double { pExact ?? pAsymptotic }

    /// Values must be finite. Throws `emptyArm`.
    package init(control: [Double], treatment: [Double], alpha: Double = 1 - Interval.level) throws(MissingReason) {
        guard !control.isEmpty, !treatment.isEmpty else { throw .emptyArm }
        guard control.allSatisfy(\.isFinite), treatment.allSatisfy(\.isFinite) else { throw .notFinite }
        let (a, b) = (control.sorted(), treatment.sorted())
        let merged = Self.merge(a, b)
        let (n, m) = (Double(a.count), Double(b.count))
        let pairs = n * m
        u = merged.u
        superiority = merged.u / pairs
        let total = n + m
        let variance = total > 1 ? max(0, pairs / 12 * (total + 1 - merged.tieCubes / (total * (total - 1)))) : 0
        let deviation = variance.squareRoot()
        let larger = max(merged.u, pairs - merged.u)
        if deviation > 0 {
            let distance = larger - pairs / 2 - 0.5
            pAsymptotic = min(1, Normal.twoSidedP(max(0, distance) / deviation))
            z = (merged.u < pairs / 2 ? -1 : 1) * max(0, distance) / deviation
        } else {
            pAsymptotic = 1
            z = 0
        }
        exactReason = merged.tieCubes > 0 ? .ties : a.count > Self.exactPairsMax / b.count ? .tooManyRows : nil
        pExact = exactReason == nil ? min(1, 2 * Self.exactUpperTail(Int(larger), a.count, b.count)) : nil
        shift = Self.shift(a, b, deviation: deviation, multiplier: Normal.quantile(1 - alpha / 2))
    }

    /// U of the second list and Σ(t³ − t) over groups of `t` equal values, from two sorted lists.
    private static func merge(_ a: [Double], _ b: [Double]) -> (u: Double, tieCubes: Double) {
        var (i, j) = (0, 0)
        var (u, cubes) = (0.0, 0.0)
        while i < a.count || j < b.count {
            let value = i == a.count ? b[j] : j == b.count ? a[i] : min(a[i], b[j])
            let (startA, startB) = (i, j)
            while i < a.count, a[i] == value { i += 1 }
            while j < b.count, b[j] == value { j += 1 }
            let (sameA, sameB) = (Double(i - startA), Double(j - startB))
            u += sameB * (Double(startA) + sameA / 2)
            let tied = sameA + sameB
            cubes += tied * tied * tied - tied
        }
        return (u, cubes)
    }

    /// P(U ≥ u) when every order of n + m different values is equally likely.
    ///
    /// The largest value belongs to either list: P(n,m)[u] = n/(n+m) P(n−1,m)[u] + m/(n+m) P(n,m−1)[u−n]. Only sums of
    /// positive terms, so no digit is lost.
    private static func exactUpperTail(_ u: Int, _ n: Int, _ m: Int) -> Double {
        // `rows[i]` holds the distribution of i values of one list against j of the other, for the current j.
        var rows = [[Double]](repeating: [1], count: n + 1)
        for j in 1...m {
            for i in 1...n {
                let (shareFirst, shareSecond) = (Double(i) / Double(i + j), Double(j) / Double(i + j))
                var next = [Double](repeating: 0, count: i * j + 1)
                for (k, probability) in rows[i].enumerated() { next[k + i] += shareSecond * probability }
                for (k, probability) in rows[i - 1].enumerated() { next[k] += shareFirst * probability }
                rows[i] = next
            }
        }
        return rows[n][min(u, n * m)...].reversed().reduce(0, +)
    }

    private static func shift(_ a: [Double], _ b: [Double], deviation: Double, multiplier: Double) -> OutcomeEstimate {
        let differences = PairwiseDifferences(a, b)
        let pairs = differences.count
        guard let low = differences.value(at: (pairs - 1) / 2), let high = differences.value(at: pairs / 2) else {
            return .missing(.notFinite)
        }
        let median = low + (high - low) / 2
        guard deviation > 0 else { return .missing(.noVariance, value: median) }
        let cut = Double(pairs) / 2 - multiplier * deviation
        guard cut >= 1 else { return .missing(.tooFewRows, value: median) }
        let rank = Int(cut)
        guard let lower = differences.value(at: rank - 1), let upper = differences.value(at: pairs - rank) else {
            return .missing(.notFinite, value: median)
        }
        return OutcomeEstimate(value: median, interval: Interval(lower: lower, upper: upper))
    }
}

/// All differences b − a between two sorted lists, ordered, without making them.
struct PairwiseDifferences {
    private let a: [Double]
    private let b: [Double]

    /// Both sorted, finite and not empty.
    init(_ a: [Double], _ b: [Double]) {
        self.a = a
        self.b = b
    }

    var count: Int { a.count * b.count }

    /// The difference with `rank` smaller ones before it (0 is the smallest), exactly; nil when it is not finite.
    ///
    /// Bisects over the bit patterns of doubles: at most 64 counts of O(rows) each.
    func value(at rank: Int) -> Double? {
        var low = Self.key(b[0] - a[a.count - 1])
        var high = Self.key(b[b.count - 1] - a[0])
        while low < high {
            let middle = low + (high - low) / 2
            if countUpTo(Self.value(middle)) > rank { high = middle } else { low = middle + 1 }
        }
        let found = Self.value(low)
        return found.isFinite ? found + 0 : nil
    }

    /// How many differences are at most `limit`. Rounded subtraction is monotone, so one walk along both lists suffices.
    private func countUpTo(_ limit: Double) -> Int {
        var sum = 0
        var first = 0
        for value in b {
            while first < a.count, value - a[first] > limit { first += 1 }
            if first == a.count { break }
            sum += a.count - first
        }
        return sum
    }

    /// A whole number that orders as the double does.
    private static func key(_ value: Double) -> UInt64 {
        let bits = (value == 0 ? 0 : value).bitPattern
        return bits >> 63 == 1 ? ~bits : bits | 1 << 63
    }

    private static func value(_ key: UInt64) -> Double {
        Double(bitPattern: key >> 63 == 1 ? key & ~(1 << 63) : ~key)
    }
}
