/// A mean over rows and its standard error, gathered in one pass (Welford, 1962).
package struct Mean: Sendable {
    package private(set) var count = 0
    package private(set) var value = 0.0
    private var squares = 0.0

    package init() {}

    package init(rows: Int, _ rowValue: (Int) -> Double) {
        for row in 0..<rows { add(rowValue(row)) }
    }

    package mutating func add(_ x: Double) {
        count += 1
        let distance = x - value
        value += distance / Double(count)
        squares += distance * (x - value)
    }

    /// Nil below two rows.
    package var standardError: Double? {
        guard count >= 2 else { return nil }
        return (squares / Double(count - 1) / Double(count)).squareRoot()
    }

    /// Student's interval. Nil below two rows.
    package var interval: Interval? {
        guard let standardError else { return nil }
        let half = StudentT.quantile(1 - Interval.tail, degreesOfFreedom: Double(count - 1)) * standardError
        return Interval(lower: value - half, upper: value + half)
    }
}
