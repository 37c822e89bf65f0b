import Foundation
import GatehouseCore
import Testing

@Suite("JSON there and back")
struct JSONRoundTripTests {
    @Test("what is written is read back equal, in canonical and in pretty form")
    func roundTrip() throws {
        var generator = SplitMix64(seed: 20_260_115)
        for _ in 0..<2000 {
            let value = Self.value(depth: 0, &generator)
            #expect(try JSONParser.parse(value.canonicalText) == value)
            #expect(try JSONParser.parse(value.prettyText) == value)
        }
    }

    @Test("any finite double is read back to its last bit")
    func doubles() throws {
        var generator = SplitMix64(seed: 3)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite else { continue }
            let read = try #require(try JSONParser.parse(JSONValue.number(value).canonicalText).doubleValue)
            #expect(read == value)
        }
    }

    @Test("damaged documents are refused or read, and never crash")
    func mutations() throws {
        var generator = SplitMix64(seed: 8259)
        var accepted = 0
        var refused = 0
        for _ in 0..<50_000 {
            var bytes = Self.value(depth: 2, &generator).canonicalBytes
            for _ in 0..<Int.random(in: 1...3, using: &generator) { Self.damage(&bytes, &generator) }
            do {
                let value = try JSONParser.parse(bytes, allowsNonFinite: true)
                accepted += 1
                // Whatever was taken for JSON can be written and read again.
                if value.canonicalText != (try JSONParser.parse(value.canonicalBytes)).canonicalText {
                    Issue.record("not the same again: \(value)")
                }
            } catch {
                refused += 1
                #expect(error.code == .invalidArgument)
            }
        }
        // Both ways are taken often, or the loop would prove nothing.
        #expect(accepted > 1000)
        #expect(refused > 1000)
    }

    @Test("Foundation's coder carries the same values")
    func codable() throws {
        var generator = SplitMix64(seed: 5)
        for _ in 0..<500 {
            let value = Self.value(depth: 0, &generator)
            let decoded = try JSONDecoder().decode(JSONValue.self, from: try JSONEncoder().encode(value))
            #expect(decoded.canonicalText == value.canonicalText)
        }
        let unusual: JSONValue = ["nan": .number(.nan), "max": .integer(.max)]
        let decoded = try JSONDecoder().decode(JSONValue.self, from: try JSONEncoder().encode(unusual))
        #expect(decoded == ["nan": nil, "max": .integer(.max)])
    }

    /// A value whose numbers are in the form that reading gives them: whole ones integers.
    private static func value(depth: Int, _ generator: inout SplitMix64) -> JSONValue {
        switch Int.random(in: 0..<(depth > 4 ? 6 : 8), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2: return .integer(Int64(bitPattern: generator.next()))
        case 3: return .integer(Int64.random(in: -1000...1000, using: &generator))
        case 4: return .number(Double(Int64.random(in: -1_000_000...1_000_000, using: &generator) * 2 + 1) / 1024)
        case 5: return .string(text(&generator))
        case 6:
            return .array((0..<Int.random(in: 0..<5, using: &generator)).map { _ in value(depth: depth + 1, &generator) })
        default:
            let members = (0..<Int.random(in: 0..<5, using: &generator)).map { _ in
                (text(&generator), value(depth: depth + 1, &generator))
            }
            return .object(Dictionary(members, uniquingKeysWith: { first, _ in first }))
        }
    }

    private static func text(_ generator: inout SplitMix64) -> String {
        let alphabet: [Unicode.Scalar] = ["a", "Z", "0", " ", "\"", "\\", "/", "\u{0}", "\n", "\u{1F}", "\u{7F}", "é", "漢", "😀"]
        let scalars = (0..<Int.random(in: 0..<8, using: &generator)).map { _ in
            alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
        }
        return String(String.UnicodeScalarView(scalars))
    }

    private static func damage(_ bytes: inout [UInt8], _ generator: inout SplitMix64) {
        let structural = Array("{}[],:\"\\0-+.eEutfnNI \u{0}".utf8) + [0x80, 0xFF]
        let byte = structural[Int.random(in: 0..<structural.count, using: &generator)]
        let place = Int.random(in: 0...bytes.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes.insert(byte, at: place)
        case 1 where place < bytes.count: bytes[place] = byte
        case 2 where place < bytes.count: bytes.remove(at: place)
        default: bytes = Array(bytes.prefix(place)) + Array(bytes.suffix(Int.random(in: 0...bytes.count, using: &generator)))
        }
    }
}
