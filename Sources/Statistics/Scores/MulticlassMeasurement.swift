/// Everything that is measured of a model of several classes, alone and beside a baseline.
package struct MulticlassMeasurement: Sendable {
    package struct Model: Sendable {
        package let metrics: [(name: String, measured: Measured)]
        package let table: ClassTable
        /// One against the rest, per class.
        package let aucs: [Estimate]
    }

    package let candidate: Model
    package let baseline: Model?
    /// The candidate's numbers minus the baseline's on the same rows. Empty without a baseline.
    package let differences: [(name: String, difference: Result<PairedDifference, Undefined>)]
    /// The share of rows that the two models put into different classes.
    package let disagreement: Share?
    package let mcnemar: McNemar?
    package let degreesOfFreedom: Double

    /// Both must have been made `ranked`, of the same labels and weights.
    package init(_ candidate: MulticlassScores, baseline: MulticlassScores? = nil, bootstrap: Bootstrap = Bootstrap()) {
        let (aucs, aucDifference) = Self.macroAUC(candidate, baseline, bootstrap)
        let (losses, lossDifference) = Self.logLoss(candidate, baseline, bootstrap)
        self.candidate = Self.model(candidate, aucs[0], losses[0])
        self.baseline = baseline.map { Self.model($0, aucs[1], losses[1]) }
        degreesOfFreedom = (candidate.weights?.effectiveRows ?? Double(candidate.count)) - 1
        guard let baseline else {
            (differences, disagreement, mcnemar) = ([], nil, nil)
            return
        }
        let pairs = PairedClasses(candidate, baseline)
        disagreement = pairs.disagreement
        mcnemar = pairs.mcnemar
        differences =
            [("auc_ovr_macro", aucDifference), ("log_loss", lossDifference)]
            + ClassMetric.allCases.map { ($0.rawValue, pairs.difference(of: $0)) }
    }

    private static func model(_ scores: MulticlassScores, _ auc: Measured, _ loss: Measured) -> Model {
        let table = scores.classTable()
        func average(_ result: Result<Double, Undefined>) -> Measured {
            switch result {
            case .success(let value):
                Measured(Estimate(value: value, interval: nil, method: .pointOnly), reason: .notComputed)
            case .failure(let reason): Measured(Estimate(value: nil, interval: nil, method: .pointOnly), reason: reason)
            }
        }
        let ranking = [
            ("auc_ovr_macro", auc), ("auc_ovr_weighted", average(scores.ovrAUC(.weighted))),
            ("auc_ovo_macro", average(scores.ovoAUC(.macro))), ("auc_ovo_weighted", average(scores.ovoAUC(.weighted))),
            ("log_loss", loss),
        ]
        return Model(
            metrics: ranking + ClassMetric.allCases.map { ($0.rawValue, $0.measured(table)) }, table: table,
            aucs: scores.rankings.indices.map { scores.ovrAUC(of: $0) })
    }

    private typealias Pair = ([Measured], Result<PairedDifference, Undefined>)

    private static func macroAUC(_ scores: MulticlassScores, _ baseline: MulticlassScores?, _ bootstrap: Bootstrap) -> Pair {
        compare(.aucOVRMacro, scores, baseline, bootstrap, gap: .undefinedInResamples) {
            $0.missesClasses ? .missingClasses : nil
        }
    }

    private static func logLoss(_ scores: MulticlassScores, _ baseline: MulticlassScores?, _ bootstrap: Bootstrap) -> Pair {
        compare(.logLoss, scores, baseline, bootstrap, gap: .noVariance) {
            $0.probabilityDefect == nil ? nil : .notProbabilities
        }
    }

    /// Both models' values and the difference. What one model's scores cannot give is still measured of the other.
    private static func compare(
        _ metric: Metric, _ scores: MulticlassScores, _ baseline: MulticlassScores?, _ bootstrap: Bootstrap, gap: Undefined,
        reasonAgainst: (MulticlassScores) -> Undefined?
    ) -> Pair {
        let gap = scores.count < 2 ? Undefined.tooFewRows : gap
        func alone(_ scores: MulticlassScores) -> Measured {
            if let reason = reasonAgainst(scores) {
                return Measured(Estimate(value: nil, interval: nil, method: .pointOnly), reason: reason)
            }
            return Measured(
                MetricComparison(of: metric, candidate: .multiclass(scores), bootstrap: bootstrap).candidate, reason: gap)
        }
        guard let baseline else { return ([alone(scores)], .failure(.notComputed)) }
        if let reason = reasonAgainst(scores) ?? reasonAgainst(baseline) {
            return ([alone(scores), alone(baseline)], .failure(reason))
        }
        let found = MetricComparison(
            of: metric, candidate: .multiclass(scores), baseline: .multiclass(baseline), bootstrap: bootstrap)
        let measured = [found.candidate, found.baseline].compactMap(\.self).map { Measured($0, reason: gap) }
        return (measured, found.difference.map { .success($0) } ?? .failure(gap))
    }
}

extension MulticlassScores {
    fileprivate var missesClasses: Bool { rankings.contains { !$0.hasBothClasses } }
}

/// Two models' decisions between several classes on the same rows.
struct PairedClasses {
    private let candidate: MulticlassScores
    private let baseline: MulticlassScores
    private let tables: (ClassTable, ClassTable)
    let disagreement: Share
    let mcnemar: McNemar

    init(_ candidate: MulticlassScores, _ baseline: MulticlassScores) {
        precondition(candidate.labels == baseline.labels, "decisions are paired on the same rows")
        self.candidate = candidate
        self.baseline = baseline
        tables = (candidate.classTable(), baseline.classTable())
        var differing = WeightTotals()
        var candidateAlone = WeightTotals()
        var baselineAlone = WeightTotals()
        let weights = candidate.weights?.values
        for row in candidate.labels.indices where candidate.decisions[row] != baseline.decisions[row] {
            let weight = weights?[row] ?? 1
            differing.add(weight)
            if candidate.decisions[row] == candidate.labels[row] { candidateAlone.add(weight) }
            if baseline.decisions[row] == candidate.labels[row] { baselineAlone.add(weight) }
        }
        disagreement = Share(differing, of: tables.0.all)
        mcnemar = McNemar(candidateAlone, baselineAlone, isWeighted: weights != nil)
    }

    /// The delta method, row by row: a row moves either metric by its slope there.
    func difference(of metric: ClassMetric) -> Result<PairedDifference, Undefined> {
        guard let first = metric.slopes(tables.0), let second = metric.slopes(tables.1) else { return .failure(.singleClass) }
        let weights = candidate.weights?.values
        var variance = 0.0
        for (row, label) in candidate.labels.enumerated() {
            let (one, other) = (Int(candidate.decisions[row]), Int(baseline.decisions[row]))
            let move = (weights?[row] ?? 1) * (first.slope(Int(label), one) - second.slope(Int(label), other))
            variance += move * move
        }
        return .success(
            .delta(first.value - second.value, variance: disagreement.part > 0 ? variance : 0, areSame: disagreement.part == 0))
    }
}
