import GatehouseCore
import Scoring
import Statistics
import Testing

/// The reference is the standard library's `Double(String)`, which rounds correctly.
@Suite("Decimal numbers")
struct DecimalNumberTests {
    private func expectExact(_ cells: [String]) throws {
        let numbers = try csv("a,b\n" + cells.map { "\($0),1\n" }.joined()).numbers("a")
        for (cell, number) in zip(cells, numbers) {
            let reference = try #require(Double(cell))
            #expect(number.bitPattern == reference.bitPattern, "\(cell)")
        }
    }

    @Test("forms and edges are read to the last bit")
    func edges() throws {
        try expectExact([
            "0", "-0", "-0.0", "+1", ".5", "-.5", "5.", "0.1", "1e5", "1E-05", "1e+05", "9007199254740992", "9007199254740993.0",
            "9007199254740993e0", "0.30000000000000004", "123456789012345678.9", "9999999999999999999e-19", "1e22", "1e23",
            "1e-22",
            "1e-23", "1e-27", "1e-28", "4.9e-324", "2.4e-324", "2.5e-324", "2.2250738585072011e-308", "2.2250738585072014e-308",
            "1.7976931348623157e308", "0e999999999999", "1e-999999999999", "0." + String(repeating: "0", count: 400) + "1",
            "1." + String(repeating: "3", count: 800), "0.000000000000000000000000000123456789",
            // Halfway between neighbours, and just beside it.
            "9007199254740994.5", "9007199254740995.000000000000000000000001", "1.00000000000000011102230246251565",
            "1.00000000000000011102230246251566", "1844674407370955161.5", "1844674407370955161.6",
        ])
    }

    @Test("the shortest texts of random doubles are read back to the last bit")
    func shortest() throws {
        var random = SeededGenerator(seed: 7)
        try expectExact(
            (0..<50_000).map { _ in
                let value = Double(bitPattern: random.next())
                return value.isFinite && (value != value.rounded() || value.magnitude >= 0x1p60) ? "\(value)" : "0.5"
            })
        try expectExact((0..<50_000).map { _ in "\((random.uniform() - 0.5) * 1000)" })
    }

    @Test("random digits with random points and exponents are rounded rightly")
    func digits() throws {
        var random = SeededGenerator(seed: 11)
        try expectExact(
            (0..<100_000).map { _ in
                let count = 1 + random.below(21)
                var text = (0..<count).map { _ in String(random.below(10)) }.joined()
                while text.count > 1, text.hasPrefix("0") { text.removeFirst() }
                let fraction = (0..<(1 + random.below(12))).map { _ in String(random.below(10)) }.joined()
                return "\(random.below(2) == 0 ? "-" : "")\(text).\(fraction)"
                    + (random.below(2) == 0 ? "e\(random.below(60) - 30)" : "")
            })
    }

    @Test("every place of the point in numbers of every length is read to the last bit, before any end of a cell")
    func everyLength() throws {
        var random = SeededGenerator(seed: 13)
        var cells: [String] = []
        for length in 1...24 {
            for point in 0...length {
                for sign in ["", "-", "+"] {
                    var digits = "\(1 + random.below(9))" + (1..<max(length, 1)).map { _ in String(random.below(10)) }.joined()
                    digits.insert(".", at: digits.index(digits.startIndex, offsetBy: point))
                    cells.append(sign + digits)
                }
            }
        }
        try expectExact(cells)
        for end in ["\n", "\r\n"] {
            let numbers = try csv("b,a\(end)" + cells.map { "1,\($0)\(end)" }.joined()).numbers("a")
            #expect(numbers.map(\.bitPattern) == cells.map { Double($0)?.bitPattern })
        }
    }

    @Test(
        "what only looks like a number is text",
        arguments: ["007", "-01", "1_000", "0x10", "1e", "1e+", ".", "-", "+", "--1", "1.2.3", "1 2", "1,5", "12abc", "١٢", "e5"])
    func notNumbers(cell: String) throws {
        #expect(try csv("a,b\n\"\(cell)\",1\n").texts("a") == [cell])
    }
}
