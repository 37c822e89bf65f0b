import GatehouseCore
import Testing

@testable import AuditLog

@Suite("Recognising canonical JSON")
struct CanonicalScanTests {
    /// What the reader of values says: it is JSON, and in its one form.
    private func isCanonical(_ bytes: [UInt8]) -> Bool { (try? JSONParser.parse(bytes))?.canonicalBytes == bytes }

    private func isRecognised(_ bytes: [UInt8]) -> Bool {
        var scan = CanonicalScan(bytes)
        return scan.skipValue() && scan.isAtEnd
    }

    private static let document =
        #"{"a":[1,-20,0.25,1e-7,true,false,null,"x y",[],{}],"b":{"c":{"d":"","e":-1}},"big":123456789012345680000,"z":9223372036854775807}"#

    @Test("a document in its one form is recognised, whatever kinds of values it has")
    func whole() throws {
        let bytes = try JSONParser.parse(Self.document).canonicalBytes
        #expect(isCanonical(bytes) && isRecognised(bytes))
        for text in ["0", "-1", "1.5", "\"\"", "[]", "{}", "null", "[[[[1]]]]", "999999999999999999", "1e+21"] {
            #expect(isCanonical(Array(text.utf8)) == isRecognised(Array(text.utf8)), "\(text)")
            #expect(isRecognised(Array(text.utf8)), "\(text)")
        }
    }

    @Test("whatever byte of it changes, nothing is recognised that is not canonical")
    func changed() throws {
        let bytes = try JSONParser.parse(Self.document).canonicalBytes
        var recognised = 0
        for position in bytes.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = bytes
                changed[position] = byte
                guard isRecognised(changed) else { continue }
                recognised += 1
                #expect(isCanonical(changed), "byte \(position): \(String(decoding: changed, as: UTF8.self))")
            }
            #expect(!isRecognised(Array(bytes[..<position])), "cut at \(position)")
        }
        // Other digits and letters are as canonical as these.
        #expect(recognised > 500)
    }

    @Test("other forms of the same value are left to the reader of values")
    func forms() {
        for text in [
            "", " 1", "1 ", "01", "-0", "1.0", "1e5", "1.50", "+1", "--1", "1-1", "[1, 2]", "[1,]", "[,1]", "{\"b\":1,\"a\":2}",
            "{\"a\":1,\"a\":2}", "{\"a\" :1}", "{a:1}", "{\"a\"}", "{\"a\":1,}", #""\u0041""#, #""\/""#, "\"\u{7F}", "nul", "tru",
            String(repeating: "[", count: 200) + String(repeating: "]", count: 200), "\"a", "\"\n\"", "[", "{", "-",
        ] {
            #expect(!isRecognised(Array(text.utf8)), "\(text)")
        }
    }

    @Test("known text is stepped over exactly, and a place is kept where it is another")
    func known() {
        var scan = CanonicalScan(Array(#""abc",-7,12}"#.utf8))
        let isPrefix = scan.skip(string: "ab")
        let isOther = scan.skip(string: "abd")
        let isIt = scan.skip(string: "abc")
        #expect(!isPrefix && !isOther && isIt)
        let isComma = scan.skip(",")
        let isSeven = scan.skip(integer: 7)
        let isMinusSeven = scan.skip(integer: -7)
        #expect(isComma && !isSeven && isMinusSeven)
        let isStart = scan.skip(",1") && scan.skip("2}")
        #expect(isStart && scan.isAtEnd)
        let isBeyond = scan.skip("x")
        #expect(!isBeyond)
    }
}
