import GatehouseCore
import Testing

@Suite("Digests")
struct DigestTests {
    private static let hex = "00ff10abcdef0123456789abcdef0123456789abcdef0123456789abcdef0a9e"

    @Test("bytes are written as lower-case hexadecimal digits")
    func bytes() throws {
        let digest = Digest(bytes: (0..<32).map { UInt8($0 * 8) })
        #expect(digest.hex == "0008101820283038404850586068707880889098a0a8b0b8c0c8d0d8e0e8f0f8")
        #expect(digest.description == "sha256:" + digest.hex)
        #expect(digest.short == "000810182028")
    }

    @Test("a digest is read with and without its prefix")
    func parsing() throws {
        #expect(try Digest(parsing: Self.hex) == Digest(parsing: "sha256:" + Self.hex))
        #expect(try Digest(parsing: Self.hex).hex == Self.hex)
    }

    private static let mistakes: [String] = [
        "", "sha256:", String(hex.dropLast()), "\(hex)0", hex.uppercased(), "SHA256:\(hex)", "sha512:\(hex)",
        "sha256:sha256:\(hex.dropFirst(7))", "g\(hex.dropFirst())", " \(hex.dropFirst())", "é\(hex.dropFirst(2))",
        "../\(hex.dropFirst(3))", String(repeating: "a", count: 100_000),
    ]

    @Test("anything else is refused", arguments: mistakes)
    func refused(_ text: String) throws {
        let error = try refusal { try Digest(parsing: text) }
        #expect(error.message.hasSuffix("is not a SHA-256 digest."))
        #expect(error.message.count < 120)
    }
}
