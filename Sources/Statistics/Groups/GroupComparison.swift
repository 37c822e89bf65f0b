/// A difference that concerns one group, with the p-value of no difference.
package struct GroupDifference: Sendable, Equatable {
    package let difference: Double?
    package let interval: Interval?
    package let standardError: Double?
    package let p: Double?
    /// `p` after Holm's correction for having asked it of every group of the grouping.
    package fileprivate(set) var adjustedP: Double?
    package let method: IntervalMethod
    /// Why the difference is not judged: it is missing, or rests on too few rows. It then has no p-value.
    package let reason: Undefined?

    /// Below it a difference is called one.
    package static let level = 1 - Interval.level

    package var isBelow: Bool { adjustedP.map { $0 < Self.level } == true && (difference ?? 0) < 0 }
    package var isAbove: Bool { adjustedP.map { $0 < Self.level } == true && (difference ?? 0) > 0 }

    init(_ difference: PairedDifference, reason: Undefined?) {
        self.difference = difference.difference
        interval = difference.interval
        standardError = difference.standardError
        p = reason == nil ? difference.p : nil
        method = difference.method
        self.reason = reason ?? (difference.p == nil ? .noVariance : nil)
    }

    init(_ result: Result<PairedDifference, Undefined>, reason: Undefined?) {
        switch result {
        case .success(let difference): self.init(difference, reason: reason)
        case .failure(let undefined): self.init(undefined: reason ?? undefined, method: .deltaPaired)
        }
    }

    init(undefined reason: Undefined, method: IntervalMethod) {
        (difference, interval, standardError, p) = (nil, nil, nil, nil)
        self.method = method
        self.reason = reason
    }

    /// Corrects the p-values of one question asked of every group. Two groups that make up all rows are one question: each is
    /// the other's complement.
    fileprivate static func adjust<Comparison>(
        _ comparisons: inout [Comparison], _ path: WritableKeyPath<Comparison, GroupDifference>, isMirrored: Bool
    ) {
        let asked = comparisons.indices.filter { comparisons[$0][keyPath: path].p != nil }
        let values = asked.compactMap { comparisons[$0][keyPath: path].p }
        let adjusted = isMirrored ? values : Multiplicity.holm.adjusted(values.map { min(1, max(0, $0)) })
        for (index, p) in zip(asked, adjusted) { comparisons[index][keyPath: path].adjustedP = p }
    }
}

/// A group against all other rows: not against everybody, who contain it.
package struct ComplementComparison: Sendable, Equatable {
    package fileprivate(set) var auc: GroupDifference
    package fileprivate(set) var selectionRate: GroupDifference
    package fileprivate(set) var truePositiveRate: GroupDifference
    package fileprivate(set) var falsePositiveRate: GroupDifference
}

/// What changes for a group when the candidate takes the baseline's place. The same rows under both models: base rates and
/// how hard a group is to rank cancel out.
package struct BaselineComparison: Sendable, Equatable {
    package fileprivate(set) var auc: GroupDifference
    package fileprivate(set) var selectionRate: GroupDifference
    package fileprivate(set) var truePositiveRate: GroupDifference
    package fileprivate(set) var falsePositiveRate: GroupDifference
}

package enum GroupComparison {
    /// Every group of the grouping against the rest of the rows, in the order of its groups. Differences are group minus rest.
    ///
    /// AUCs as of independent samples, each with DeLong's variance; rates by the square-and-add interval and the pooled z test,
    /// effective rows in place of rows where they are weighted. `scores` and the grouping must be of the same rows.
    package static func againstComplement(
        _ scores: BinaryScores, _ grouping: Grouping, minimums: GroupMinimums = GroupMinimums()
    ) -> [ComplementComparison]? {
        guard let tables = scores.decisionTables(byGroup: grouping.codes, groups: grouping.groups.count) else { return nil }
        let whole = tables.reduce(DecisionTable.nothing, +)
        var comparisons = tables.enumerated().map { group, table in
            let rest = whole.without(table)
            return ComplementComparison(
                auc: aucDifference(scores, grouping.codes, Int32(group), table, rest, minimums),
                selectionRate: rateDifference(.selectionRate, table, rest, minimums),
                truePositiveRate: rateDifference(.recall, table, rest, minimums),
                falsePositiveRate: rateDifference(.falsePositiveRate, table, rest, minimums))
        }
        let isMirrored = tables.count { $0.all.rows > 0 } == 2
        for path in [\ComplementComparison.auc, \.selectionRate, \.truePositiveRate, \.falsePositiveRate] {
            GroupDifference.adjust(&comparisons, path, isMirrored: isMirrored)
        }
        return comparisons
    }

    /// The candidate minus the baseline inside every group, paired by row: AUCs by DeLong, rates by the delta method.
    ///
    /// Both models must have been made from the same labels and weights; each decides by its own threshold. Nil when the
    /// grouping is not of these rows.
    package static func againstBaseline(
        _ scores: BinaryScores, _ baseline: BinaryScores, _ grouping: Grouping, minimums: GroupMinimums = GroupMinimums()
    ) -> [BaselineComparison]? {
        let count = grouping.groups.count
        guard grouping.codes.count == scores.count, baseline.count == scores.count else { return nil }
        let decisions = PairedDecisions.byGroup(scores, baseline, grouping.codes, groups: count)
        let aucs = aucDifferences(scores, baseline, grouping)
        var comparisons = (0..<count).map { group in
            let (decisions, table) = (decisions[group], decisions[group].candidate)
            let reason = minimums.reasonAgainst(ranking: table)
            return BaselineComparison(
                auc: aucs[group].map { GroupDifference($0, reason: reason) }
                    ?? GroupDifference(undefined: reason ?? .singleClass, method: .delongPaired),
                selectionRate: GroupDifference(
                    decisions.difference(of: .selectionRate), reason: minimums.reasonAgainst(.selectionRate, in: table)),
                truePositiveRate: GroupDifference(
                    decisions.difference(of: .recall), reason: minimums.reasonAgainst(.recall, in: table)),
                falsePositiveRate: GroupDifference(
                    decisions.difference(of: .falsePositiveRate), reason: minimums.reasonAgainst(.falsePositiveRate, in: table)))
        }
        for path in [\BaselineComparison.auc, \.selectionRate, \.truePositiveRate, \.falsePositiveRate] {
            GroupDifference.adjust(&comparisons, path, isMirrored: false)
        }
        return comparisons
    }

    /// Nil for groups without rows of both classes.
    private static func aucDifferences(
        _ scores: BinaryScores, _ baseline: BinaryScores, _ grouping: Grouping
    ) -> [PairedDifference?] {
        let wins = scores.weights == nil ? PairedWins(scores, baseline, grouping.codes, groups: grouping.groups.count) : nil
        lazy var rows = GroupRows(grouping, count: scores.count)
        return grouping.groups.indices.map { group in
            if let difference = wins?.difference(group) { return difference }
            // Weighted, or nothing that wins can tell: ranked among themselves.
            guard let places = rows?[group], !places.isEmpty else { return nil }
            return DeLong.difference(scores.rows(at: places), minus: baseline.rows(at: places))
        }
    }

    private static func aucDifference(
        _ scores: BinaryScores, _ codes: [Int32], _ group: Int32, _ table: DecisionTable, _ rest: DecisionTable,
        _ minimums: GroupMinimums
    ) -> GroupDifference {
        let reason = minimums.reasonAgainst(ranking: table) ?? minimums.reasonAgainst(ranking: rest)
        if let reason, reason != .tooSmall, reason != .tooFewOfAClass {
            return GroupDifference(undefined: reason, method: .delongIndependent)
        }
        let parted = PartedRanking(scores, partedBy: codes, group: group, table, rest)
        guard let own = parted.own.auc, let other = parted.rest.auc else {
            return GroupDifference(undefined: reason ?? .singleClass, method: .delongIndependent)
        }
        let difference = own - other
        guard let variance = parted.own.variance, let otherVariance = parted.rest.variance, variance + otherVariance > 0 else {
            return GroupDifference(
                PairedDifference(
                    difference: difference, interval: nil, standardError: nil, p: nil, method: .delongIndependent),
                reason: reason ?? .noVariance)
        }
        let error = (variance + otherVariance).squareRoot()
        return GroupDifference(
            PairedDifference(
                difference: difference,
                interval: Interval(lower: difference - Interval.z * error, upper: difference + Interval.z * error),
                standardError: error, p: Normal.twoSidedP(difference / error), method: .delongIndependent), reason: reason)
    }

    private static func rateDifference(
        _ metric: DecisionMetric, _ table: DecisionTable, _ rest: DecisionTable, _ minimums: GroupMinimums
    ) -> GroupDifference {
        let reason = minimums.reasonAgainst(metric, in: table) ?? minimums.reasonAgainst(metric, in: rest)
        guard let own = metric.share(table), let other = metric.share(rest), let first = own.value, let second = other.value
        else { return GroupDifference(undefined: reason ?? .empty, method: .squareAndAdd) }
        let pooled = (own.part + other.part) / (own.whole + other.whole)
        let error = (pooled * (1 - pooled) * (1 / own.effectiveRows + 1 / other.effectiveRows)).squareRoot()
        return GroupDifference(
            PairedDifference(
                difference: first - second, interval: SquareAndAdd.interval(own, minus: other), standardError: error,
                // Nobody, or everybody, on both sides: nothing speaks for a difference.
                p: error > 0 ? Normal.twoSidedP((first - second) / error) : first == second ? 1 : nil, method: .squareAndAdd),
            reason: reason)
    }
}
