/// How several classes' scores rank the rows. `MulticlassScores` must have been made `ranked`.
extension MulticlassScores {
    /// Beyond so many classes nobody asks for every pair, and their number grows with the square.
    package static let pairedClassesMax = 50

    package enum Average: Sendable {
        case macro
        /// By how much weight the labels of the class, or of the pair of classes, carry.
        case weighted
    }

    /// The AUC of one class against the rest, with DeLong's interval.
    package func ovrAUC(of label: Int) -> Estimate { DeLong.estimate(rankings[label]) }

    /// The mean over classes of the AUC of one against the rest. Fails unless every class occurs.
    package func ovrAUC(_ average: Average) -> Result<Double, Undefined> {
        var sum = 0.0
        var weights = 0.0
        for ranking in rankings {
            guard let auc = ranking.auc() else { return .failure(.missingClasses) }
            let weight = average == .macro ? 1 : ranking.totals.positive.sum
            sum += weight * auc
            weights += weight
        }
        return weights > 0 ? .success(sum / weights) : .failure(.missingClasses)
    }

    /// The mean over pairs of classes of how well their own scores part them (Hand and Till, 2001): each pair's rows alone,
    /// the AUC by the score of either class, the two averaged. Fails unless every class occurs, and for too many classes.
    package func ovoAUC(_ average: Average) -> Result<Double, Undefined> {
        guard rankings.count >= 2 else { return .failure(.missingClasses) }
        guard rankings.count <= Self.pairedClassesMax else { return .failure(.tooManyClasses) }
        var places = [[UInt32]](repeating: [], count: classes)
        for (row, label) in labels.enumerated() { places[Int(label)].append(UInt32(row)) }
        var sum = 0.0
        var weights = 0.0
        for first in rankings.indices {
            for second in rankings.indices where second > first {
                let rows = (places[first] + places[second])[...]
                guard !rows.isEmpty else { return .failure(.missingClasses) }
                let pair = rankings[first].rows(at: rows)
                guard let one = pair.auc(), let other = rankings[second].rows(at: rows).auc() else {
                    return .failure(.missingClasses)
                }
                let weight = average == .macro ? 1 : pair.totals.positive.sum + pair.totals.negative.sum
                sum += weight * (one + other) / 2
                weights += weight
            }
        }
        return .success(sum / weights)
    }
}
