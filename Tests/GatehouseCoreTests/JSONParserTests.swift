import GatehouseCore
import Testing

@Suite("Reading JSON")
struct JSONParserTests {
    struct Accepted: Sendable {
        let text: String
        let value: JSONValue

        init(_ text: String, _ value: JSONValue) {
            self.text = text
            self.value = value
        }
    }

    @Test(
        "every kind of value is read",
        arguments: [
            Accepted("null", nil), Accepted("true", true), Accepted("false", false),
            Accepted("0", 0), Accepted("-1", -1), Accepted("  7\t\r\n", 7),
            Accepted(#""""#, ""), Accepted(#""é漢😀""#, "é漢😀"), Accepted("\"\u{7F}\"", "\u{7F}"),
            Accepted("[]", []), Accepted("[ ]", []), Accepted("[1,[2,[]]]", [1, [2, []]]),
            Accepted("{}", [:]), Accepted("{ }", [:]), Accepted(#" { "a" : [ null , { "b" : 1 } ] } "#, ["a": [nil, ["b": 1]]]),
            Accepted(#"{"":0}"#, ["": 0]), Accepted(#"{"a":1,"A":2}"#, ["a": 1, "A": 2]),
        ])
    func values(_ accepted: Accepted) throws {
        #expect(try JSONParser.parse(accepted.text) == accepted.value)
    }

    @Test(
        "every escape stands for its character",
        arguments: [
            Accepted(#""\"\\\/""#, #""\/"#), Accepted(#""\b\f\n\r\t""#, "\u{8}\u{C}\n\r\t"),
            Accepted(#""\u0041\u00e9\u00E9""#, "Aéé"), Accepted(#""\u0000""#, "\0"), Accepted(#""\uFFFF""#, "\u{FFFF}"),
            Accepted(#""\uD83D\uDE00""#, "😀"), Accepted(#""\ud800\udc00""#, "\u{10000}"),
            Accepted(#""\uDBFF\uDFFF""#, "\u{10FFFF}"), Accepted(#""a\u000Ab""#, "a\nb"),
        ])
    func escapes(_ accepted: Accepted) throws {
        #expect(try JSONParser.parse(accepted.text) == accepted.value)
    }

    @Test(
        "a string that is not well formed is refused",
        arguments: [
            #"""#, #""abc"#, #""\"#, #""\""#, #""\x""#, #""\a""#, #""\U0041""#, #""\u""#, #""\u12""#, #""\u123""#, #""\u12G4""#,
            #""\u+123""#, #""\u-123""#, #""\u 123""#, #""\uD800""#, #""\uD800x""#, #""\uD800\n""#, #""\uD800\u""#,
            #""\uD800\u0041""#, #""\uD800\uD800""#, #""\uDC00""#, #""\uDC00\uD800""#, "\"\u{0}\"", "\"a\nb\"", "\"\u{1F}\"",
            "\"\t\"", "'a'",
        ])
    func badStrings(_ text: String) throws {
        #expect(try refusal { try JSONParser.parse(text) }.message.hasPrefix("Not valid JSON: "))
    }

    @Test(
        "bytes that are not UTF-8 are refused, in keys too",
        arguments: [
            [0x80], [0xC0, 0x80], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xF8, 0x88, 0x80, 0x80, 0x80],
            [0xFF],
        ] as [[UInt8]])
    func badBytes(_ bytes: [UInt8]) throws {
        let string = [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")]
        #expect(try refusal { try JSONParser.parse(string) }.message.contains("not UTF-8"))
        let object = Array("{".utf8) + string + Array(":1}".utf8)
        #expect(try refusal { try JSONParser.parse(object) }.message.contains("not UTF-8"))
        #expect(throws: GatehouseError.self) { try JSONParser.parse(bytes) }
    }

    @Test(
        "a document that is not well formed is refused",
        arguments: [
            "", " ", "\u{FEFF}1", "tru", "True", "nul", "nulll", "NULL", "undefined", "[", "]", "[1", "[1,", "[1,]", "[,1]",
            "[,]",
            "[1 2]", "[1,,2]", "{", "}", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{\"a\" 1}", "{\"a\"}",
            "{a:1}",
            "{1:1}", "{null:1}", "{,}", "{\"a\":1;\"b\":2}", "[1}", "{\"a\":1]", "1 2", "{} {}", "[]]", "null,", "//\n1",
            "/* */1",
            "\u{A0}1", "\u{C}1",
        ])
    func badDocuments(_ text: String) throws {
        #expect(try refusal { try JSONParser.parse(text) }.message.hasPrefix("Not valid JSON: "))
    }

    @Test("the message names the byte")
    func offsets() throws {
        func message(_ text: String) throws -> String { try refusal { try JSONParser.parse(text) }.message }
        #expect(try message("[1, x]") == "Not valid JSON: unexpected character at byte 4.")
        #expect(try message("[1, 2") == "Not valid JSON: the text ends too early at byte 5.")
        #expect(try message("1 2") == "Not valid JSON: unexpected text after the document at byte 2.")
        #expect(try message("{\"a\" 1}") == "Not valid JSON: expected ':' at byte 5.")
        #expect(try message("{7") == "Not valid JSON: expected a key at byte 1.")
        #expect(try message("[1;") == "Not valid JSON: expected ',' or ']' at byte 2.")
        #expect(try message("{\"é\":1.}") == "Not valid JSON: a digit must follow the point at byte 8.")
    }

    @Test("a key that stands twice is refused, written with an escape too")
    func repeatedKeys() throws {
        #expect(try refusal { try JSONParser.parse(#"{"a":1,"a":1}"#) }.message.contains("the key 'a' stands twice"))
        #expect(try refusal { try JSONParser.parse(#"{"a":1,"\u0061":2}"#) }.message.contains("the key 'a' stands twice"))
        #expect(try JSONParser.parse(#"[{"a":1},{"a":1}]"#).arrayValue?.count == 2)
    }

    @Test("values nest 128 deep and no deeper, without a deep stack for the refusal")
    func depth() throws {
        func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(throws: Never.self) { try JSONParser.parse(nested(JSONParser.depthMax)) }
        #expect(
            try refusal { try JSONParser.parse(nested(JSONParser.depthMax + 1)) }.message.contains("nested more than 128 deep"))
        let hostile = String(repeating: #"{"a":["#, count: 1_000_000)
        #expect(try refusal { try JSONParser.parse(hostile) }.message.contains("nested more than 128 deep"))
    }

    @Test("without being asked to, NaN and the infinities are refused", arguments: ["NaN", "Infinity", "-Infinity", "[NaN]"])
    func notFinite(_ text: String) throws {
        _ = try refusal { try JSONParser.parse(text) }
    }

    @Test("when asked to, NaN, the infinities and numbers beyond a double's range are read")
    func notFiniteAllowed() throws {
        let values = try #require(
            try JSONParser.parse("[NaN, Infinity, -Infinity, 1e400, -1e400]", allowsNonFinite: true).arrayValue)
        let numbers = values.compactMap(\.doubleValue)
        #expect(numbers.count == 5)
        #expect(numbers.first?.isNaN == true)
        #expect(Array(numbers.dropFirst()) == [.infinity, -.infinity, .infinity, -.infinity])
        for text in ["nan", "NAN", "Na", "Inf", "-Inf", "+Infinity", "-NaN", "Infinityx"] {
            _ = try refusal { try JSONParser.parse(text, allowsNonFinite: true) }
        }
    }

    @Test("a part of a larger buffer is read in place")
    func buffer() throws {
        let bytes = Array("xx[1,2]yy".utf8)
        let value = try bytes.withUnsafeBufferPointer { all in
            try JSONParser.parse(buffer: UnsafeBufferPointer(rebasing: all[2..<7]))
        }
        #expect(value == [1, 2])
    }
}
