/// Count, mean and sum of squared distances of an arm's outcomes, gathered row by row (Welford, 1962) and mergeable (Chan,
/// Golub and LeVeque, 1979).
package struct Moments: Sendable, Equatable {
    package private(set) var count = 0
    package private(set) var mean = 0.0
    private var squares = 0.0

    package init() {}

    init(count: Int, mean: Double, squares: Double) {
        self.count = count
        self.mean = mean
        self.squares = squares
    }

    package init(_ values: [Double]) {
        for value in values { observe(value) }
    }

    /// The moments of zeros and ones.
    package init(_ counts: ArmCounts) {
        count = counts.trials
        mean = counts.rate ?? 0
        squares = counts.variance * Double(counts.trials)
    }

    package mutating func observe(_ x: Double) {
        count += 1
        let distance = x - mean
        mean += distance / Double(count)
        squares += distance * (x - mean)
    }

    package func merged(with other: Moments) -> Moments {
        guard count > 0 else { return other }
        guard other.count > 0 else { return self }
        var sum = self
        let total = Double(count) + Double(other.count)
        let distance = other.mean - mean
        sum.count += other.count
        sum.mean += distance * (Double(other.count) / total)
        sum.squares += other.squares + distance * distance * (Double(count) * Double(other.count) / total)
        return sum
    }

    /// Unbiased variance of one row; nil below two rows or beyond the range of a double.
    package var variance: Double? {
        guard count >= 2, squares.isFinite else { return nil }
        return max(0, squares) / Double(count - 1)
    }

    package var standardDeviation: Double? { variance.map { $0.squareRoot() } }
}

/// Moments of pairs (x, y): what adjusting by a covariate and ratio metrics need. Mergeable.
package struct JointMoments: Sendable, Equatable {
    package private(set) var count = 0
    package private(set) var meanX = 0.0
    package private(set) var meanY = 0.0
    /// Sums of squared distances and of their products.
    private(set) var squaresX = 0.0
    private(set) var squaresY = 0.0
    private(set) var products = 0.0

    package init() {}

    package mutating func observe(x: Double, y: Double) {
        count += 1
        let n = Double(count)
        let (distanceX, distanceY) = (x - meanX, y - meanY)
        meanX += distanceX / n
        meanY += distanceY / n
        squaresX += distanceX * (x - meanX)
        squaresY += distanceY * (y - meanY)
        products += distanceX * (y - meanY)
    }

    package func merged(with other: JointMoments) -> JointMoments {
        guard count > 0 else { return other }
        guard other.count > 0 else { return self }
        var sum = self
        let total = Double(count) + Double(other.count)
        let weight = Double(count) * Double(other.count) / total
        let (distanceX, distanceY) = (other.meanX - meanX, other.meanY - meanY)
        sum.count += other.count
        sum.meanX += distanceX * (Double(other.count) / total)
        sum.meanY += distanceY * (Double(other.count) / total)
        sum.squaresX += other.squaresX + distanceX * distanceX * weight
        sum.squaresY += other.squaresY + distanceY * distanceY * weight
        sum.products += other.products + distanceX * distanceY * weight
        return sum
    }

    var isFinite: Bool { squaresX.isFinite && squaresY.isFinite && products.isFinite }
}
