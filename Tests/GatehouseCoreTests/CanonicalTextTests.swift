import GatehouseCore
import Testing

@Suite("Canonical JSON")
struct CanonicalTextTests {
    @Test("keys stand in the order of their UTF-8 bytes, without white space")
    func keyOrder() {
        // U+FF61 sorts before U+1F600 by code point and UTF-8, after it by UTF-16.
        let value: JSONValue = ["b": 1, "a": 2, "A": 3, "aa": 4, "": 5, "é": 6, "\u{FF61}": 7, "😀": 8, "10": 9, "9": 10]
        #expect(
            value.canonicalText
                == "{\"\":5,\"10\":9,\"9\":10,\"A\":3,\"a\":2,\"aa\":4,\"b\":1,\"é\":6,\"\u{FF61}\":7,\"😀\":8}")
    }

    @Test(
        "a double is written as ECMAScript writes it",
        arguments: [
            // Pairs checked against `String(x)` of a JavaScript engine's rules, ECMA-262 Number::toString.
            (0, "0"), (-0.0, "0"), (1, "1"), (-1, "-1"), (0.1, "0.1"), (-0.5, "-0.5"), (123.456, "123.456"),
            (0.1 + 0.2, "0.30000000000000004"), (1e5, "100000"), (1e15, "1000000000000000"), (1e16, "10000000000000000"),
            (1e20, "100000000000000000000"), (1.5e20, "150000000000000000000"), (1e21, "1e+21"), (1.5e21, "1.5e+21"),
            (-1.25e30, "-1.25e+30"), (1e100, "1e+100"), (0.001, "0.001"), (0.0001, "0.0001"), (0.00001, "0.00001"),
            (0.000001, "0.000001"), (0.00000123, "0.00000123"), (1e-7, "1e-7"), (-1.5e-7, "-1.5e-7"), (1e-10, "1e-10"),
            (9_007_199_254_740_991, "9007199254740991"), (9_007_199_254_740_992, "9007199254740992"),
            (9_007_199_254_740_994, "9007199254740994"), (-9_007_199_254_740_992, "-9007199254740992"),
            (.greatestFiniteMagnitude, "1.7976931348623157e+308"), (.leastNonzeroMagnitude, "5e-324"),
            (.leastNormalMagnitude, "2.2250738585072014e-308"),
            (333333333.3333333, "333333333.3333333"), (1.8014398509481984e16, "18014398509481984"),
        ] as [(Double, String)])
    func doubles(_ value: Double, _ text: String) {
        #expect(JSONValue.number(value).canonicalText == text)
    }

    @Test("integers are written in full")
    func integers() {
        let value: JSONValue = [.integer(.max), .integer(.min), .integer(9_007_199_254_740_993), 0]
        #expect(value.canonicalText == "[9223372036854775807,-9223372036854775808,9007199254740993,0]")
    }

    @Test("what JSON cannot carry is null")
    func notFinite() {
        let value: JSONValue = [.number(.nan), .number(.infinity), .number(-.infinity)]
        #expect(value.canonicalText == "[null,null,null]")
    }

    @Test("control characters, quotes and backslashes are escaped; nothing else is")
    func escapes() throws {
        let controls = String(String.UnicodeScalarView((0..<32).compactMap { Unicode.Scalar($0) }))
        #expect(
            JSONValue.string(controls).canonicalText
                == #""\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f"#
                + #"\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f""#)
        #expect(try JSONParser.parse(JSONValue.string(controls).canonicalText) == .string(controls))
        #expect(JSONValue.string("\"\\/\u{7F}é😀\u{2028}").canonicalText == "\"\\\"\\\\/\u{7F}é😀\u{2028}\"")
    }

    @Test("the text for people is the same value, indented")
    func pretty() throws {
        let value: JSONValue = ["b": [1, ["c": []]], "a": [:]]
        #expect(
            value.prettyText == """
                {
                  "a": {},
                  "b": [
                    1,
                    {
                      "c": []
                    }
                  ]
                }
                """)
        #expect(try JSONParser.parse(value.prettyText) == value)
    }
}
