import AuditLog
import GatehouseCore
import Registry
import Storage
import Testing

@Suite("Policies and posted evidence")
struct PolicyAndEvidenceTests {
    private func apply(
        _ pattern: String, _ text: String, expecting: Int64? = nil, in fixture: RegistryFixture
    ) async throws -> PolicyVersion {
        try await fixture.registry.applyPolicy(
            pattern, text: text, document: ["model": .string(pattern)], digest: .sha256(of: Array(text.utf8)),
            expecting: expecting.map { try VersionNumber($0) }, by: fixture.ada)
    }

    @Test("every edit is a new version; the same text again is none; an old text applied again is")
    func versions() async throws {
        try await RegistryFixture.run { fixture in
            let numbers = [
                try await apply("credit-risk", "a", in: fixture), try await apply("credit-risk", "a", in: fixture),
                try await apply("credit-risk", "b", in: fixture), try await apply("credit-risk", "a", in: fixture),
            ].map(\.number.value)
            #expect(numbers == [1, 1, 2, 3])
            let (newest, second, all) = try await fixture.store.read { tx in
                (
                    try tx.policy("credit-risk"), try tx.policy("credit-risk", VersionNumber(2)),
                    try tx.policyVersions(of: "credit-risk")
                )
            }
            #expect(newest?.number.value == 3)
            #expect(second?.text == "b")
            #expect(all.map(\.text) == ["a", "b", "a"])
            #expect(try await fixture.actions() == [.policyApplied, .policyApplied, .policyApplied])
        }
    }

    @Test("an edit of a version that is no longer current is refused")
    func lostUpdate() async throws {
        try await RegistryFixture.run { fixture in
            _ = try await apply("credit-risk", "a", in: fixture)
            _ = try await apply("credit-risk", "b", expecting: 1, in: fixture)
            let error = await #expect(throws: GatehouseError.self) {
                try await apply("credit-risk", "c", expecting: 1, in: fixture)
            }
            #expect(error?.code == .conflict)
        }
    }

    @Test("a model is ruled by the policy of its name, else by the most exact pattern")
    func governing() async throws {
        try await RegistryFixture.run { fixture in
            func ruler(_ name: String) async throws -> String? {
                let name = try ModelName(name)
                return try await fixture.store.read { tx in try tx.governingPolicy(of: name)?.pattern }
            }
            #expect(try await ruler("credit-risk") == nil)
            for pattern in ["*", "credit-*", "*-risk-eu", "credit-risk", "c*d*t*s*"] {
                _ = try await apply(pattern, pattern, in: fixture)
            }
            #expect(try await ruler("credit-risk") == "credit-risk")
            #expect(try await ruler("credit-limit") == "credit-*")
            #expect(try await ruler("credit-risk-eu") == "*-risk-eu")
            #expect(try await ruler("creditworthiness-score") == "c*d*t*s*")
            #expect(try await ruler("Credit-limit") == "*")
            let listed = try await fixture.store.read { tx in try tx.policies(limit: 2).map(\.pattern) }
            #expect(listed == ["*", "*-risk-eu"])
        }
    }

    @Test("a hostile pattern is matched in no time")
    func hostilePattern() async throws {
        try await RegistryFixture.run { fixture in
            let pattern = String(repeating: "a*", count: 127) + "b"
            _ = try await apply(pattern, "x", in: fixture)
            let name = try ModelName(String(repeating: "a", count: 256))
            #expect(try await fixture.store.read { tx in try tx.governingPolicy(of: name) } == nil)
        }
    }

    @Test("a pattern that no model's name can match is refused", arguments: ["", "a/b", "a:*", "*\n", " *"])
    func badPattern(_ pattern: String) async throws {
        try await RegistryFixture.run { fixture in
            let error = await #expect(throws: GatehouseError.self) { try await apply(pattern, "x", in: fixture) }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test("an applied policy cannot be changed")
    func appendOnly() async throws {
        try await RegistryFixture.run { fixture in
            _ = try await apply("credit-risk", "a", in: fixture)
            let error = await #expect(throws: GatehouseError.self) {
                try await fixture.store.write { tx in _ = try tx.execute("UPDATE policy_version SET text = 'b'") }
            }
            #expect(error?.code == .conflict)
        }
    }

    @Test("the newest evidence and attestation of an artifact's check count, bound to its bytes")
    func evidence() async throws {
        try await RegistryFixture.run { fixture in
            let model = try await fixture.model()
            let artifact = try #require(try await fixture.version(of: model).artifact)
            let other = try #require(try await fixture.version(of: model, bytes: "forest").artifact)
            for verdict in ["fail", "pass"] {
                _ = try await fixture.registry.postEvidence(
                    ["verdict": .string(verdict)], for: "spark-drift", of: artifact, by: .token("ci"))
                _ = try await fixture.registry.attest("legal", of: artifact, notes: verdict, by: fixture.ada)
            }
            let (evidence, attestation, elsewhere, unasked) = try await fixture.store.read { tx in
                (
                    try tx.evidence(for: "spark-drift", of: artifact), try tx.attestation(for: "legal", of: artifact),
                    try tx.evidence(for: "spark-drift", of: other), try tx.attestation(for: "other", of: artifact)
                )
            }
            #expect(evidence?.body == ["verdict": "pass"])
            #expect(evidence?.postedBy == .token("ci"))
            #expect(attestation?.notes == "pass")
            #expect(elsewhere == nil)
            #expect(unasked == nil)
        }
    }

    @Test("evidence for bytes that nobody registered, or beyond its limit, is refused")
    func badEvidence() async throws {
        try await RegistryFixture.run { fixture in
            let artifact = try #require(try await fixture.version(of: fixture.model()).artifact)
            let unknown = Digest.sha256(of: [1])
            let large = JSONValue.string(String(repeating: "x", count: 1_000_001))
            // Foundation's decoder takes what the reader of the table would not.
            let deep = (0..<200).reduce(JSONValue.null) { inner, _ in .array([inner]) }
            let attempts: [(code: ErrorCode, run: () async throws -> Void)] = [
                (.notFound, { _ = try await fixture.registry.postEvidence([:], for: "c", of: unknown, by: fixture.ada) }),
                (.notFound, { _ = try await fixture.registry.attest("c", of: unknown, notes: "", by: fixture.ada) }),
                (.tooLarge, { _ = try await fixture.registry.postEvidence(large, for: "c", of: artifact, by: fixture.ada) }),
                (.invalidArgument, { _ = try await fixture.registry.postEvidence([:], for: "", of: artifact, by: fixture.ada) }),
                (
                    .invalidArgument,
                    { _ = try await fixture.registry.postEvidence(deep, for: "c", of: artifact, by: fixture.ada) }
                ),
            ]
            for attempt in attempts {
                let error = await #expect(throws: GatehouseError.self) { try await attempt.run() }
                #expect(error?.code == attempt.code)
            }
        }
    }
}
