import Attestations
import GatehouseCore
import Testing

@Suite struct EnvelopeTests {
    /// The key and envelope of DSSE's protocol.md: P-256, the two numbers of the signature beside each other.
    private static let vectorKey: [UInt8] =
        [4] + decimal("46950820868899156662930047687818585632848591499744589407958293238635476079160")
        + decimal("5640078356564379163099075877009565129882514886557779369047442380624545832820")
    private static let vector =
        #"{"payload": "aGVsbG8gd29ybGQ=", "payloadType": "http://example.com/HelloWorld", "signatures": [{"sig": "#
        + #""A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="}]}"#

    /// 32 bytes, the most significant first.
    private static func decimal(_ digits: String) -> [UInt8] {
        var number = [UInt8](repeating: 0, count: 32)
        for digit in digits.utf8 {
            var carry = Int(digit - UInt8(ascii: "0"))
            for place in number.indices.reversed() {
                carry += Int(number[place]) * 10
                number[place] = UInt8(carry & 0xFF)
                carry >>= 8
            }
        }
        return number
    }

    private static func key(_ byte: UInt8) throws -> SigningKey {
        try SigningKey(p256Random: [UInt8](repeating: byte, count: 32))
    }

    private static func damaged(_ envelope: Envelope, payload: [UInt8]? = nil, type: String? = nil, signature: [UInt8]? = nil)
        -> Envelope
    {
        Envelope(
            payloadType: type ?? envelope.payloadType, payload: payload ?? envelope.payload,
            signatures: envelope.signatures.map { .init(keyID: $0.keyID, bytes: signature ?? $0.bytes) })
    }

    @Test("what is signed is encoded as DSSE 1.0.2 says")
    func encoding() {
        let bytes = Envelope.preAuthenticationEncoding(
            payloadType: "http://example.com/HelloWorld", payload: Array("hello world".utf8))
        #expect(String(decoding: bytes, as: UTF8.self) == "DSSEv1 29 http://example.com/HelloWorld 11 hello world")
        // Lengths are of bytes, not of characters.
        #expect(
            String(decoding: Envelope.preAuthenticationEncoding(payloadType: "ü", payload: []), as: UTF8.self) == "DSSEv1 2 ü 0 ")
    }

    @Test("the envelope of the specification verifies with its key")
    func vector() throws {
        let envelope = try Envelope(parsing: Array(Self.vector.utf8))
        let verified = try envelope.verified(by: [VerificationKey(p256x963: Self.vectorKey)])
        #expect(verified.bytes == Array("hello world".utf8))
        #expect(verified.payloadType == "http://example.com/HelloWorld")
    }

    @Test("base64 may be of either alphabet, with or without padding, and nothing else")
    func alphabets() throws {
        let urlSafe = Self.vector.replacing(
            "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==",
            with: "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F-FnZ-O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA")
        _ = try Envelope(parsing: Array(urlSafe.utf8)).verified(by: [VerificationKey(p256x963: Self.vectorKey)])
        for wrong in [
            "aGVsbG8gd29ybGQ==", "aGVsbG8-d29y/GQ=", "aGVs bG8gd29ybGQ=", "aGVsbG8gd29ybGR=", "a", "aGVsbG8gd29ybGQ=\\n",
        ] {
            let text = Self.vector.replacing("aGVsbG8gd29ybGQ=", with: wrong)
            #expect(throws: GatehouseError.self) { try Envelope(parsing: Array(text.utf8)) }
        }
    }

    @Test("both kinds of key sign, survive a round trip as JSON and PEM, and verify")
    func keys() throws {
        let keys = [try Self.key(7), try SigningKey(ed25519Random: [UInt8](repeating: 9, count: 32))]
        let signed = try Envelope(payloadType: "text/x-note", payload: Array("a\u{0}b".utf8), signedBy: keys)
        let envelope = try Envelope(parsing: signed.json.canonicalBytes)
        #expect(envelope == signed)
        for key in keys {
            let read = try VerificationKey(pem: key.verificationKey.pem)
            #expect(read == key.verificationKey)
            #expect(try envelope.verified(by: [read]).bytes == Array("a\u{0}b".utf8))
        }
        let pem = try #require(keys[0].pem)
        #expect(try SigningKey(pem: pem).verificationKey == keys[0].verificationKey)
    }

    @Test("a threshold counts different keys, whatever the signatures say of themselves")
    func threshold() throws {
        let (one, other, stranger) = (try Self.key(1), try Self.key(2), try Self.key(3))
        let trusted: Set = [one.verificationKey, other.verificationKey]
        let both = try Envelope(payloadType: "t", payload: [1], signedBy: [one, other, stranger])
        #expect(try both.verified(by: trusted, threshold: 2).keys == trusted)
        // One key, twice, under the name of the other.
        let twice = try Envelope(payloadType: "t", payload: [1], signedBy: [one, one])
        let renamed = Envelope(
            payloadType: "t", payload: [1],
            signatures: [twice.signatures[0], .init(keyID: other.verificationKey.keyID, bytes: twice.signatures[1].bytes)])
        #expect(throws: GatehouseError.self) { try renamed.verified(by: trusted, threshold: 2) }
        #expect(try renamed.verified(by: trusted, threshold: 1).keys == [one.verificationKey])
        for threshold in [-1, 0, 3] {
            #expect(throws: GatehouseError.self) { try both.verified(by: trusted, threshold: threshold) }
        }
        #expect(throws: GatehouseError.self) { try both.verified(by: [], threshold: 1) }
    }

    @Test("any bit that changes in payload, type or signature is found")
    func bits() throws {
        for key in [try Self.key(5), try SigningKey(ed25519Random: [UInt8](repeating: 5, count: 32))] {
            let envelope = try Envelope(payloadType: "text/x", payload: Array("payload".utf8), signedBy: [key])
            let trusted: Set = [key.verificationKey]
            _ = try envelope.verified(by: trusted)
            for bit in 0..<(envelope.payload.count * 8) {
                var payload = envelope.payload
                payload[bit / 8] ^= 1 << (bit % 8)
                #expect(throws: GatehouseError.self) { try Self.damaged(envelope, payload: payload).verified(by: trusted) }
            }
            for bit in 0..<(envelope.signatures[0].bytes.count * 8) {
                var signature = envelope.signatures[0].bytes
                signature[bit / 8] ^= 1 << (bit % 8)
                #expect(throws: GatehouseError.self) { try Self.damaged(envelope, signature: signature).verified(by: trusted) }
            }
            #expect(throws: GatehouseError.self) { try Self.damaged(envelope, type: "text/y").verified(by: trusted) }
            // The border between type and payload is signed too.
            #expect(throws: GatehouseError.self) {
                try Self.damaged(envelope, payload: Array("xpayload".utf8), type: "text/").verified(by: trusted)
            }
        }
    }

    @Test("what is no envelope is refused and crashes nothing")
    func hostile() throws {
        let texts = [
            "", "{}", "[]", #"{"payload":"","payloadType":"t","signatures":[]}"#,
            #"{"payload":1,"payloadType":"t","signatures":[{"sig":"AA=="}]}"#,
            #"{"payload":"AA==","payloadType":"","signatures":[{"sig":"AA=="}]}"#,
            #"{"payload":"AA==","payloadType":"t","signatures":[{"sig":""}]}"#,
            #"{"payload":"AA==","payloadType":"t","signatures":{"sig":"AA=="}}"#,
            #"{"payload":"AA==","payloadType":"t","signatures":[\#(Array(repeating: #"{"sig":"AA=="}"#, count: 65).joined(separator: ","))]}"#,
        ]
        for text in texts { #expect(throws: GatehouseError.self) { try Envelope(parsing: Array(text.utf8)) } }
        var state: UInt64 = 11
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        let key = try VerificationKey(p256x963: Self.vectorKey)
        for _ in 0..<4000 {
            var bytes = Array(Self.vector.utf8)
            for _ in 0...next(3) { bytes[next(bytes.count)] = UInt8(next(256)) }
            guard let envelope = try? Envelope(parsing: bytes), let verified = try? envelope.verified(by: [key]) else { continue }
            // What still verifies says the same as before.
            #expect(verified.bytes == Array("hello world".utf8) && verified.payloadType == "http://example.com/HelloWorld")
        }
    }

    @Test(
        "what is no public key is refused",
        arguments: [
            "", "x", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
            "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        ])
    func noKey(_ pem: String) {
        #expect(throws: GatehouseError.self) { try VerificationKey(pem: pem) }
        #expect(throws: GatehouseError.self) { try SigningKey(pem: pem) }
    }
}
