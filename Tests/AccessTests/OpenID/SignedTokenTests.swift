import Foundation
import GatehouseCore
import Testing

@testable import Access

@Suite("The provider's tokens")
struct SignedTokenTests {
    private static func key(_ json: String) throws -> SigningKey { try #require(SigningKey(try JSONParser.parse(json))) }

    private static let signed = [
        ("RS256", ProviderSamples.rs256, ProviderSamples.rsaKey), ("RS512", ProviderSamples.rs512, ProviderSamples.rsaKey),
        ("PS256", ProviderSamples.ps256, ProviderSamples.rsaKey), ("ES256", ProviderSamples.es256, ProviderSamples.ecKey),
        ("EdDSA", ProviderSamples.edDSA, ProviderSamples.edKey),
    ]

    @Test("a signature by the key holds, whichever of the algorithms", arguments: signed)
    func holds(algorithm: String, text: String, key: String) async throws {
        let token = try SignedToken(text)
        #expect(token.algorithm == algorithm)
        #expect(token.keyID == "k1")
        let key = try Self.key(key)
        #expect(key.fits(algorithm))
        #expect(try await token.claims(signedWith: key) == ProviderSamples.claims)
    }

    @Test("one changed letter of the claims or the signature, and it does not", arguments: signed)
    func broken(algorithm: String, text: String, key: String) async throws {
        let parts = text.split(separator: ".").map(String.init)
        let claims = try #require(Base64URL.decoded(parts[1]))
        let other = String(decoding: claims, as: UTF8.self).replacing("\"u1\"", with: "\"u2\"")
        let forged = [parts[0], Base64URL.encoded(Array(other.utf8)), parts[2]].joined(separator: ".")
        var signature = Array(parts[2].utf8)
        signature[5] = signature[5] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        let damaged = [parts[0], parts[1], String(decoding: signature, as: UTF8.self)].joined(separator: ".")
        let key = try Self.key(key)
        for text in [forged, damaged, [parts[0], parts[1], ""].joined(separator: ".")] {
            try await expectFailure(.unauthenticated) { try await SignedToken(text).claims(signedWith: key) }
        }
    }

    @Test(
        "a token that nobody signed, or that is signed with a shared secret, is refused before any key is looked for",
        arguments: ["none", "None", "HS256", "HS512", "RS1", ""])
    func algorithms(_ name: String) throws {
        let header = Base64URL.encoded(Array(#"{"alg":"\#(name)","typ":"JWT"}"#.utf8))
        #expect(throws: GatehouseError.self) { try SignedToken("\(header).e30.") }
    }

    @Test(
        "what is no token is refused",
        arguments: [
            "", "a.b", "a.b.c.d", "..", "%%%.e30.", "e30.e30.x", "W10.e30.x", String(repeating: "a", count: 20_000) + ".a.a",
        ])
    func malformed(_ text: String) { #expect(throws: GatehouseError.self) { try SignedToken(text) } }

    @Test("a header that asks for more than is understood is refused")
    func critical() {
        let header = Base64URL.encoded(Array(#"{"alg":"RS256","crit":["exp"]}"#.utf8))
        #expect(throws: GatehouseError.self) { try SignedToken("\(header).e30.x") }
    }

    @Test("a key for encryption, a private one, a secret one and a short one are no keys for signatures")
    func keys() throws {
        let json = try JSONParser.parse(ProviderSamples.rsaKey)
        var members = try #require(json.objectValue)
        #expect(SigningKey(json) != nil)
        members["use"] = "enc"
        #expect(SigningKey(.object(members)) == nil)
        members["use"] = "sig"
        #expect(SigningKey(.object(members)) != nil)
        members["d"] = "AQAB"
        #expect(SigningKey(.object(members)) == nil)
        #expect(SigningKey(try JSONParser.parse(ProviderSamples.shortKey)) == nil)
        #expect(SigningKey(["kty": "oct", "k": "c2VjcmV0"]) == nil)
    }

    @Test("a key that names its algorithm is not used with another")
    func bound() throws {
        var members = try #require(try JSONParser.parse(ProviderSamples.rsaKey).objectValue)
        members["alg"] = "PS256"
        let key = try #require(SigningKey(.object(members)))
        #expect(key.fits("PS256") && !key.fits("RS256") && !key.fits("ES256"))
    }

    @Test("base64url has no padding and none of base64's two letters")
    func base64() {
        #expect(Base64URL.encoded([251, 255, 254]) == "-__-")
        #expect(Base64URL.decoded("-__-") == [251, 255, 254])
        #expect(Base64URL.decoded("Zg") == [102])
        for text in ["Zg==", "+//+", "a b"] { #expect(Base64URL.decoded(text) == nil) }
    }
}

@Suite("What a provider's token says")
struct ClaimRulesTests {
    private let rules = ClaimRules(issuer: "https://id.example", clientID: "gatehouse", audiences: ["models"])
    private let now = Timestamp(milliseconds: 1_700_000_000_000)
    private let good: [String: JSONValue] = [
        "iss": "https://id.example", "aud": "gatehouse", "sub": "u1", "exp": 1_700_000_600, "nonce": "n",
    ]

    private func check(_ changes: [String: JSONValue?], nonce: String? = nil) throws {
        var claims = good
        for (name, value) in changes { claims[name] = value }
        try rules.check(.object(claims), at: now, nonce: nonce)
    }

    @Test("claims that are ours, now, pass")
    func passes() throws {
        try check([:])
        try check([:], nonce: "n")
        try check(["aud": "models"])
        try check(["aud": ["account", "gatehouse"], "azp": "gatehouse"], nonce: "n")
        // A minute's difference between the clocks.
        try check(["exp": 1_699_999_950])
        try check(["nbf": 1_700_000_050, "iat": 1_700_000_050.5])
    }

    @Test("each claim that is not, fails, and is named")
    func fails() {
        let cases: [([String: JSONValue?], String?, String)] = [
            (["iss": "https://id.example/"], nil, "issuer"), (["iss": .some(nil)], nil, "issuer"),
            (["aud": "other"], nil, "(aud)"), (["aud": []], nil, "(aud)"), (["aud": .some(nil)], nil, "(aud)"),
            (["aud": 5], nil, "(aud)"), (["azp": "other"], nil, "(azp)"), (["azp": 7], nil, "(azp)"),
            (["aud": ["gatehouse", "x"]], "n", "(azp)"), (["exp": 1_699_999_940], nil, "expired"),
            (["exp": .some(nil)], nil, "expired"), (["exp": "1800000000"], nil, "expired"),
            (["nbf": 1_700_000_061], nil, "(nbf)"), (["iat": 1_700_000_061], nil, "(iat)"), (["nbf": "soon"], nil, "(nbf)"),
            (["nonce": "m"], "n", "(nonce)"), (["nonce": .some(nil)], "n", "(nonce)"),
            (["sub": ""], nil, "(sub)"), (["sub": .some(nil)], nil, "(sub)"),
            (["sub": .string(String(repeating: "s", count: 256))], nil, "(sub)"),
        ]
        for (changes, nonce, words) in cases {
            do {
                try check(changes, nonce: nonce)
                Issue.record("passed: \(changes)")
            } catch { #expect("\(error)".contains(words), "\(changes): \(error)") }
        }
    }
}

@Suite("The provider as it is configured")
struct OpenIDSettingsTests {
    @Test(
        "an issuer is https, or this machine",
        arguments: [
            ("https://id.example/realms/x", true), ("http://127.0.0.1:9000", true), ("http://localhost:9000/", true),
            ("http://id.example", false), ("http://localhost.evil.example", false), ("http://127.0.0.1.evil.example", false),
            ("ftp://id.example", false), ("https://", false), ("", false), ("https://id.example?x=1", false),
        ])
    func issuers(text: String, isGood: Bool) {
        #expect(((try? OpenIDSettings(issuer: text, clientID: "gatehouse")) != nil) == isGood)
    }

    @Test("groups bring grants, and nobody gets any by default")
    func groups() throws {
        var settings = try OpenIDSettings(issuer: "https://id.example", clientID: "gatehouse")
        #expect(settings.grants(Grants([]), groups: ["risk", "admins"]) == Grants([]))
        settings.groupGrants = [try .init(parsing: "risk=reviewer:credit-*"), try .init(parsing: "cn=admins,dc=x=admin")]
        settings.everybody = [Grant(.viewer)]
        #expect(settings.grants(Grants([]), groups: ["risk"]).grants == [Grant(.reviewer, models: "credit-*"), Grant(.viewer)])
        #expect(settings.grants(Grants([]), groups: ["cn=admins,dc=x"]).allows(.administer))
        for text in ["=viewer", "risk", "risk=superuser", ""] {
            #expect(throws: GatehouseError.self) { try OpenIDSettings.GroupGrant(parsing: text) }
        }
    }

    @Test(
        "the browser returns to a path on this server and nowhere else",
        arguments: [
            ("/models/x?y=1", "/models/x?y=1"), ("//evil.example", nil), ("/\\evil.example", nil), ("https://evil.example", nil),
            ("/a b", nil), ("/a\r\nSet-Cookie: x", nil), (nil, nil), ("", nil),
        ] as [(String?, String?)])
    func returns(wanted: String?, path: String?) {
        #expect(BrowserSignIn.localPath(wanted) == path ?? "/")
    }

    @Test("a provider whose document names another issuer, or a door without https, is not used")
    func documents() throws {
        let good: JSONValue = [
            "issuer": "https://id.example", "authorization_endpoint": "https://id.example/a",
            "token_endpoint": "https://id.example/t", "jwks_uri": "https://id.example/k",
        ]
        _ = try OpenIDProvider.doors(in: good, issuer: "https://id.example")
        var members = try #require(good.objectValue)
        members["jwks_uri"] = "http://id.example/k"
        for (document, issuer) in [(good, "https://id.example/"), (.object(members), "https://id.example"), ([:], "")] {
            #expect(throws: GatehouseError.self) { try OpenIDProvider.doors(in: document, issuer: issuer) }
        }
    }
}
