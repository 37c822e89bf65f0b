import GatehouseCore
import Registry

/// What a completed questionnaire ends with, and an approval begins with. Only a digest is kept, over the review, the
/// reviewer and what the review is bound to as well: for anything else the token is a wrong one.
package struct ReviewToken: Sendable, Equatable {
    package static let bytes = 16
    /// More guesses than that, and the questionnaire has to be answered again.
    package static let wrongMax = 5
    /// Without letters and digits that are taken for each other (Crockford's base 32, 2019).
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

    /// `7ZQK-M3F2-…`: groups of four.
    package let text: String

    init(_ random: [UInt8]) {
        precondition(random.count == Self.bytes, "a review token has \(Self.bytes) random bytes")
        var characters: [Character] = []
        var (buffer, bits) = (0, 0)
        for byte in random {
            buffer = buffer << 8 | Int(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                characters.append(Self.alphabet[buffer >> bits & 31])
            }
            buffer &= 1 << bits - 1
        }
        if bits > 0 { characters.append(Self.alphabet[buffer << (5 - bits) & 31]) }
        text = stride(from: 0, to: characters.count, by: 4).map { start in
            String(characters[start..<min(start + 4, characters.count)])
        }.joined(separator: "-")
    }

    /// As somebody types it: letter case, hyphens and spaces do not matter.
    static func digest(_ typed: String, review: String, reviewer: Principal, binding: Digest) -> Digest {
        let plain = String(typed.uppercased().filter { $0 != "-" && !$0.isWhitespace }.prefix(100))
        let parts: [JSONValue] = ["review-token", .string(review), .string(reviewer.text), .string(binding.hex), .string(plain)]
        return .sha256(of: JSONValue.array(parts).canonicalBytes)
    }
}
