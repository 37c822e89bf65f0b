import GatehouseCore
import Scoring
import Statistics
import Testing

/// Through `ModelFile`, the way a file arrives; the values themselves are compared with JSON in the agreement tests.
@Suite("UBJSON documents")
struct UBJSONTests {
    /// Pieces of a document: text as bytes, numbers as they are.
    private static func bytes(_ parts: Any...) -> [UInt8] {
        parts.flatMap { part -> [UInt8] in
            switch part {
            case let text as String: Array(text.utf8)
            case let number as Int64: withUnsafeBytes(of: number.bigEndian, Array.init)
            case let number as Int32: withUnsafeBytes(of: number.bigEndian, Array.init)
            case let number as UInt8: [number]
            default: []
            }
        }
    }

    static let refused: [(what: String, bytes: [UInt8], says: String)] = [
        ("a list that claims 2^60 floats", bytes("{U", UInt8(1), "a[$d#L", Int64(1) << 60), "length of"),
        ("a list that claims more floats than bytes", bytes("{U", UInt8(1), "a[$d#U", UInt8(3), "1234567890"), "count of 3"),
        ("a list of 2^31 values", bytes("{U", UInt8(1), "a[#l", Int32.max), "length of"),
        ("a list of values without bytes", bytes("{U", UInt8(1), "a[$Z#U", UInt8(9), "123456789"), "no bytes"),
        ("a negative count", bytes("{U", UInt8(1), "a[#L", Int64(-1)), "length of -1"),
        ("a text of 2^62 bytes", bytes("{U", UInt8(1), "aSL", Int64(1) << 62), "length of"),
        ("a key longer than the file", bytes("{L", Int64.max), "length of"),
        ("a count that is no integer", bytes("{U", UInt8(1), "a[#S"), "must be an integer"),
        ("a type without a count", bytes("{U", UInt8(1), "a[$d1234"), "type without a count"),
        ("an unknown marker", bytes("{U", UInt8(1), "a?"), "unknown marker"),
        ("a number cut short", bytes("{U", UInt8(1), "aD1234"), "ends too early"),
        ("lists without end", bytes("{U", UInt8(1), "a", String(repeating: "[", count: 100_000)), "nested more than"),
        ("typed lists of lists", bytes("{U", UInt8(1), "a[$[#U", UInt8(90), String(repeating: "[", count: 99)), "nested"),
        ("nothing but fillers", bytes("{U", UInt8(1), "a", String(repeating: "N", count: 100_000)), "ends too early"),
        ("a key twice", bytes("{U", UInt8(1), "aZU", UInt8(1), "aZ}"), "'a' stands twice"),
        ("a key that is not UTF-8", bytes("{U", UInt8(1), UInt8(0xFF), "Z}"), "not UTF-8"),
        ("bytes after the end", bytes("{U", UInt8(1), "aZ}}"), "after the document"),
    ]

    @Test("a hostile or damaged document is refused before it costs anything", .timeLimit(.minutes(1)), arguments: refused)
    func refusal(what: String, bytes: [UInt8], says: String) throws {
        let error = try #require(throws: GatehouseError.self) { _ = try ModelFile.load(bytes: bytes, named: "model.ubj") }
        #expect(error.code == .invalidArgument)
        #expect(error.message.contains(says), "\(error.message)")
    }

    @Test("every kind of container and number reads like its JSON form")
    func containers() async throws {
        let json = try JSONParser.parse(HandmadeModel.xgboost())
        let model = try ModelFile.load(bytes: Self.encoded(json), named: "model.ubj")
        #expect(model.format == .xgboostUBJSON)
        let table = HandmadeModel.numbers([("a", [0.4, 0.5, .nan]), ("b", [1, 1, 1])])
        #expect(try await NativeRunner(model).predict(table) { _ in }.values == [-0.5, 1.5, -0.5])
    }

    /// Draft 12 in the forms XGBoost does not use: containers with an end marker, doubles, 16-bit integers, fillers.
    private static func encoded(_ value: JSONValue) -> [UInt8] {
        func text(_ text: String) -> [UInt8] { bytes("I", UInt8(0), UInt8(text.utf8.count), text) }
        return switch value {
        case .null: bytes("Z")
        case .bool(let flag): bytes(flag ? "T" : "F")
        case .integer(let number): bytes("L", number)
        case .number(let number): bytes("D", Int64(bitPattern: number.bitPattern))
        case .string(let string): bytes("S") + text(string)
        case .array(let elements): bytes("[N") + elements.flatMap(encoded) + bytes("N]")
        case .object(let members): bytes("{") + members.flatMap { text($0) + encoded($1) } + bytes("}")
        }
    }
}
