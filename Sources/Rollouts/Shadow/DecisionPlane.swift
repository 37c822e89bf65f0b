/// How two versions' predictions of the same rows lie against each other: the rows themselves while they are few, counts of
/// squares when they are many, and how the decisions fall either way.
package struct DecisionPlane: Sendable, Equatable {
    /// Squares per side.
    package static let side = 24
    /// Up to so many rows each is a point.
    package static let pointsMax = 2_000

    package let threshold: Double
    package private(set) var rows = 0
    package private(set) var bothYes = 0
    package private(set) var bothNo = 0
    /// A yes of production's alone, and of the shadow's alone.
    package private(set) var productionAlone = 0
    package private(set) var shadowAlone = 0
    /// Production's and the shadow's prediction, of the first rows.
    package private(set) var points: [(production: Double, shadow: Double)] = []
    package private(set) var lower = 0.0
    package private(set) var upper = 1.0
    /// By square, row by row from the lower left; empty until `finish`.
    package private(set) var counts: [Int] = []
    /// Rows outside of the squares, counted at their edge.
    package private(set) var outside = 0

    package init(threshold: Double) { self.threshold = threshold }

    /// `production` and `shadow` are finite.
    package mutating func observe(production: Double, shadow: Double) {
        rows += 1
        switch (production >= threshold, shadow >= threshold) {
        case (true, true): bothYes += 1
        case (false, false): bothNo += 1
        case (true, false): productionAlone += 1
        case (false, true): shadowAlone += 1
        }
        if counts.isEmpty, points.count < Self.pointsMax {
            points.append((production, shadow))
        } else {
            finish()
            count(production, shadow)
        }
    }

    /// Fixes the squares. They cover 0…1, or where the first rows lie elsewhere as far as those go.
    package mutating func finish() {
        guard counts.isEmpty else { return }
        let values = points.flatMap { [$0.production, $0.shadow] }
        let (low, high) = (values.min() ?? 0, values.max() ?? 1)
        if low < 0 || high > 1, high - low > 0, (high - low).isFinite { (lower, upper) = (low, high) }
        counts = Array(repeating: 0, count: Self.side * Self.side)
        for point in points { count(point.production, point.shadow) }
    }

    private mutating func count(_ production: Double, _ shadow: Double) {
        // A number at the upper end itself belongs to the last square.
        if production < lower || production > upper || shadow < lower || shadow > upper { outside += 1 }
        counts[place(shadow) * Self.side + place(production)] += 1
    }

    private func place(_ value: Double) -> Int {
        let place = ((value - lower) / (upper - lower) * Double(Self.side)).rounded(.down)
        return Int(min(max(place, 0), Double(Self.side - 1)))
    }

    package func share(_ rows: Int) -> Double { self.rows > 0 ? Double(rows) / Double(self.rows) : 0 }

    package static func == (left: Self, right: Self) -> Bool {
        left.threshold == right.threshold && left.rows == right.rows && left.bothYes == right.bothYes
            && left.bothNo == right.bothNo && left.productionAlone == right.productionAlone && left.counts == right.counts
            && left.points.elementsEqual(right.points) { $0 == $1 }
    }
}
