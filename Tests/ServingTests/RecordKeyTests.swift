import GatehouseCore
import Testing

@testable import Serving

@Suite("The key of records")
struct RecordKeyTests {
    /// Python 3.11: `hmac.new(bytes(range(32)), unit.encode(), "sha256").hexdigest()`.
    @Test(
        "units hash as anybody can compute",
        arguments: [
            ("user-1", "c49dc017978a22e182445ec29fd48df801134c55420b0ff5bf21932f3eff5583"),
            ("ünï", "76b979eb682d6632a58e632cca91c6fceedce81bd917eadb007b4f53afbbbaca"),
            ("", "d38b42096d80f45f826b44a9d5607de72496a415d3f4a1a8c88e3bb9da8dc1cb"),
        ])
    func vectors(_ unit: String, _ expected: String) {
        let key = RecordKey(bytes: (0..<32).map { UInt8($0) })
        #expect(key.hash(unit: unit.utf8) == expected)
    }

    @Test("a key is read back from its text, and nothing else is a key")
    func text() throws {
        let key = RecordKey(bytes: (0..<32).map { UInt8($0) })
        #expect(key.text == "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
        #expect(try RecordKey(parsing: key.text).hash(unit: "a".utf8) == key.hash(unit: "a".utf8))
        for bad in [
            "", "00", String(repeating: "g", count: 64), key.text + "00", String(key.text.dropLast()),
            String(repeating: "é", count: 32),
        ] {
            #expect(throws: GatehouseError.self) { try RecordKey(parsing: bad) }
        }
    }
}
