import AuditLog
import GatehouseCore
import Gates
import Registry
import Storage
import Testing

@testable import Promotions

@Suite("What an evaluation leaves in the log", .timeLimit(.minutes(5)))
struct EvaluationRecordTests {
    @Test("the entry holds policy, data, champion and every measurement, and reads back as what was found")
    func roundTrip() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let weak = try await shop.version(of: model, LoanModel.weak)
            let good = try await shop.version(of: model)
            let data = try await shop.dataset()
            try await shop.adoptions.adopt(weak, into: Slot(model: model), reason: "ran before", by: shop.ada)
            let policy = try await shop.policy(
                Rules.text(gates: ["accuracy: {min_absolute_auc: 0.5, min_relative_improvement: 0.005}"]))
            let evaluation = try await shop.evaluate(good, of: model)

            let entry = try await shop.lastEntry(.evaluationFinished)
            let record = try #require(EvaluationRecord(entry, documents: [:]))
            #expect(record.results == evaluation.results)
            #expect(record.policy.reference == "credit-risk@1")
            #expect(record.policy.digest == policy.digest)
            #expect(record.policy.applied == policy.applied)
            #expect(record.policy.auditSequence == (try await shop.lastEntry(.policyApplied)).sequence)
            #expect(record.thresholdsAreOlder == true)
            #expect(record.policy.asksForShadow == false)
            #expect(record.dataset == .init(reference: "holdout@1", digest: data.digest, rows: data.rowCount))
            let champion = try #require(record.champion)
            #expect(champion.version == weak)
            #expect(champion.artifact == (try await shop.found(weak, of: model).artifact))
            // TPR 0.54, FPR 0.06: AUC 0.74.
            #expect(champion.metrics.map(\.metric) == ["auc_roc"])
            #expect(abs((champion.metrics.first?.value ?? 0) - 0.74) < 1e-12)
            #expect(record.artifact == evaluation.artifactDigest)
        }
    }

    @Test("results too long for an entry stand there by their digest, and the stored results give its bytes")
    func longResults() throws {
        let measurements = (0..<600).map {
            Measurement("psi", subject: "feature_number_\($0)", value: 0.1 + Double($0) / 7, limit: .atMost(0.2), n: 1000)
        }
        let result = CheckResult(
            name: "data_drift", gate: "data_drift", enforcement: .block, inconclusiveBlocks: true,
            judgement: Judgement(.fail, "Much drift.", measurements: measurements), durationMilliseconds: 5, inputs: [:])
        let evaluation = try Self.evaluation([result])
        let record = EvaluationRecord(evaluation, on: nil, policyEntry: nil)
        let facts = record.facts
        #expect(facts["results"] == .null)
        #expect(facts["checks"]?["data_drift"] == "fail")
        #expect(facts.canonicalBytes.count < 2000)
        let bytes = EvaluationRecord.document(evaluation.results)
        #expect(facts.digest("results_digest") == .sha256(of: bytes))
        #expect(try JSONParser.parse(bytes).arrayValue?.first.map { try CheckResult(json: $0) } == result)
    }

    @Test("what another program says about a custom check lies beside the entry, cut to what a text may hold")
    func customChecks() throws {
        let reason = String(repeating: "é\u{1}", count: 40_000)
        let results = ["security", "legal"].map { name in
            CheckResult(
                name: name, gate: "custom", enforcement: .block, inconclusiveBlocks: true,
                judgement: Judgement(
                    .pass, reason, measurements: [Measurement("score", value: 1, reason: "said Ada")], warnings: ["Ada knows"]),
                durationMilliseconds: 5, inputs: [:])
        }
        let evaluation = try Self.evaluation(results)
        let facts = EvaluationRecord(evaluation, on: nil, policyEntry: nil).facts.canonicalText
        #expect(!facts.contains("Ada") && !facts.contains("é"))
        let text = try #require(EvaluationRecord.customReasons(of: evaluation))
        #expect(text.utf8.count <= AuditDraft.textBytesMax)
        let kept = try JSONParser.parse(text)
        #expect(kept["legal"]?.stringValue.map { reason.hasPrefix($0) && $0.count > 1000 } == true)
    }

    private static func evaluation(_ results: [CheckResult]) throws -> Evaluation {
        Evaluation(
            id: "ev_1", model: try ModelName("credit-risk"), version: try VersionNumber(2), state: .finished,
            policyReference: "default", policyDigest: Facts.digest(1), artifactDigest: Facts.digest(2), datasetReference: nil,
            championVersion: nil, results: results, reason: nil, requestedBy: .user("ada"), startedAt: Workshop.start,
            finishedAt: Workshop.start)
    }
}
