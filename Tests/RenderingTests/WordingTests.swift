import Rendering
import Testing

@Suite struct WordingTests {
    @Test(
        "numbers have a fixed number of decimals",
        arguments: [
            (0.86125, 4, "0.8612"), (-0.01807, 4, "−0.0181"), (-0.00001, 2, "0.00"), (50, 0, "50"), (1234.5, 1, "1234.5"),
            (.infinity, 2, "∞"),
            (-.infinity, 2, "−∞"), (.nan, 2, "NaN"),
        ])
    func fixed(_ value: Double, _ decimals: Int, _ expected: String) {
        #expect(Wording.fixed(value, decimals) == expected)
    }

    @Test("the largest number fits")
    func largest() {
        #expect(Wording.fixed(-.greatestFiniteMagnitude, 4).count == 1 + 309 + 1 + 4)
    }

    @Test(
        "large and small numbers are written as powers of ten, without zeros at the end",
        arguments: [
            (1_234_567, 3, "1.23e6"), (-0.00012, 3, "−1.2e−4"), (1e300, 4, "1e300"), (0, 3, "0e0"), (.infinity, 3, "∞"),
            (10, 1, "1e1"),
        ])
    func scientific(_ value: Double, _ significant: Int, _ expected: String) {
        #expect(Wording.scientific(value, significant) == expected)
    }

    @Test("a number too long to read digit by digit becomes a power of ten")
    func readable() {
        #expect(Wording.readable(-123.456, 1) == "−123.5")
        #expect(Wording.readable(1.5e12, 4) == "1.5e12")
    }

    @Test("numbers that differ look different")
    func apart() {
        #expect(Wording.apart(0.81999, 0.82) == ("0.81999", "0.82000"))
        #expect(Wording.apart(0.82, 0.82) == ("0.8200", "0.8200"))
        #expect(Wording.apart(0.5.nextUp, 0.5, decimals: 1).1 == "0.500000000000000")
    }

    @Test("long lists are cut and say how much is left out")
    func list() {
        #expect(Wording.list(["a", "b"]) == "a, b")
        #expect(Wording.list(["a", "b", "c", "d"], max: 2, separator: "; ") == "a; b and 2 more")
    }

    @Test("shares, ranges and counts read as people write them")
    func words() {
        #expect(Wording.percent(0.421) == "42.1 %")
        #expect(Wording.range(-0.0454, 0.0092) == "−0.0454…0.0092")
        #expect(Wording.count(1, "row") == "1 row" && Wording.count(0, "row") == "0 rows")
        #expect(Wording.count(12_345, "row") == "12,345 rows" && Wording.grouped(999) == "999")
        #expect(Wording.grouped(-1_000_000) == "−1,000,000" && Wording.grouped(.min) == "−9,223,372,036,854,775,808")
        #expect(Wording.compactPercent(0.8) == "80 %" && Wording.compactPercent(0.999) == "99.9 %")
    }

    @Test(
        "a p-value has the digits that a person weighs",
        arguments: [
            (0.69141, "0.69", "p = 0.69"), (0.0151, "0.015", "p = 0.015"), (0.0996, "0.10", "p = 0.10"),
            (0.00099, "< 0.001", "p < 0.001"), (0, "< 0.001", "p < 0.001"), (1, "1.00", "p = 1.00"),
        ])
    func pValue(_ p: Double, _ cell: String, _ sentence: String) {
        #expect(Wording.pValue(p) == cell && Wording.pEquals(p) == sentence)
    }
}
