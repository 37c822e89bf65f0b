import AuditLog
import GatehouseCore
import Gates
import Registry
import Storage
import Testing

@testable import Promotions

@Suite("Evaluations through the worker", .timeLimit(.minutes(5)))
struct EvaluationServiceTests {
    @Test("all five gates pass, and the result, its tags, its inputs and its audit entry say the same")
    func everything() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model, tags: ["gatehouse.feature_pipeline": "credit-features@1"])
            let holdout = try await shop.dataset()
            try await shop.dataset("recent", Loan.csv(rows: 300))
            _ = try await shop.registry.addPipeline("credit-features", schema: Loan.schema, by: shop.ada)
            let policy = try await shop.policy(Rules.text(gates: Rules.allGates))

            let evaluation = try await shop.evaluate(version, of: model)
            #expect(evaluation.state == .finished)
            #expect(evaluation.passed == true, "\(evaluation.results.map(\.judgement))")
            #expect(evaluation.results.map(\.name) == ["accuracy", "latency", "fairness", "data_drift", "schema"])
            #expect(evaluation.reason == "All blocking checks passed.")
            #expect(evaluation.datasetReference == "holdout@1")
            #expect(evaluation.championVersion == nil)
            #expect(evaluation.policyDigest == policy.digest)

            let accuracy = try #require(evaluation.results.first)
            let found = try await shop.found(version, of: model)
            #expect(accuracy.inputs == ["artifact": found.artifact, "dataset": holdout.digest, "policy": policy.digest])
            // Nine of ten right in both classes: AUC is (1 + TPR − FPR) / 2 for a score of two values.
            #expect(abs((accuracy.judgement.measurements.first?.value ?? 0) - 0.9) < 1e-12)

            for result in evaluation.results {
                #expect(found.tags["gate.\(result.name).passed"] == "true")
                #expect(found.tags["gate.\(result.name).reason"] == result.judgement.reason)
            }
            let entry = try await shop.lastEntry(.evaluationFinished)
            #expect(entry.facts["evaluation"] == .string(evaluation.id))
            #expect(entry.facts["passed"] == true)
            #expect(entry.facts["checks"]?["fairness"] == "pass")
            #expect(
                entry.facts["results_digest"]
                    == .string(
                        Digest.sha256(of: JSONValue.array(evaluation.results.map(\.json)).canonicalBytes).description))
        }
    }

    @Test("the champion is measured again on the same rows, and the difference decides")
    func champion() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let weak = try await shop.version(of: model, LoanModel.weak)
            let good = try await shop.version(of: model)
            let same = try await shop.version(of: model)
            try await shop.dataset()
            try await shop.adoptions.adopt(weak, into: Slot(model: model), reason: "ran before", by: shop.ada)
            try await shop.policy(Rules.text(gates: ["accuracy: {min_absolute_auc: 0.5, min_relative_improvement: 0.005}"]))

            let better = try await shop.evaluate(good, of: model)
            #expect(better.passed == true, "\(better.results)")
            #expect(better.championVersion == weak)
            let inputs = try #require(better.results.first?.inputs)
            #expect(inputs["champion"] == (try await shop.found(weak, of: model).artifact))
            // TPR 0.54, FPR 0.06: AUC 0.74; the candidate's is 0.9.
            let gain = better.results.first?.judgement.measurements.first { $0.metric == "auc_roc_improvement" }
            #expect(abs((gain?.value ?? 0) - 0.16) < 1e-12)

            try await shop.move(weak, of: model, to: .archived, reason: "retired")
            try await shop.policy(Rules.text(enforcement: "warn"))
            try await shop.move(good, of: model, to: .production)
            let equal = try await shop.evaluate(same, of: model)
            #expect(equal.championVersion == good)
            #expect(equal.passed == false)
            #expect(equal.blockingChecks == ["accuracy"])
            #expect(equal.reason == "Failed gates: accuracy")
        }
    }

    @Test("the example's models, an XGBoost champion and a LightGBM candidate, are read as MLflow saved them")
    func exampleModels() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let champion = try await shop.version(of: model, try ExampleModel.files("v1"))
            let candidate = try await shop.version(of: model, try ExampleModel.files("v2"))
            _ = try await shop.registry.addPipeline("credit-features", schema: try ExampleModel.pipeline(), by: shop.ada)
            try await shop.dataset("holdout", try ExampleModel.csv(rows: 600))
            try await shop.adoptions.adopt(champion, into: Slot(model: model), reason: "ran before", by: shop.ada)
            try await shop.policy(
                Rules.text(
                    gates: [
                        "accuracy: {min_absolute_auc: 0.6, min_delta: -1}",
                        "latency: {mode: sequential, requests: 60, latency_budget_p95_ms: 5000}",
                        "schema: {pipeline: credit-features}",
                    ]))
            let evaluation = try await shop.evaluate(candidate, of: model)
            #expect(evaluation.passed == true, "\(evaluation.results.map(\.judgement))")
            #expect(evaluation.championVersion == champion)
            let measured = evaluation.results.first?.judgement.measurements.map(\.metric) ?? []
            #expect(measured.contains("auc_roc_improvement"))
        }
    }

    @Test("evaluating the champion itself compares it with nobody")
    func championItself() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            try await shop.dataset()
            try await shop.policy(Rules.text())
            try await shop.adoptions.adopt(version, into: Slot(model: model), reason: "ran before", by: shop.ada)
            let evaluation = try await shop.evaluate(version, of: model)
            #expect(evaluation.championVersion == nil)
            #expect(evaluation.passed == true, "\(evaluation.results)")
        }
    }

    @Test("what was running when the process was killed is carried out again at the next start")
    func interrupted() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            try await shop.dataset()
            try await shop.policy(Rules.text())
            let opened = try await shop.evaluations.open(model, version, by: shop.ada)
            let claimed = try await shop.store.write { tx in try tx.startEvaluation(opened.id) }
            #expect(claimed)
            try await shop.work()
            #expect(try await shop.evaluation(opened.id)?.state == .finished)
            #expect(try await shop.log(AuditFilter(action: .evaluationFinished)).count == 1)
        }
    }

    @Test(
        "a disk that fails once postpones an evaluation; the worker outlives it and the result is written once", arguments: 2...3)
    func postponed(write: Int) async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            try await shop.dataset()
            try await shop.policy(Rules.text())
            let opened = try await shop.promotions.open(model, version, to: .staging, by: shop.caller)
            // The first write queues again what was interrupted, the second claims, the third concludes.
            for moment in WatchedStore.Moment.allCases {
                shop.store.arm(.init(write: write, moment: moment, isLasting: false))
                try await shop.work()
            }
            shop.store.arm(nil)
            let promotion = try #require(try await shop.store.read { tx in try tx.promotion(id: opened.id) })
            #expect(promotion.state == .approved)
            let ends = try await shop.log(AuditFilter(action: .evaluationFinished))
            #expect(ends.count == 1)
        }
    }

    @Test("a cancelled evaluation is no result: it waits for the next start")
    func cancelled() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            try await shop.dataset()
            // 1000 requests at 10 a second: longer than any test waits.
            try await shop.policy(Rules.text(gates: ["latency: {mode: open_loop, requests: 1000, rate: 10/s}"]))
            let opened = try await shop.evaluations.open(model, version, by: shop.ada)
            await withTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try? await shop.evaluations.perform(opened.id) }
                // The first attempts were the set-up's; the claim is the one that makes it run.
                for await _ in shop.store.attempts {
                    if (try? await shop.evaluation(opened.id))??.state == .running { break }
                    shop.store.signal()
                }
                tasks.cancelAll()
            }
            #expect(try await shop.evaluation(opened.id)?.state == .running)
            try await shop.policy(Rules.text())
            try await shop.work()
            let finished = try #require(try await shop.evaluation(opened.id))
            #expect(finished.state == .finished)
            #expect(finished.passed == true)
        }
    }

    @Test("two promotions that ask the same question wait for one evaluation")
    func sharedEvaluation() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            let first = try await shop.promotions.open(model, version, to: .staging, by: shop.caller)
            let second = try await shop.promotions.open(model, version, to: .staging, by: shop.caller)
            #expect(first.evaluationID != nil)
            #expect(first.evaluationID == second.evaluationID)
        }
    }

    @Test("the 257th evaluation that waits is refused")
    func queueLimit() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            for _ in 0..<EvaluationService.openMax { _ = try await shop.evaluations.open(model, version, by: shop.ada) }
            try await expectFailure(.tooManyRequests) { try await shop.evaluations.open(model, version, by: shop.ada) }
            let other = try await shop.version(of: model)
            try await expectFailure(.tooManyRequests) {
                try await shop.promotions.open(model, other, to: .staging, by: shop.caller)
            }
            let promotions = try await shop.log(AuditFilter(action: .promotionRequested))
            #expect(promotions.isEmpty)
        }
    }

    @Test("evaluations are carried out in the order in which they were asked for")
    func order() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            var opened: [String] = []
            for _ in 0..<3 { opened.append(try await shop.evaluations.open(model, version, by: shop.ada).id) }
            try await shop.work()
            let finished = try await shop.log(AuditFilter(action: .evaluationFinished))
            #expect(finished.compactMap { $0.facts["evaluation"]?.stringValue } == opened)
        }
    }

    @Test("an artifact that was damaged on disk fails the evaluation, and says so")
    func damagedArtifact() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            try await shop.dataset()
            try await shop.policy(Rules.text())
            try await shop.damage(.sha256(of: Array((LoanModel.good["model.lgb"] ?? "").utf8)))
            let evaluation = try await shop.evaluate(version, of: model)
            #expect(evaluation.state == .failed)
            #expect(evaluation.passed == nil)
            #expect(says(evaluation.reason, "changed on disk"))
            #expect(try await shop.lastEntry(.evaluationFinished).facts["passed"] == .null)
        }
    }

    @Test("a version that is deleted while its evaluation waits fails it, and the worker goes on")
    func deletedMeanwhile() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let gone = try await shop.version(of: model)
            let kept = try await shop.version(of: model, LoanModel.weak)
            try await shop.dataset()
            try await shop.policy(Rules.text(gates: ["accuracy: {min_absolute_auc: 0.5}"]))
            let first = try await shop.promotions.open(model, gone, to: .staging, by: shop.caller)
            let second = try await shop.promotions.open(model, kept, to: .staging, by: shop.caller)
            try await shop.registry.deleteVersion(gone, of: model, by: shop.ada)
            try await shop.work()
            let states = try await shop.store.read { tx in
                try [first, second].map { try tx.promotion(id: $0.id)?.state }
            }
            #expect(states == [.blocked, .approved])
            #expect(try await shop.lastEntry(.transitionRefused).facts["promotion"] == .string(first.id))
        }
    }

    @Test("an evaluation of a version that does not exist is not found")
    func notFound() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            try await expectFailure(.notFound) { try await shop.evaluations.open(model, VersionNumber(1), by: shop.ada) }
            let log = try await shop.log(AuditFilter(action: .evaluationStarted))
            #expect(log.isEmpty)
        }
    }

    @Test("without a policy the shipped one blocks, and every gate says what it lacks")
    func shippedDefault() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            let evaluation = try await shop.evaluate(version, of: model)
            #expect(evaluation.passed == false)
            #expect(evaluation.policyReference == "default")
            #expect(evaluation.blockingChecks == ["accuracy", "latency", "fairness", "data_drift", "schema"])
            let reasons = evaluation.results.map(\.judgement.reason)
            for (index, words) in ["evaluation.dataset", "evaluation.dataset", "evaluation.dataset", "gateway", "pipeline"]
                .enumerated()
            {
                #expect(says(reasons[index], words), "\(reasons[index])")
            }
        }
    }
}
