import Attestations
import GatehouseCore
import Testing

@Suite struct StatementTests {
    private static func key() throws -> SigningKey { try SigningKey(p256Random: [UInt8](repeating: 7, count: 32)) }
    private static func digest(_ byte: UInt8) -> Digest { Digest(bytes: [UInt8](repeating: byte, count: 32)) }

    @Test("a statement is read only after its envelope was verified, and is the same then")
    func roundTrip() throws {
        let predicate = TestResult(
            name: "accuracy", outcome: .warned, configuration: [ResourceDescriptor(name: "credit@3", digest: Self.digest(1))])
        let statement = Statement(
            subjects: [ResourceDescriptor(name: "credit-risk/3", digest: Self.digest(2))],
            predicateType: PredicateType.testResult,
            predicate: predicate.json)
        let key = try Self.key()
        let envelope = try statement.signed(by: [key])
        #expect(try Statement(envelope.verified(by: [key.verificationKey])) == statement)
        #expect(
            predicate.json == [
                "result": "WARNED", "passedTests": [], "warnedTests": ["accuracy"], "failedTests": [],
                "configuration": [["name": "credit@3", "digest": ["sha256": .string(Self.digest(1).hex)]]],
            ])
    }

    @Test("a verification result lists what holds, and always its policies")
    func verificationResult() {
        let result = VerificationResult(
            verifierID: "urn:gatehouse:verifier:v1", policies: [], created: Timestamp(milliseconds: 0), properties: [])
        #expect(
            result.json == [
                "verifier": ["id": "urn:gatehouse:verifier:v1", "policies": []], "timeCreated": "1970-01-01T00:00:00.000Z",
                "properties": [],
            ])
    }

    @Test("a payload of another type or version is no statement")
    func others() throws {
        let key = try Self.key()
        let payloads = [
            ("application/json", #"{"_type":"https://in-toto.io/Statement/v1","subject":[{}],"predicateType":"x"}"#),
            (Statement.payloadType, #"{"_type":"https://in-toto.io/Statement/v0.1","subject":[{}],"predicateType":"x"}"#),
            (Statement.payloadType, #"{"_type":"https://in-toto.io/Statement/v1","subject":[],"predicateType":"x"}"#),
            (Statement.payloadType, #"{"_type":"https://in-toto.io/Statement/v1","subject":[{}]}"#),
            (Statement.payloadType, "nothing"),
        ]
        for (type, text) in payloads {
            let envelope = try Envelope(payloadType: type, payload: Array(text.utf8), signedBy: [key])
            let verified = try envelope.verified(by: [key.verificationKey])
            #expect(throws: GatehouseError.self) { try Statement(verified) }
        }
    }
}

@Suite struct SignedModelTests {
    private static func key(_ byte: UInt8 = 7) throws -> SigningKey {
        try SigningKey(p256Random: [UInt8](repeating: byte, count: 32))
    }
    private static func digest(_ byte: UInt8) -> Digest { Digest(bytes: [UInt8](repeating: byte, count: 32)) }
    private static let files = [
        SignedFile(path: "a.txt", digest: digest(1)), SignedFile(path: "a/b", digest: digest(2)),
        SignedFile(path: "MLmodel", digest: digest(3)),
    ]

    @Test("files are sorted by the parts of their paths and the root is the digest of their digests")
    func root() throws {
        let signature = try #require(SignedModel(modelName: "m", signing: Self.files))
        #expect(signature.files.map(\.path) == ["MLmodel", "a/b", "a.txt"])
        // hashlib.sha256(b"\x03" * 32 + b"\x02" * 32 + b"\x01" * 32)
        #expect(signature.root.hex == "cfc6884b5b42c95313c35b78551fb2c7e40887cf65032bc96c98d4d024762d1b")
    }

    @Test("a bundle gives back the files after its signature was verified")
    func bundle() throws {
        let signature = try #require(SignedModel(modelName: "m", signing: Self.files))
        let bundle = try SigstoreBundle(signature.statement, signedBy: Self.key())
        let read = try SigstoreBundle(parsing: bundle.json.canonicalBytes)
        #expect(try read.signedModel(verifiedBy: Self.key().verificationKey) == signature)
        #expect(bundle.json["mediaType"] == "application/vnd.dev.sigstore.bundle.v0.3+json")
        #expect(throws: GatehouseError.self) { try read.signedModel(verifiedBy: Self.key(8).verificationKey) }
    }

    @Test("what verifiers pass over is not signed, and nothing else may be there unsigned")
    func differences() throws {
        let extra = [
            SignedFile(path: ".gitattributes", digest: Self.digest(9)), SignedFile(path: ".git/HEAD", digest: Self.digest(9)),
        ]
        let signature = try #require(SignedModel(modelName: "m", signing: Self.files + extra))
        #expect(signature.files.count == 3)
        #expect(signature.differences(to: Self.files).isEmpty)
        #expect(signature.differences(to: Self.files + [SignedFile(path: "model.sig", digest: Self.digest(4))]).isEmpty)
        #expect(
            signature.differences(to: [
                SignedFile(path: "a.txt", digest: Self.digest(8)), SignedFile(path: "a/c", digest: Self.digest(2)), Self.files[2],
            ]) == [.changed(path: "a.txt"), .missing(path: "a/b"), .added(path: "a/c")])
        // `.gitignored` is no path below `.git`.
        #expect(
            signature.differences(to: Self.files + [SignedFile(path: ".gitx", digest: Self.digest(4))]) == [.added(path: ".gitx")]
        )
        #expect(SignedModel(modelName: "m", signing: extra) == nil)
    }

    @Test("a signed list that contradicts itself is refused")
    func contradictions() throws {
        let key = try Self.key()
        let sound = try #require(SignedModel(modelName: "m", signing: Self.files)).statement
        func refused(_ statement: Statement) throws {
            let bundle = try SigstoreBundle(statement, signedBy: key)
            #expect(throws: GatehouseError.self) { try bundle.signedModel(verifiedBy: key.verificationKey) }
        }
        func changed(_ key: String, _ value: JSONValue) -> Statement {
            var members = sound.predicate.objectValue ?? [:]
            members[key] = value
            return Statement(subjects: sound.subjects, predicateType: sound.predicateType, predicate: .object(members))
        }
        try refused(
            Statement(
                subjects: [ResourceDescriptor(digest: Self.digest(1))], predicateType: sound.predicateType,
                predicate: sound.predicate))
        try refused(
            Statement(subjects: sound.subjects + sound.subjects, predicateType: sound.predicateType, predicate: sound.predicate))
        try refused(Statement(subjects: sound.subjects, predicateType: PredicateType.testResult, predicate: sound.predicate))
        try refused(changed("resources", []))
        try refused(changed("serialization", ["method": "shards", "hash_type": "sha256"]))
        try refused(changed("serialization", ["method": "files", "hash_type": "blake3"]))
        let resources = try #require(sound.predicate["resources"]?.arrayValue)
        try refused(changed("resources", .array(resources + resources)))
        try refused(changed("resources", .array(resources.reversed())))
    }

    @Test("damaged bundles are refused without a crash, or say the same as before")
    func damaged() throws {
        let key = try Self.key()
        let sound = try #require(SignedModel(modelName: "m", signing: Self.files))
        let bytes = try SigstoreBundle(sound.statement, signedBy: key).json.canonicalBytes
        var state: UInt64 = 3
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        for _ in 0..<2000 {
            var damaged = bytes
            for _ in 0...next(3) { damaged[next(damaged.count)] = UInt8(next(256)) }
            guard let bundle = try? SigstoreBundle(parsing: damaged) else { continue }
            if let read = try? bundle.signedModel(verifiedBy: key.verificationKey) { #expect(read == sound) }
        }
    }
}
