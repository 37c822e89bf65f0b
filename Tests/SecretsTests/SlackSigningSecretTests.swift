import GatehouseCore
import Secrets
import Testing

@Suite("Slack's signatures")
struct SlackSigningSecretTests {
    /// The example of Slack's documentation, "Verifying requests from Slack".
    private static let body = Array(
        ("token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
            + "&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2F"
            + "hooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id="
            + "398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c").utf8)
    private static let seconds: Int64 = 1_531_420_618
    private static let signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"

    private func secret() throws -> SlackSigningSecret { try SlackSigningSecret(parsing: "8f742231b10e8888abcd99yyyzzz85a5") }

    private func check(
        _ signature: String? = Self.signature, timestamp: String? = "1531420618", body: [UInt8] = Self.body, after: Int64 = 0
    ) throws {
        try secret().check(
            signature: signature, timestamp: timestamp, body: body, at: Timestamp(milliseconds: (Self.seconds + after) * 1000))
    }

    @Test("Slack's own example is right, and signed the same here")
    func vector() throws {
        try check()
        #expect(try secret().signature(timestamp: "1531420618", body: Self.body) == Self.signature)
    }

    @Test("five minutes either way are allowed, and no second more", arguments: [-301, -300, 300, 301] as [Int64])
    func times(_ after: Int64) throws {
        if abs(after) <= 300 { try check(after: after) } else { #expect(throws: GatehouseError.self) { try check(after: after) } }
    }

    @Test("any single bit of the body or the signature matters")
    func bits() throws {
        for index in stride(from: 0, to: Self.body.count, by: 7) {
            var changed = Self.body
            changed[index] ^= 1
            #expect(throws: GatehouseError.self) { try check(body: changed) }
        }
        for index in 3..<Self.signature.utf8.count {
            var changed = Array(Self.signature.utf8)
            changed[index] = changed[index] == 0x30 ? 0x31 : 0x30
            #expect(throws: GatehouseError.self) { try check(String(decoding: changed, as: UTF8.self)) }
        }
    }

    @Test(
        "what is no signature or no time is refused, and never a crash",
        arguments: [
            (nil, "1531420618"), (Self.signature, nil), ("", "1531420618"), ("v0=", "1531420618"),
            (Self.signature + "00", "1531420618"), (Self.signature.uppercased(), "1531420618"),
            ("v1" + Self.signature.dropFirst(2), "1531420618"), (Self.signature, ""), (Self.signature, "-1531420618"),
            (Self.signature, "+1531420618"), (Self.signature, "1531420618.0"), (Self.signature, "99999999999999999999"),
            (Self.signature, "999999999999999"), (Self.signature, "１５３１４２０６１８"),
        ] as [(String?, String?)])
    func malformed(_ signature: String?, _ timestamp: String?) throws {
        let error = #expect(throws: GatehouseError.self) { try check(signature, timestamp: timestamp) }
        #expect(error?.code == .unauthenticated)
    }

    @Test(
        "a secret that cannot be one is refused without being repeated",
        arguments: ["", "short", "with a space in the middle of it"])
    func secrets(_ text: String) throws {
        let error = #expect(throws: GatehouseError.self) { try SlackSigningSecret(parsing: text) }
        #expect(text.isEmpty || error?.description.contains(text) == false)
    }
}
