/// A rising function fitted to weighted points, by pooling adjacent violators (Ayer et al., 1955).
///
/// Between its points it is interpolated linearly, beyond them constant: scikit-learn's `IsotonicRegression` with
/// `out_of_bounds="clip"`.
package struct IsotonicFit: Sendable, Equatable {
    /// Ascending and distinct.
    private let places: [Double]
    /// Not falling, one per place.
    private let levels: [Double]

    /// Fits `sums[i] / weights[i]`, the mean at `places[i]`. `places` are ascending and distinct; those without weight are left
    /// out. Nil when nothing has weight.
    package init?(places: [Double], weights: [Double], sums: [Double]) {
        precondition(places.count == weights.count && places.count == sums.count, "a weight and a sum per place")
        // A block is its weight, its sum and where it ends; its mean never falls below that of the block before.
        var blocks: [(weight: Double, sum: Double, end: Int)] = []
        var kept: [Double] = []
        for index in places.indices where weights[index] > 0 {
            kept.append(places[index])
            var block = (weight: weights[index], sum: sums[index], end: kept.count)
            while let last = blocks.last, last.sum * block.weight >= block.sum * last.weight {
                block.weight += last.weight
                block.sum += last.sum
                blocks.removeLast()
            }
            blocks.append(block)
        }
        guard !kept.isEmpty else { return nil }
        var levels: [Double] = []
        levels.reserveCapacity(kept.count)
        for block in blocks {
            let level = block.sum / block.weight
            while levels.count < block.end { levels.append(level) }
        }
        self.places = kept
        self.levels = levels
    }

    /// The values at ascending places, in one walk.
    package func values(atAscending wanted: [Double]) -> [Double] {
        var next = 0
        return wanted.map { place in
            while next < places.count, places[next] < place { next += 1 }
            guard next < places.count else { return levels[places.count - 1] }
            if next == 0 || places[next] == place { return levels[next] }
            let (left, right) = (levels[next - 1], levels[next])
            // Halved, as the difference of two scores may overflow.
            let share = (place / 2 - places[next - 1] / 2) / (places[next] / 2 - places[next - 1] / 2)
            return left + (right - left) * share
        }
    }
}
