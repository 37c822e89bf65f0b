import Glibc

/// The split a comparison was set up with: the share of rows each arm was meant to get.
package struct Split: Sendable, Equatable {
    package static let armsMax = 1000

    /// Positive, summing to 1.
    package let shares: [Double]

    /// Nil unless there are 2…`armsMax` positive finite weights. `9, 1` and `0.9, 0.1` mean the same.
    package init?(weights: [Double]) {
        let sum = weights.reduce(0, +)
        guard (2...Self.armsMax).contains(weights.count), weights.allSatisfy({ $0 > 0 && $0.isFinite }), sum.isFinite else {
            return nil
        }
        shares = weights.map { $0 / sum }
        guard shares.allSatisfy({ $0 > 0 }) else { return nil }
    }

    package static func even(arms: Int) -> Split? {
        Split(weights: [Double](repeating: 1, count: max(0, min(arms, armsMax + 1))))
    }
}

/// Did the arms get the rows they were meant to get? A sample ratio mismatch (SRM) makes every outcome untrustworthy.
package struct SampleRatioTest: Sendable, Equatable {
    /// Below this the split is called broken.
    package static let alpha = 0.001
    /// The χ² law is only approximate with fewer expected rows in an arm.
    package static let expectedMin = 5.0

    package let expected: [Double]
    /// Pearson's χ² (1900).
    package let chiSquared: Double
    package let degreesOfFreedom: Int
    package let p: Double

    package var isMismatch: Bool { p < Self.alpha }
    package var isApproximate: Bool { expected.contains { $0 < Self.expectedMin } }

    /// `counts`: rows (or units) assigned per arm, as many as the split has, none negative. Throws `emptyArm` when there is no
    /// row at all.
    package init(counts: [Int], split: Split) throws(MissingReason) {
        precondition(counts.count == split.shares.count && counts.allSatisfy { $0 >= 0 }, "a count per arm of the split")
        let total = counts.reduce(0.0) { $0 + Double($1) }
        guard total > 0 else { throw .emptyArm }
        let expected = split.shares.map { $0 * total }
        self.expected = expected
        chiSquared = zip(counts, expected).reduce(0) { sum, arm in
            let distance = Double(arm.0) - arm.1
            return sum + distance * distance / arm.1
        }
        degreesOfFreedom = counts.count - 1
        p = ChiSquared.upperTail(chiSquared, degreesOfFreedom: Double(degreesOfFreedom))
    }
}

/// The same question after every row: a p-value that may be looked at as often as one likes.
///
/// Bayes factor of a multinomial with Dirichlet prior against the intended split (Lindon and Malek, "Anytime-valid inference
/// for multinomial count data", 2022): BF = Γ(c)/Γ(c+n) · ∏ Γ(αᵢ+nᵢ)/Γ(αᵢ) / ∏ θᵢ^nᵢ with αᵢ = c·θᵢ. Under the intended split
/// BF is a martingale of mean 1, so min 1/BF is a p-value at any stopping time (Ville, 1939).
package struct SequentialSampleRatio: Sendable, Equatable {
    package static let defaultConcentration = 100.0

    package let split: Split
    /// c: how tightly the prior holds to the intended split. Small finds large mismatches early, large finds small ones late.
    package let concentration: Double
    package private(set) var counts: [Int]
    package private(set) var total = 0
    package private(set) var logBayesFactor = 0.0
    /// Always valid: the least 1/BF so far.
    package private(set) var p = 1.0
    /// Rows at the first p below `SampleRatioTest.alpha`.
    package private(set) var firstMismatch: Int?

    /// Nil unless `concentration` is positive and finite.
    package init?(split: Split, concentration: Double = Self.defaultConcentration) {
        guard concentration > 0, concentration.isFinite else { return nil }
        self.split = split
        self.concentration = concentration
        counts = [Int](repeating: 0, count: split.shares.count)
    }

    /// One row was assigned to the arm at `index`.
    package mutating func observe(arm index: Int) {
        let share = split.shares[index]
        logBayesFactor += log((concentration * share + Double(counts[index])) / ((concentration + Double(total)) * share))
        counts[index] += 1
        total += 1
        look()
    }

    /// Rows arrived in unknown order: one look at what there is now. `more` holds rows per arm, none negative.
    package mutating func observe(counts more: [Int]) {
        precondition(more.count == counts.count && more.allSatisfy { $0 >= 0 }, "a count per arm of the split")
        for (index, count) in more.enumerated() { counts[index] += count }
        total = counts.reduce(0, +)
        logBayesFactor = logGammaRise(concentration, total).map { -$0 } ?? 0
        for (share, count) in zip(split.shares, counts) {
            logBayesFactor += (logGammaRise(concentration * share, count) ?? 0) - Double(count) * log(share)
        }
        look()
    }

    private mutating func look() {
        p = min(p, exp(-logBayesFactor))
        if firstMismatch == nil, p < SampleRatioTest.alpha { firstMismatch = total }
    }

    /// ln Γ(a + n) − ln Γ(a); nil without rows.
    private func logGammaRise(_ a: Double, _ n: Int) -> Double? { n > 0 ? lgamma(a + Double(n)) - lgamma(a) : nil }
}
