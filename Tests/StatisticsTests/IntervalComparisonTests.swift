import Testing

@testable import Statistics

@Suite struct IntervalComparisonTests {
    private let interval = Interval(lower: -0.02, upper: 0.06)

    @Test("an interval lies above, below, or includes a number; at its very end it includes it")
    func compared() {
        #expect(interval.compared(to: -0.03) == .above)
        #expect(interval.compared(to: 0.07) == .below)
        #expect(interval.compared(to: 0) == .includes)
        #expect(interval.compared(to: -0.02) == .includes && interval.compared(to: 0.06) == .includes)
    }

    @Test("rows to decide grow with the square of the interval's reach over the distance")
    func rowsToDecide() {
        // Value 0.02, reach 0.04 down to the lower end, distance 0.02 from 0: four times the rows.
        #expect(interval.rowsToDecide(0.02, against: 0, rows: 500) == 2000)
        // Below the reference the upper end decides: reach 0.04, distance 0.01.
        #expect(interval.rowsToDecide(0.02, against: 0.03, rows: 500) == 8000)
        #expect(interval.rowsToDecide(0.02, against: 0.02, rows: 500) == nil)
        #expect(interval.rowsToDecide(0.02, against: 0.02 + 1e-12, rows: 500) == nil)
        #expect(interval.rowsToDecide(0.02, against: 0, rows: .max) == nil)
    }

    @Test("a difference without an interval decides nothing")
    func undefined() {
        let none = PairedDifference(difference: 0.1, interval: nil, standardError: nil, p: nil, method: .delongPaired)
        #expect(none.compared(to: 0) == nil)
        #expect(none.rowsToDecide(against: 0, rows: 100) == nil)
    }

    @Test("non-inferiority of a loss is asked of the negated difference")
    func negated() {
        let loss = PairedDifference(
            difference: 0.004, interval: Interval(lower: -0.001, upper: 0.009), standardError: 0.0025, p: 0.11,
            method: .studentT)
        #expect(loss.negated.interval == Interval(lower: -0.009, upper: 0.001))
        #expect(loss.negated.compared(to: -0.01) == .above)
        #expect(loss.negated.compared(to: -0.005) == .includes)
        #expect(loss.negated.negated == loss)
    }
}
