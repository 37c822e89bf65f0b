import Glibc

/// How much each row counts, as scikit-learn's `sample_weight`: every sum over rows becomes a weighted one. Only ratios
/// matter.
///
/// Weights say what a row stands for, not how often it was seen, so an uncertainty rests on the *effective* number of rows
/// (Σw)²/Σw² (Kish, 1965), which is the number of rows when all weights are equal.
package struct RowWeights: Sendable, Equatable {
    /// One per row, none negative, some positive.
    package let values: [Double]
    package let sum: Double
    /// Σw².
    let squares: Double

    package var effectiveRows: Double { sum * sum / squares }

    /// Fails when there is not one weight per row, when one is negative, NaN or infinite, or when all are 0.
    package init(_ weights: [Double], rows: Int) throws(ScoreDefect) {
        guard weights.count == rows else { throw .weightCounts(rows: rows, weights: weights.count) }
        if let (count, row) = BinaryScores.offenders(weights, where: { !($0 >= 0 && $0 < .infinity) }) {
            throw .weights(count: count, firstRow: row)
        }
        let greatest = weights.max() ?? 0
        guard greatest > 0 else { throw .noWeight }
        values = Self.scaled(weights, greatest: greatest)
        sum = values.reduce(0, +)
        squares = values.reduce(0) { $0 + $1 * $1 }
    }

    /// Nil stays nil: every row counts 1.
    static func checked(_ weights: [Double]?, rows: Int) throws(ScoreDefect) -> RowWeights? {
        guard let weights else { return nil }
        return try RowWeights(weights, rows: rows)
    }

    /// The weights of some rows; as they are, so that rows of two models keep the same ones.
    func rows(at places: ArraySlice<UInt32>) -> RowWeights { RowWeights(checked: places.map { values[Int($0)] }) }

    private init(checked: [Double]) {
        values = checked
        sum = checked.reduce(0, +)
        squares = checked.reduce(0) { $0 + $1 * $1 }
    }

    /// What a row counts when it was drawn as often as `drawn` says (once when nil).
    static func weight(of row: Int, _ weights: RowWeights?, drawn: [UInt8]?) -> Double {
        (weights?.values[row] ?? 1) * (drawn.map { Double($0[row]) } ?? 1)
    }

    /// Squares of very large or small weights would overflow or vanish. A power of two brings them back and changes no digit.
    private static func scaled(_ weights: [Double], greatest: Double) -> [Double] {
        let exponent = Int(greatest.exponent)
        guard abs(exponent) > 200 else { return weights }
        return weights.map { scalbn($0, Int32(-exponent)) }
    }
}

/// The rows of one class, or of one sample, as far as sampling variances need them.
package struct WeightTotals: Sendable, Equatable {
    /// Rows with a weight above 0.
    package private(set) var rows = 0
    package private(set) var sum = 0.0
    /// Σw².
    private(set) var squares = 0.0

    init() {}

    /// Rows that count 1 each.
    init(rows: Int) {
        self.rows = rows
        sum = Double(rows)
        squares = sum
    }

    init(rows: Int, sum: Double, squares: Double) {
        self.rows = rows
        self.sum = sum
        self.squares = squares
    }

    mutating func add(_ weight: Double) {
        guard weight > 0 else { return }
        rows += 1
        sum += weight
        squares += weight * weight
    }

    package var effectiveRows: Double { squares > 0 ? sum / squares * sum : 0 }

    static func + (one: WeightTotals, other: WeightTotals) -> WeightTotals {
        var total = one
        total.rows += other.rows
        total.sum += other.sum
        total.squares += other.squares
        return total
    }

    /// What is left without `other`, which is a part of this.
    static func - (one: WeightTotals, other: WeightTotals) -> WeightTotals {
        guard one.rows > other.rows else { return WeightTotals() }
        return WeightTotals(
            rows: one.rows - other.rows, sum: max(0, one.sum - other.sum), squares: max(0, one.squares - other.squares))
    }

    /// The variance of a weighted mean from Σw²(x − mean)². Nil below two rows, or where one row has all the weight.
    ///
    /// Σw²(x − mean)²/(Σw)² is the mean's variance by its influence function; the factor nₑ/(nₑ − 1), nₑ = (Σw)²/Σw², keeps it
    /// unbiased in small samples. Together they are Σw²(x − mean)²/((Σw)² − Σw²): with equal weights s²/n exactly.
    func varianceOfMean(_ weightedSquares: Double) -> Double? {
        let denominator = sum * sum - squares
        guard rows >= 2, denominator > 0 else { return nil }
        return weightedSquares / denominator
    }
}

/// A total for each class.
struct ClassTotals: Sendable, Equatable {
    var positive = WeightTotals()
    var negative = WeightTotals()

    var rarestEffectiveRows: Double { min(positive.effectiveRows, negative.effectiveRows) }

    mutating func add(_ weight: Double, label: UInt8) {
        if label == 1 { positive.add(weight) } else { negative.add(weight) }
    }
}
