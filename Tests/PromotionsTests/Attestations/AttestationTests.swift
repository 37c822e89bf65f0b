import Attestations
import AuditLog
import GatehouseCore
import Gates
import Registry
import Storage
import Testing

@testable import Promotions

@Suite("What is signed when something was decided", .timeLimit(.minutes(2)))
struct AttestationTests {
    private func signed(_ version: VersionNumber, of model: ModelName, _ shop: Workshop) async throws -> [SignedStatement] {
        try await shop.store.read { tx in try tx.signedStatements(of: model, version: version) }
    }

    /// The statement behind a stored document, after its signature was verified with the server's key.
    private func statement(_ document: SignedStatement) throws -> Statement {
        let key = try Workshop.signingKey.verificationKey
        return try Statement(Envelope(parsing: document.body).verified(by: [key]))
    }

    @Test("an evaluation gives one test result per check, the measurements and a verdict, all named in its audit entry")
    func evaluation() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let dataset = try await shop.dataset()
            let policy = try await shop.policy(Rules.text())
            let version = try await shop.version(of: model)
            let evaluation = try await shop.evaluate(version, of: model)
            let documents = try await signed(version, of: model, shop)
            #expect(Set(documents.map(\.name)) == ["accuracy", "evaluation", "verdict"])
            #expect(documents.allSatisfy { $0.about == evaluation.id })

            let artifact = try #require(try await shop.found(version, of: model).artifact)
            for document in documents {
                #expect(try statement(document).subjects == [ResourceDescriptor(name: "credit-risk/1", digest: artifact)])
                #expect(Digest.sha256(of: document.body) == document.digest)
            }
            let test = try statement(#require(documents.first { $0.name == "accuracy" }))
            #expect(test.predicateType == "https://in-toto.io/attestation/test-result/v0.1")
            #expect(test.predicate["result"] == "PASSED")
            #expect(test.predicate["passedTests"] == ["accuracy"])
            #expect(
                test.predicate["configuration"] == [
                    ["name": "credit-risk@1", "digest": ["sha256": .string(policy.digest.hex)]],
                    ["name": "dataset", "digest": ["sha256": .string(dataset.digest.hex)]],
                ])

            let measured = try statement(#require(documents.first { $0.name == "evaluation" })).predicate
            let check = try #require(measured["checks"]?.arrayValue?.first)
            #expect(check["measurements"] == .array(evaluation.results[0].judgement.measurements.map(\.json)))
            #expect(measured["dataset"] == ["name": "holdout@1", "digest": ["sha256": .string(dataset.digest.hex)]])
            #expect(measured["champion"] == .null)

            let verdict = try statement(#require(documents.first { $0.name == "verdict" })).predicate
            #expect(verdict["properties"] == ["GATEHOUSE_POLICY_PASSED", "GATEHOUSE_CHECK_PASSED:accuracy"])

            let entry = try #require(try await shop.log(AuditFilter(action: .evaluationFinished)).last)
            let named = (entry.facts["attestations"]?.arrayValue ?? []).compactMap(\.stringValue)
            #expect(Set(named) == Set(documents.map(\.digest.description)))
        }
    }

    @Test("what failed or could not be decided is FAILED, and no verdict claims it")
    func failed() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            try await shop.dataset()
            try await shop.policy(
                Rules.text(gates: [Rules.accuracy, "custom:\n    - {name: spark_backtest, kind: evidence}"]))
            let version = try await shop.version(of: model, LoanModel.weak)
            try await shop.evaluate(version, of: model)
            let documents = try await signed(version, of: model, shop)
            for name in ["accuracy", "spark_backtest"] {
                let test = try statement(#require(documents.first { $0.name == name })).predicate
                #expect(test["result"] == "FAILED")
                #expect(test["failedTests"] == [.string(name)])
            }
            let measured = try statement(#require(documents.first { $0.name == "evaluation" })).predicate
            #expect(measured["passed"] == false)
            let backtest = try #require(measured["checks"]?.arrayValue?.last)
            #expect(backtest["verdict"] == "inconclusive")
            #expect(backtest["reason"] == .null)
            let verdict = try statement(#require(documents.first { $0.name == "verdict" })).predicate
            #expect(verdict["properties"] == [])
        }
    }

    @Test("no statement holds the name of who attested something, or the words")
    func names() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            try await shop.dataset()
            try await shop.policy(Rules.text(gates: ["custom:\n    - {name: sign_off, kind: attestation}"]))
            let version = try await shop.version(of: model)
            let artifact = try #require(try await shop.found(version, of: model).artifact)
            _ = try await shop.registry.attest("sign_off", of: artifact, notes: "I read all of it", by: .user("grace"))
            try await shop.promote(version, of: model)
            let documents = try await signed(version, of: model, shop)
            #expect(documents.contains { $0.name == "promotion" })
            for document in documents {
                let text = String(decoding: try Envelope(parsing: document.body).payload, as: UTF8.self)
                for secret in ["grace", "ada", "I read all of it"] { #expect(!text.contains(secret)) }
            }
        }
    }

    @Test("a promotion to Production is signed with the model's files, and a return to it keeps that signature")
    func production() async throws {
        try await Workshop.run(default: .shipped(.warn)) { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            let other = try await shop.version(of: model, LoanModel.weak)
            try await shop.move(version, of: model, to: .production, reason: "first")
            shop.clock.advance(by: .seconds(60))
            try await shop.move(other, of: model, to: .production, reason: "second")
            shop.clock.advance(by: .seconds(60))
            try await shop.move(version, of: model, to: .production, reason: "back")

            let documents = try await signed(version, of: model, shop)
            let signature = try #require(documents.first { $0.name == "model.sig" })
            #expect(documents.filter { $0.name == "model.sig" }.count == 1)
            let key = try Workshop.signingKey.verificationKey
            let files = try SigstoreBundle(parsing: signature.body).signedModel(verifiedBy: key)
            let manifest = try await shop.store.read { tx in
                try tx.manifest(of: #require(tx.requiredVersion(version, of: model).artifact))
            }
            #expect(
                files.differences(to: manifest.files.map { SignedFile(path: $0.path, digest: $0.digest) }).isEmpty)
            #expect(files.files.count == manifest.files.count)

            var moves: [JSONValue] = []
            for document in documents where document.name == "promotion" {
                do { moves.append(try statement(document).predicate) } catch {
                    Issue.record(
                        "\(document.predicateType): \(String(decoding: document.body.prefix(300), as: UTF8.self)): \(error)")
                }
            }
            #expect(moves.map { $0["rollback"] } == [false, true])
            #expect(moves.map { $0["to"] } == ["Production", "Production"])
            #expect(moves.first?["slot"] == "credit-risk/production/default/champion")
            // v2 is displaced by the return of v1.
            #expect(moves.last?["displaced"] == [2])
            let entries = try await shop.log(AuditFilter(version: version)).filter { $0.facts["model_signature"] != nil }
            #expect(
                entries.map { $0.facts["model_signature"] } == [
                    .string(signature.digest.description), .string(signature.digest.description),
                ])
        }
    }

    @Test("a review is signed with what it was bound to and how it went, not with who gave it or what they wrote")
    func review() async throws {
        try await ReviewBench.run { bench in
            let review = try #require(try await bench.reviews(try await bench.ask()).first)
            try await bench.approve(review)
            let documents = try await signed(bench.version, of: bench.model, bench.shop)
            let document = try #require(documents.first { $0.name == "review" })
            #expect(document.about == review.id)
            let predicate = try statement(document).predicate
            #expect(predicate["decision"] == "approved")
            #expect(predicate["bindingDigest"]?["sha256"] == .string(review.bindingDigest.hex))
            #expect(predicate["limitationsAcknowledged"] == 1)
            #expect(predicate["evidenceOpened"] == ["gates"])
            #expect(predicate["afterOpeningMs"] == 600_000)
            for secret in ["ben", "rita", "Two points", "Tuesday"] {
                #expect(!predicate.canonicalText.contains("\"\(secret)") && !predicate.canonicalText.contains(":\(secret)"))
            }
            let entry = try await bench.shop.lastEntry(.reviewApproved)
            #expect(entry.facts["attestations"] == [.string(document.digest.description)])
            // The move that followed names the review it rests on.
            let move = try statement(#require(documents.last { $0.name == "promotion" })).predicate
            #expect(move["to"] == "Production")
            #expect(move["reviews"] == [.string(review.id)])
        }
    }

    @Test("where no policy is in force nothing was decided and nothing is signed")
    func off() async throws {
        try await Workshop.run(default: .shipped(.off)) { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            try await shop.move(version, of: model, to: .production)
            #expect(try await signed(version, of: model, shop).isEmpty)
        }
    }

    @Test("a stored statement cannot be changed or removed")
    func appendOnly() async throws {
        try await Workshop.run(default: .shipped(.warn)) { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            try await shop.move(version, of: model, to: .production, reason: "first")
            await #expect(throws: (any Error).self) {
                try await shop.store.write { tx in try tx.execute("UPDATE signed_statement SET name = 'x'") }
            }
            await #expect(throws: (any Error).self) {
                try await shop.store.write { tx in try tx.execute("DELETE FROM signed_statement") }
            }
        }
    }

    @Test("the card that is handed out has the author's limitations and the measured values, of these bytes only")
    func card() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            try await shop.dataset()
            try await shop.policy(Rules.text())
            var files = LoanModel.good
            files["model_card.md"] = nil
            files["README.md"] = "---\nlicense: mit\n---\n## Known limitations\n- Few small businesses.\n- Old data.\n"
            let version = try await shop.version(of: model, files)
            let before = try await PublishedCard(of: model, version, store: shop.store, artifacts: shop.artifacts)
            #expect(before.given?.path == "README.md")
            #expect(before.given?.card.knownLimitations == ["Few small businesses.", "Old data."])
            #expect(before.markdown.contains("nothing is claimed here"))
            let evaluation = try await shop.evaluate(version, of: model)
            let after = try await PublishedCard(of: model, version, store: shop.store, artifacts: shop.artifacts)
            let read = try ModelCard(reading: after.markdown)
            #expect(read.license == "mit")
            #expect(read.knownLimitations == ["Few small businesses.", "Old data."])
            let auc = evaluation.results[0].judgement.measurements.first { $0.metric == "auc_roc" }?.value
            #expect(read.results.first?.metrics.first { $0.type == "auc_roc" }?.value.doubleValue == auc)
            #expect(auc != nil)
        }
    }
}
