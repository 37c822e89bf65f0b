import Foundation
import GatehouseCore
import JWTKit

/// A JSON Web Token as it came, before anybody believes it.
struct SignedToken {
    static let bytesMax = 16 * 1024

    let text: String
    let algorithm: String
    let keyID: String?

    /// Fails with `unauthenticated` when it is no token, or is signed by nobody or with a shared secret: what the header
    /// asks for is not for the sender to choose.
    init(_ text: String) throws(GatehouseError) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= Self.bytesMax, parts.count == 3, let bytes = Base64URL.decoded(String(parts[0])),
            let header = try? JSONParser.parse(bytes), let algorithm = header["alg"]?.stringValue
        else { throw GatehouseError.tokenUnknown }
        guard SigningKey.Algorithm(rawValue: algorithm) != nil, header["crit"] == nil else {
            throw ClaimRules.refused("is signed in a way that does not count here")
        }
        self.text = text
        self.algorithm = algorithm
        keyID = header["kid"]?.stringValue
    }

    /// The claims, once the signature holds. Fails with `unauthenticated`.
    func claims(signedWith key: SigningKey) async throws -> JSONValue {
        do {
            let keys = JWTKeyCollection()
            try await keys.add(jwk: key.jwk(for: algorithm))
            return try await keys.verify(text, as: Claims.self).json
        } catch {
            throw ClaimRules.refused("is not signed by the provider")
        }
    }

    private struct Claims: JWTPayload {
        let json: JSONValue

        init(from decoder: any Decoder) throws { json = try JSONValue(from: decoder) }
        func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }
        /// What they say is judged by `ClaimRules`, which is handed the time.
        func verify(using algorithm: some JWTAlgorithm) throws {}
    }
}

/// One of the provider's public keys.
struct SigningKey: Sendable {
    /// Public keys only: a shared secret would let whoever can check a token make one.
    enum Algorithm: String, CaseIterable {
        case rs256 = "RS256"
        case rs384 = "RS384"
        case rs512 = "RS512"
        case ps256 = "PS256"
        case ps384 = "PS384"
        case ps512 = "PS512"
        case es256 = "ES256"
        case es384 = "ES384"
        case es512 = "ES512"
        case edDSA = "EdDSA"

        var keyType: String {
            switch self {
            case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512: "RSA"
            case .es256, .es384, .es512: "EC"
            case .edDSA: "OKP"
            }
        }
    }

    static let modulusBytesMin = 256

    let id: String?
    private let json: JSONValue

    /// Nil for what is no key for signatures, or one too short to count.
    init?(_ json: JSONValue) {
        let type = json["kty"]?.stringValue
        guard let type, Algorithm.allCases.contains(where: { $0.keyType == type }), json["use"]?.stringValue ?? "sig" == "sig",
            // A private key in a public list is no secret any more.
            json["d"] == nil
        else { return nil }
        if type == "RSA" {
            guard let modulus = json["n"]?.stringValue.flatMap(Base64URL.decoded),
                modulus.drop(while: { $0 == 0 }).count >= Self.modulusBytesMin
            else { return nil }
        }
        id = json["kid"]?.stringValue
        self.json = json
    }

    func fits(_ algorithm: String) -> Bool {
        json["kty"]?.stringValue == Algorithm(rawValue: algorithm)?.keyType
            && (json["alg"]?.stringValue ?? algorithm) == algorithm
    }

    fileprivate func jwk(for algorithm: String) throws -> JWK {
        var members = json.objectValue ?? [:]
        members["alg"] = .string(algorithm)
        members["kid"] = members["kid"] ?? "only"
        return try JSONDecoder().decode(JWK.self, from: Data(JSONValue.object(members).canonicalBytes))
    }
}

/// RFC 4648 §5, without padding.
enum Base64URL {
    static func decoded(_ text: String) -> [UInt8]? {
        guard !text.contains("="), text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "/") }) else {
            return nil
        }
        var padded = text.replacing("-", with: "+").replacing("_", with: "/")
        padded += String(repeating: "=", count: (4 - padded.utf8.count % 4) % 4)
        return Data(base64Encoded: padded).map { Array($0) }
    }

    static func encoded(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
