import Testing

@testable import Commands

@Suite("Numbers with a fixed count of decimals")
struct FixedTests {
    @Test(
        "halves are rounded away from zero",
        arguments: [
            (0, 2, "0.00"), (-0.0, 2, "0.00"), (1, 0, "1"), (0.5, 0, "1"), (-0.5, 0, "-1"), (2.5, 0, "3"), (0.125, 2, "0.13"),
            (-0.125, 2, "-0.13"), (0.1, 4, "0.1000"), (0.00004, 4, "0.0000"), (-0.00004, 4, "0.0000"), (0.00005, 4, "0.0001"),
            (9.9999, 3, "10.000"), (99.99, 1, "100.0"), (123.456, 1, "123.5"), (0.07, 2, "0.07"), (1e15, 0, "1000000000000000"),
        ] as [(Double, Int, String)])
    func rounding(_ value: Double, _ decimals: Int, _ text: String) {
        #expect(value.fixed(decimals) == text)
    }

    @Test("what does not fit is written as it is, and nothing crashes")
    func extremes() {
        #expect(Double.nan.fixed(2) == "nan")
        #expect(Double.infinity.fixed(2) == "inf")
        #expect((-Double.infinity).fixed(2) == "-inf")
        #expect(1e300.fixed(4) == "1e+300")
        #expect(Double.leastNonzeroMagnitude.fixed(4) == "0.0000")
        #expect((-1e300).fixed(0) == "-1e+300")
    }

    @Test(
        "about four significant digits are what a person compares",
        arguments: [
            (0, "0"), (0.7512345, "0.7512"), (-0.018, "-0.0180"), (1, "1.000"), (3.14159, "3.142"), (31.4159, "31.42"),
            (314.159, "314.2"), (31415.9, "31416"), (.nan, "nan"), (.infinity, "inf"),
        ] as [(Double, String)])
    func significant(_ value: Double, _ text: String) {
        #expect(CheckReport.number(value) == text)
    }
}
