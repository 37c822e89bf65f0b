import GatehouseCore
import Secrets
import Testing

@Suite("Secrets at rest")
struct ServerKeyTests {
    private static let digits = String(repeating: "0123456789abcdef", count: 4)

    @Test("what was sealed opens again, whatever the text", arguments: ["s3cret", "ü € 😀", String(repeating: "x", count: 1000)])
    func roundTrip(secret: String) throws {
        let key = try ServerKey(parsing: Self.digits)
        #expect(try key.open(key.seal(secret, of: "webhook-1"), of: "webhook-1") == secret)
    }

    @Test("the sealed bytes do not hold the secret, and are others each time")
    func hidden() throws {
        let key = try ServerKey(parsing: Self.digits)
        let sealed = try key.seal("a-secret-text", of: "w")
        #expect(!String(decoding: sealed, as: UTF8.self).contains("a-secret-text"))
        #expect(try key.seal("a-secret-text", of: "w") != sealed)
    }

    @Test("they do not open under another key, for another owner, or with any bit changed")
    func tampered() throws {
        let key = try ServerKey(parsing: Self.digits)
        let sealed = try key.seal("s3cret", of: "w")
        let other = try ServerKey(parsing: String(repeating: "f", count: 64))
        #expect(throws: GatehouseError.self) { try other.open(sealed, of: "w") }
        #expect(throws: GatehouseError.self) { try key.open(sealed, of: "v") }
        for bit in 0..<(sealed.count * 8) {
            var changed = sealed
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            let error = #expect(throws: GatehouseError.self) { try key.open(changed, of: "w") }
            #expect(error?.code == .integrity)
        }
        for count in 0..<sealed.count {
            #expect(throws: GatehouseError.self) { try key.open(Array(sealed.prefix(count)), of: "w") }
        }
    }

    @Test("white space around a key is no part of it")
    func spaces() throws {
        let sealed = try ServerKey(parsing: Self.digits).seal("s", of: "w")
        #expect(try ServerKey(parsing: " \(Self.digits.uppercased())\r\n").open(sealed, of: "w") == "s")
    }

    @Test(
        "what is no key is refused and not repeated",
        arguments: [
            "", "abc", String(repeating: "g", count: 64), String(repeating: "a", count: 63), String(repeating: "a", count: 65),
            String(repeating: "+a", count: 32), String(repeating: "é", count: 32),
        ])
    func malformed(text: String) {
        let error = #expect(throws: GatehouseError.self) { try ServerKey(parsing: text) }
        #expect(error?.code == .invalidArgument)
        #expect(text.count < 4 || error?.description.contains(text) == false)
    }

    @Test("32 random bytes make a key that reads back")
    func made() throws {
        #expect(ServerKey.text(random: [UInt8](repeating: 0xAB, count: 32)) == String(repeating: "ab", count: 32))
    }
}
