/// Scores read as probabilities, beside what happened: how well a model is calibrated.
package struct Reliability: Sendable, Equatable {
    /// How scores are put into bins.
    package enum Scheme: String, Sendable, CaseIterable {
        /// [0, 0.1), …, [0.9, 1].
        case equalWidth = "equal_width"
        /// Between the deciles of the scores, so that bins hold about the same number of rows. A score that equals a cut lies
        /// below it, ties are never parted, and a bin that this leaves empty is not listed.
        case equalMass = "equal_mass"
    }

    package struct Bin: Sendable, Equatable {
        package let lower: Double
        package let upper: Double
        package let rows: Int
        /// Σ of the weights; the number of rows where there are none.
        package let weight: Double
        package let meanScore: Double
        /// The share of positives.
        package let observed: Share

        package var gap: Double { abs(meanScore - (observed.value ?? meanScore)) }
    }

    package let scheme: Scheme
    /// Those that hold weight, from the lowest scores to the highest.
    package let bins: [Bin]

    /// Expected calibration error: Σ (weight of a bin / all weight) × |mean score − share of positives|.
    package var expectedError: Double {
        let all = bins.reduce(0) { $0 + $1.weight }
        return bins.reduce(0) { $0 + $1.weight / all * $1.gap }
    }

    /// The largest |mean score − share of positives| of any bin.
    package var greatestError: Double { bins.reduce(0) { max($0, $1.gap) } }

    /// Nil when the scores are not probabilities.
    package init?(_ scores: BinaryScores, scheme: Scheme) {
        guard scores.probabilityDefect == nil else { return nil }
        self.scheme = scheme
        let width = BinaryScores.calibrationBins
        let edges: [Double]
        switch scheme {
        case .equalWidth:
            edges = (0...width).map { Double($0) / Double(width) }
            bins = Self.bins(scores, edges) { min(Int($0 * Double(width)), width - 1) }
        case .equalMass:
            let cuts = scores.decileCuts()
            edges = [scores.scores.min() ?? 0] + cuts + [scores.scores.max() ?? 1]
            bins = Self.bins(scores, edges) { score in
                var bin = 0
                while bin < cuts.count, score > cuts[bin] { bin += 1 }
                return bin
            }
        }
    }

    @inline(__always)
    private static func bins(_ scores: BinaryScores, _ edges: [Double], _ binOf: (Double) -> Int) -> [Bin] {
        let count = edges.count - 1
        var sums = [Double](repeating: 0, count: count)
        // Two cells per bin: negatives, positives.
        var cells = [WeightTotals](repeating: WeightTotals(), count: 2 * count)
        let weights = scores.weights?.values
        for (row, score) in scores.scores.enumerated() {
            let weight = weights?[row] ?? 1
            let bin = binOf(score)
            sums[bin] += weight * score
            cells[2 * bin + Int(scores.labels[row])].add(weight)
        }
        return (0..<count).compactMap { (bin) -> Bin? in
            let positives = cells[2 * bin + 1]
            let all = positives + cells[2 * bin]
            guard all.sum > 0 else { return nil }
            return Bin(
                lower: edges[bin], upper: edges[bin + 1], rows: all.rows, weight: all.sum,
                meanScore: sums[bin] / all.sum, observed: Share(positives, of: all))
        }
    }
}

extension BinaryScores {
    /// The nine inner deciles of the scores, each once.
    ///
    /// Interpolated between order statistics (Hyndman and Fan's type 7), as scikit-learn's `calibration_curve` has them. With
    /// weights the least score at or below which lies that share of the weight: weighted rows have no positions to
    /// interpolate between.
    func decileCuts() -> [Double] {
        let sorted = order.map { scores[Int($0)] }
        let parts = Self.calibrationBins
        var cuts: [Double] = []
        if let weights {
            var below = 0.0
            var part = 1
            for (place, row) in order.enumerated() where part < parts {
                below += weights.values[Int(row)]
                while part < parts, below >= weights.sum * Double(part) / Double(parts) {
                    cuts.append(sorted[place])
                    part += 1
                }
            }
        } else {
            cuts = (1..<parts).map { part in
                let (place, rest) = ((sorted.count - 1) * part).quotientAndRemainder(dividingBy: parts)
                guard rest > 0 else { return sorted[place] }
                return sorted[place] + Double(rest) / Double(parts) * (sorted[place + 1] - sorted[place])
            }
        }
        return cuts.enumerated().filter { $0 == 0 || $1 != cuts[$0 - 1] }.map(\.element)
    }
}
