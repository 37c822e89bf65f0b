/// Two models' decisions on the same rows.
///
/// Everything that compares them needs eight cells only: label × decision × the other's decision.
package struct PairedDecisions: Sendable, Equatable {
    package let candidate: DecisionTable
    package let baseline: DecisionTable
    /// Right by the candidate alone, right by the baseline alone.
    package let candidateAlone: WeightTotals
    package let baselineAlone: WeightTotals
    /// The share of rows on which the decisions differ.
    package let disagreement: Share
    /// Each of the eight cells with its place in the candidate's and in the baseline's table.
    private let cells: [(WeightTotals, candidate: Int, baseline: Int)]
    private let isWeighted: Bool

    /// Each model decides by its own threshold. Both must have been made from the same labels and weights.
    package init(_ candidate: BinaryScores, _ baseline: BinaryScores) {
        self.init(cells: Self.count(candidate, baseline, tables: 2) { _ in 0 }[...], isWeighted: candidate.weights != nil)
    }

    /// The decisions in each group; `codes` are one per row, from 0 to `groups` - 1.
    static func byGroup(
        _ candidate: BinaryScores, _ baseline: BinaryScores, _ codes: [Int32], groups: Int
    ) -> [PairedDecisions] {
        let cells = count(candidate, baseline, tables: 2 * groups) { 8 * Int(codes[$0]) }
        return (0..<groups).map { group in
            PairedDecisions(cells: cells[8 * group..<8 * group + 8], isWeighted: candidate.weights != nil)
        }
    }

    /// Rows in eight cells from the one that `first` names: four where the baseline rejects, then four where it selects.
    @inline(__always)
    private static func count(
        _ candidate: BinaryScores, _ baseline: BinaryScores, tables: Int, _ first: (Int) -> Int
    ) -> [WeightTotals] {
        precondition(candidate.labels == baseline.labels, "decisions are paired on the same rows")
        return candidate.countCells(of: tables, rows: candidate.count) { row in
            first(row) + 4 * (baseline.scores[row] >= baseline.decisionThreshold ? 1 : 0) + 2 * Int(candidate.labels[row])
                + (candidate.scores[row] >= candidate.decisionThreshold ? 1 : 0)
        }
    }

    private init(cells eight: ArraySlice<WeightTotals>, isWeighted: Bool) {
        let counted = Array(eight)
        candidate = DecisionTable(cells: counted[0..<4]) + DecisionTable(cells: counted[4..<8])
        baseline = DecisionTable(cells: [
            counted[0] + counted[1], counted[4] + counted[5], counted[2] + counted[3], counted[6] + counted[7],
        ])
        candidateAlone = counted[3] + counted[4]
        baselineAlone = counted[1] + counted[6]
        disagreement = Share(candidateAlone + baselineAlone, of: candidate.all)
        cells = counted.enumerated().map { place, cell in
            let label = place % 4 / 2
            return (cell, candidate: place % 4, baseline: 2 * label + place / 4)
        }
        self.isWeighted = isWeighted
    }

    package static func == (one: PairedDecisions, other: PairedDecisions) -> Bool {
        one.isWeighted == other.isWeighted && one.cells.map(\.0) == other.cells.map(\.0)
    }

    package var mcnemar: McNemar { McNemar(candidateAlone, baselineAlone, isWeighted: isWeighted) }

    /// The candidate's metric minus the baseline's, by the delta method over the eight cells, which knows that the rows are
    /// the same. Decisions that are alike on every row differ by 0 with p = 1. Fails where either metric is undefined.
    package func difference(of metric: DecisionMetric) -> Result<PairedDifference, Undefined> {
        switch (metric.value(candidate), metric.value(baseline)) {
        case (.failure(let reason), _), (_, .failure(let reason)): return .failure(reason)
        case (.success, .success): break
        }
        guard let first = metric.slopes(candidate), let second = metric.slopes(baseline) else { return .failure(.empty) }
        let variance = cells.reduce(0.0) { sum, cell in
            let slope = first.slopes[cell.candidate] - second.slopes[cell.baseline]
            return sum + cell.0.squares * slope * slope
        }
        return .success(
            .delta(
                first.value - second.value, variance: variance, areSame: candidateAlone.rows + baselineAlone.rows == 0))
    }
}

extension PairedDifference {
    /// A difference with the variance that the delta method gives it. Decisions that are alike on every row differ by
    /// nothing, p = 1; other decisions without variance cannot be judged.
    static func delta(_ difference: Double, variance: Double, areSame: Bool) -> PairedDifference {
        guard variance > 0, !areSame else {
            return PairedDifference(
                difference: difference, interval: areSame ? Interval(lower: 0, upper: 0) : nil, standardError: 0,
                p: areSame ? 1 : nil, method: .deltaPaired)
        }
        let error = variance.squareRoot()
        return PairedDifference(
            difference: difference,
            interval: Interval(lower: difference - Interval.z * error, upper: difference + Interval.z * error),
            standardError: error, p: Normal.twoSidedP(difference / error), method: .deltaPaired)
    }
}

/// McNemar's test (1947) of whether two models are right equally often on the same rows: it looks only at the rows where one
/// of them is right alone.
package struct McNemar: Sendable, Equatable {
    /// Rows that the candidate alone, and that the baseline alone decides rightly; sums of weights for weighted rows.
    package let candidateAlone: Double
    package let baselineAlone: Double
    /// Two-sided binomial. Nil for weighted rows, which are no counts.
    package let exactP: Double?
    /// (b − c)²/(b + c), one degree of freedom. For weighted rows Σw² takes the place of b + c.
    package let chiSquared: Double
    package let p: Double
    /// (|b − c| − 1)²/(b + c) (Edwards, 1948); 0 where b = c. Nil for weighted rows.
    package let correctedChiSquared: Double?
    package let correctedP: Double?

    init(_ candidateAlone: WeightTotals, _ baselineAlone: WeightTotals, isWeighted: Bool) {
        self.candidateAlone = candidateAlone.sum
        self.baselineAlone = baselineAlone.sum
        let difference = abs(candidateAlone.sum - baselineAlone.sum)
        let spread = candidateAlone.squares + baselineAlone.squares
        // No row where only one is right: nothing speaks for a difference.
        chiSquared = spread > 0 ? difference * difference / spread : 0
        p = ChiSquared.upperTail(chiSquared, degreesOfFreedom: 1)
        guard !isWeighted else {
            (exactP, correctedChiSquared, correctedP) = (nil, nil, nil)
            return
        }
        let discordant = candidateAlone.rows + baselineAlone.rows
        let fewer = min(candidateAlone.rows, baselineAlone.rows)
        exactP = discordant == 0 ? 1 : min(1, 2 * Binomial.cdf(fewer, trials: discordant, probability: 0.5))
        let corrected = max(0, difference - 1)
        let statistic = spread > 0 ? corrected * corrected / spread : 0
        correctedChiSquared = statistic
        correctedP = ChiSquared.upperTail(statistic, degreesOfFreedom: 1)
    }
}
