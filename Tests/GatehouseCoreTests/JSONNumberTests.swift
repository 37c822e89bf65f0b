import GatehouseCore
import Testing

@Suite("Numbers in JSON")
struct JSONNumberTests {
    @Test(
        "a number that RFC 8259 does not know is refused",
        arguments: [
            "-", "+1", "00", "01", "-01", "-00", "1.", ".5", "-.5", "1.e1", "1e", "1E", "1e+", "1e-", "1e1.5", "1ee1", "0x10",
            "0b1",
            "1_000", "1,5", "1a", "--1", "-+1", "1-", "1.2.3", "1e1e1", "١", "½", "1\u{0}", "- 1",
        ])
    func malformed(_ text: String) throws {
        #expect(try refusal { try JSONParser.parse(text) }.message.hasPrefix("Not valid JSON: "))
    }

    @Test("a whole number stays a 64-bit integer to its limits, and is a double beyond them")
    func integers() throws {
        #expect(try JSONParser.parse("9223372036854775807") == .integer(.max))
        #expect(try JSONParser.parse("-9223372036854775808") == .integer(.min))
        #expect(try JSONParser.parse("9223372036854775808") == .number(9_223_372_036_854_775_808))
        #expect(try JSONParser.parse("-9223372036854775809") == .number(-9_223_372_036_854_775_808))
        #expect(try JSONParser.parse("18446744073709551616") == .number(18_446_744_073_709_551_616))
        #expect(try JSONParser.parse("9007199254740993") == .integer(9_007_199_254_740_993))
    }

    @Test(
        "a number with a point or an exponent is the nearest double",
        arguments: [
            ("1.0", 1), ("-0.5", -0.5), ("1e2", 100), ("1E+2", 100), ("1e-2", 0.01), ("0e99", 0), ("0.1", 0.1),
            // The classic halfway case, and the smallest and largest finite doubles (IEEE 754).
            ("9007199254740993.0", 9_007_199_254_740_992), ("4.9406564584124654e-324", .leastNonzeroMagnitude),
            ("1.7976931348623157e308", Double.greatestFiniteMagnitude),
            ("2.2250738585072011e-308", Double.leastNormalMagnitude.nextDown),
            ("1e-400", 0),
        ] as [(String, Double)])
    func doubles(_ text: String, _ value: Double) throws {
        #expect(try JSONParser.parse(text) == .number(value))
    }

    @Test("minus zero keeps its sign when it is read")
    func minusZero() throws {
        let value = try #require(try JSONParser.parse("-0").doubleValue)
        #expect(value == 0)
        #expect(value.sign == .minus)
    }

    @Test("a number beyond the range of a double is refused", arguments: ["1e309", "-1e309", "1e999999999999999999"])
    func tooLarge(_ text: String) throws {
        #expect(try refusal { try JSONParser.parse(text) }.message.contains("beyond the range of a double"))
    }

    @Test("a number of a million digits is read in good time")
    func long() throws {
        let value = try JSONParser.parse("0." + String(repeating: "3", count: 1_000_000))
        #expect(value == .number(1.0 / 3.0))
    }

    @Test("a double is read as a whole number only where it is one")
    func wholeNumbers() {
        #expect(JSONValue.number(7).integerValue == 7)
        #expect(JSONValue.number(7.5).integerValue == nil)
        #expect(JSONValue.number(1e19).integerValue == nil)
        #expect(JSONValue.number(.nan).integerValue == nil)
        #expect(JSONValue.integer(7).doubleValue == 7)
        #expect(JSONValue.string("7").integerValue == nil)
        #expect(JSONValue.number(orNull: .infinity) == .null)
        #expect(JSONValue.number(orNull: nil) == .null)
        #expect(JSONValue.number(orNull: 0.5) == 0.5)
    }
}
