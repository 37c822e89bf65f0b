import AuditLog
import GatehouseCore
import Gates
import Registry
import Storage
import Testing

@testable import Promotions

@Suite("Why a version is where it is", .timeLimit(.minutes(5)))
struct ExplanationTests {
    private func explain(
        _ version: VersionNumber, of model: ModelName, at time: Timestamp? = nil, in shop: Workshop
    ) async throws -> Explanation {
        try await shop.store.read { tx in try tx.explanation(of: version, model: model, at: time) }
    }

    @Test("a version that passed answers the questions: checks, metrics, approvals, data, shadow, champion")
    func passed() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let weak = try await shop.version(of: model, LoanModel.weak)
            let good = try await shop.version(of: model)
            let data = try await shop.dataset()
            try await shop.adoptions.adopt(weak, into: Slot(model: model), reason: "ran before", by: shop.ada)
            try await shop.policy(Rules.text())
            try await shop.promote(good, of: model)
            let found = try await explain(good, of: model, in: shop)
            #expect(found.stage == .staging)
            #expect(found.sentence.contains("is in Staging since"))
            #expect(found.sentence.contains("all 1 check of policy credit-risk@1 passed"))
            let json = found.json
            #expect(json["checks"]?["results"]?.arrayValue?.first?["verdict"] == "pass")
            #expect(json["checks"]?["thresholds_before_run"] == true)
            let auc = json["metrics"]?["values"]?.arrayValue?.first
            #expect(auc?["metric"] == "auc_roc")
            #expect(abs((auc?["value"]?.doubleValue ?? 0) - 0.9) < 1e-12)
            #expect(json["approvals"]?["reason"] == "no review is recorded")
            #expect(json["dataset"]?["reference"] == "holdout@1")
            #expect(json["dataset"]?["digest"] == .string(data.digest.description))
            #expect(json["dataset"]?["rows"]?.integerValue == data.rowCount)
            #expect(json["shadow"]?["asked"] == false)
            #expect(json["shadow"]?["reason"] == "not asked for by the policy")
            #expect(json["champion"]?["version"] == .integer(weak.value))
            #expect(abs((json["champion"]?["metrics"]?.arrayValue?.first?["value"]?.doubleValue ?? 0) - 0.74) < 1e-12)

            let adopted = try await explain(weak, of: model, in: shop)
            #expect(adopted.stage == .production)
            #expect(adopted.sentence.contains("adopted without gates by user:ada (\"ran before\")"))
            #expect(adopted.json["checks"]?["reason"] == "no evaluation is recorded")
        }
    }

    @Test("approvals are those of the promotion that let it in, not of one that a reviewer rejected")
    func approvals() async throws {
        let rules = Rules.text(more: "review: {required: 2}")
        try await ReviewBench.run(rules: rules) { bench in
            func explained() async throws -> Explanation {
                try await bench.shop.store.read { tx in try tx.explanation(of: bench.version, model: bench.model) }
            }
            let first = try await bench.reviews(bench.ask())
            try await bench.approve(first[0])
            #expect(try await explained().approvals.count == 1)
            _ = try await bench.service.reject(first[1].id, reason: "not looked at", by: bench.reviewer(first[1]))
            #expect(try await explained().approvals.map(\.by) == [first[0].reviewer])
            bench.shop.clock.advance(by: .seconds(3600))
            let second = try await bench.reviews(bench.ask())
            #expect(try await explained().approvals.isEmpty)
            for review in second { try await bench.approve(review) }
            let found = try await explained()
            #expect(found.stage == .production)
            #expect(Set(found.approvals.map(\.by)) == Set(second.map(\.reviewer)) && found.approvals.count == 2)
            #expect(found.json["approvals"]?["given"] == 2 && found.reviews.count == 4)
            let names = second.map(\.reviewer.text)
            #expect(names.allSatisfy { found.sentence.contains($0) })
        }
    }

    @Test("refused attempts are told with what was missing, and shadow that was asked for is said not to be measured")
    func refused() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let weak = try await shop.version(of: model, LoanModel.weak)
            try await shop.dataset()
            try await shop.policy(Rules.text(more: "shadow: {fraction: 0.01, min_duration: 48h, min_requests: 1000}"))
            try await shop.promote(weak, of: model)
            try await expectFailure(.blockedByPolicy) { try await shop.move(weak, of: model, to: .production) }
            let found = try await explain(weak, of: model, in: shop)
            #expect(found.stage == .none)
            #expect(found.refusals.map(\.to) == [.staging, .production])
            #expect(found.refusals.first?.missing == ["failed gates: accuracy"])
            #expect(found.sentence.contains("2 moves were refused, the last one to Production, at"))
            #expect(found.json["shadow"]?["asked"] == true)
            #expect(found.json["shadow"]?["reason"] == "asked for by the policy, but not measured")
            let accuracy = found.evaluation?.record.results?.first
            #expect(accuracy?.verdict == .fail)
            #expect(accuracy?.judgement.measurements.first?.limit == .atLeast(0.8))
        }
    }

    @Test("as of an earlier time, what came later is not known")
    func asOf() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let good = try await shop.version(of: model)
            try await shop.dataset()
            try await shop.policy(Rules.text())
            let before = shop.clock.now
            shop.clock.advance(by: .seconds(3600))
            try await shop.promote(good, of: model)
            let then = try await explain(good, of: model, at: before, in: shop)
            #expect(then.stage == .none)
            #expect(then.evaluation == nil)
            #expect(then.sentence.contains("Nobody has asked to promote it"))
            #expect(try await explain(good, of: model, at: shop.clock.now, in: shop).stage == .staging)
            let never = try await explain(good, of: model, at: Timestamp(milliseconds: 0), in: shop)
            #expect(never.entries.isEmpty)
        }
    }

    @Test("a version that another took the place of says which, when and by whom")
    func displaced() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let first = try await shop.version(of: model)
            let second = try await shop.version(of: model)
            try await shop.policy(Rules.text(enforcement: "warn"))
            try await shop.adoptions.adopt(first, into: Slot(model: model), reason: "ran before", by: shop.ada)
            shop.clock.advance(by: .seconds(60))
            try await shop.move(second, of: model, to: .production, reason: "now")
            let found = try await explain(first, of: model, in: shop)
            #expect(found.stage == .archived)
            #expect(found.decisions.map(\.kind) == [.adopted, .displaced])
            #expect(found.sentence.contains("v2 took its place, by user:ada (\"now\")"))
            let taker = try await explain(second, of: model, in: shop)
            #expect(taker.stage == .production)
            #expect(taker.sentence.contains("by a policy that only warns"))
            #expect(taker.sentence.contains("in place of v1"))
        }
    }

    @Test("a version that MLflow's call took out of Staging is archived for the log too")
    func archivedFromStaging() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let first = try await shop.version(of: model)
            let second = try await shop.version(of: model)
            try await shop.policy(Rules.text(enforcement: "off"))
            try await shop.move(first, of: model, to: .staging)
            try await shop.move(second, of: model, to: .staging, archivesExisting: true)
            #expect(try await shop.stage(first, of: model) == .archived)
            #expect(try await explain(first, of: model, in: shop).stage == .archived)
        }
    }

    @Test("thousands of tags on a version are neither told nor waited for")
    func noise() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            for number in 0..<200 {
                try await shop.registry.setTag(TagKey("k"), "\(number)", of: version, model: model, by: shop.ada)
            }
            let found = try await explain(version, of: model, in: shop)
            #expect(found.entries.count == 2)
        }
    }

    @Test("each look-up of an explanation goes through an index")
    func plans() async throws {
        try await Workshop.run { shop in
            let plan = try await shop.store.read { tx in
                try tx.plan(
                    of: """
                        SELECT * FROM audit_entry WHERE 1 = 1 AND model = \("credit-risk") AND version = \(Int64(3))
                            AND action = \("transition.refused") AND sequence < \(Int64.max) ORDER BY sequence DESC LIMIT 100
                        """)
            }
            #expect(plan.contains("audit_entry_by_version (model=? AND version=? AND action=? AND sequence<?)"), "\(plan)")
            #expect(!plan.contains("TEMP B-TREE"))
        }
    }

    @Test("nothing is made up for a version that does not exist")
    func unknown() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let found = try await explain(try VersionNumber(9), of: model, in: shop)
            #expect(found.entries.isEmpty)
            #expect(found.sentence == "credit-risk v9 is not in the audit log.")
        }
    }
}
