/// One or two models' rankings of the same unweighted rows, to be measured on the same resamples.
///
/// Rows are drawn by their place in the candidate's order: rows are exchangeable, and its walk then needs no look-ups.
struct RankedPair: Sendable {
    private let metric: Metric
    private let candidate: RankWalk
    private let baseline: RankWalk?

    /// Nil unless the metric is one of the ranking and the rows are without weights.
    init?(_ metric: Metric, _ candidate: ScoredRows, _ baseline: ScoredRows?) {
        guard metric == .aucROC || metric == .prAUC || metric == .ks, let scores = candidate.binary, scores.weights == nil
        else { return nil }
        self.metric = metric
        let order = scores.rowOrder
        self.candidate = RankWalk(byPlace: order)
        self.baseline = baseline?.binary.map { RankWalk($0.rowOrder, byPlaceIn: order) }
    }

    func values(drawn: [UInt8]) -> (Double?, Double?) {
        let counts = candidate.counts(drawn)
        return (value(candidate, drawn, counts), baseline.flatMap { value($0, drawn, counts) })
    }

    private func value(_ walk: RankWalk, _ drawn: [UInt8], _ counts: RankWalk.Counts) -> Double? {
        switch metric {
        case .prAUC: walk.averagePrecision(drawn: drawn, of: counts)
        case .ks: walk.kolmogorovSmirnov(drawn: drawn, of: counts)
        case .aucROC, .logLoss, .brier, .ece, .accuracy, .f1, .rmse, .mae, .r2, .aucOVRMacro, .f1Macro:
            walk.auc(drawn: drawn, of: counts)
        }
    }
}
