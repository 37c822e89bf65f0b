import Access
import GatehouseCore
import Gates
import Registry
import Storage
import Testing

@testable import Promotions

@Suite("Backtests of policies", .timeLimit(.minutes(3)))
struct BacktestTests {
    /// Drafts whose limits differ from `Rules.allGates`, in what kept values can answer.
    static let drafts: [[String]] = [
        ["accuracy: {min_absolute_auc: 0.7, min_relative_improvement: 0.005}"],
        ["accuracy: {min_absolute_auc: 0.95}"], ["accuracy: {min_absolute: 0.73}"],
        ["accuracy: {min_absolute_auc: 0.5, min_delta: -0.5}"], ["accuracy: {min_absolute_auc: 0.5, min_delta: 0.2}"],
        ["latency: {mode: sequential, requests: 60, warm_up: 2, latency_budget_p95_ms: 0}"],
        ["fairness: {max_demographic_disparity: 0, min_impact_ratio: 0.8}"],
        ["fairness: {max_demographic_disparity: 0.05, min_impact_ratio: 1}"],
        ["fairness: {max_demographic_disparity: 1, min_impact_ratio: 0}"],
        ["data_drift: {current: dataset recent, max_psi_threshold: 0}"],
        ["data_drift: {current: dataset recent, moderate: 0.01}"],
    ]

    @Test("what kept values answer is what measuring again under the draft says")
    func differential() async throws {
        try await Workshop.run(default: .shipped(.warn)) { shop in
            let model = try await shop.model()
            let weak = try await shop.version(of: model, LoanModel.weak)
            let good = try await shop.version(of: model)
            try await shop.dataset()
            try await shop.dataset("recent", Loan.csv { row, loan in if row % 4 == 0 { loan.latePayments = "6" } })
            _ = try await shop.registry.addPipeline("credit-features", schema: Loan.schema, by: shop.ada)
            try await shop.served(model, weak)
            try await shop.policy(Rules.text(gates: Rules.allGates))
            for version in [weak, good] { try await shop.evaluate(version, of: model) }
            var told: [[Int64: [String: Verdict?]]] = []
            for draft in Self.drafts {
                let found = try await shop.backtests.run(Rules.text(gates: draft), model: nil, limit: 50)
                #expect(found.rows.map(\.version) == [good, weak])
                told.append(
                    Dictionary(
                        uniqueKeysWithValues: found.rows.map { row in
                            (row.version.value, Dictionary(uniqueKeysWithValues: row.checks.map { ($0.name, $0.would) }))
                        }))
            }
            for (draft, told) in zip(Self.drafts, told) {
                try await shop.policy(Rules.text(gates: draft))
                for version in [weak, good] {
                    let evaluation = try await shop.evaluate(version, of: model)
                    for result in evaluation.results {
                        let would = try #require(told[version.value]?[result.name])
                        // Latency is measured anew, and no budget of zero was ever kept.
                        #expect(would == result.verdict, "\(draft) v\(version): \(result.judgement.reason)")
                    }
                }
            }
        }
    }

    @Test("what was kept does not answer is said to be not measured, with the reason, and leaves the outcome open")
    func notMeasured() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            try await shop.dataset()
            try await shop.policy(Rules.text(gates: [Rules.accuracy, "fairness: {}"]))
            try await shop.evaluate(version, of: model)
            func check(_ yaml: String, _ name: String) async throws -> (BacktestRow, BacktestRow.Check) {
                let row = try #require(try await shop.backtests.run(yaml, model: nil, limit: 5).rows.first)
                return (row, try #require(row.checks.first { $0.name == name }))
            }
            for (yaml, name, why) in [
                (Rules.text(gates: ["accuracy: {metric: brier, min_absolute: 0.2}"]), "accuracy", "metric"),
                (Rules.text(gates: ["accuracy: {compare: superior}"]), "accuracy", "compare"),
                (Rules.text(gates: ["fairness: {min_group_size: 10}"]), "fairness", "min_group_size"),
                (Rules.text(gates: ["fairness: {judge_by: interval}"]), "fairness", "judge_by"),
                (Rules.text(gates: ["latency: {mode: sequential}"]), "latency", "no check of this name"),
                (Rules.text(dataset: "other"), "accuracy", "other data"),
                (Rules.text(evaluation: "decision_threshold: 0.4", gates: ["fairness: {}"]), "fairness", "other data"),
            ] {
                let (row, found) = try await check(yaml, name)
                #expect(found.would == nil, "\(name): \(why)")
                #expect(says(found.reason, why), "\(found.reason ?? "")")
                #expect(row.outcome == .undecided)
            }
            let failing = try await check(Rules.text(gates: ["accuracy: {min_absolute_auc: 0.99}", "latency: {}"]), "accuracy")
            #expect(failing.1.would == .fail)
            #expect(failing.0.outcome == .fail, "one failure decides, whatever else is open")
            let warning = try await check(
                Rules.text(gates: ["accuracy: {min_absolute_auc: 0.8}", "latency: {enforcement: warn}"]), "latency")
            #expect(warning.0.outcome == .pass)
            #expect(warning.0.passed)
        }
    }

    @Test("a draft for a pattern names its model; one with mistakes, or for other models, is refused")
    func drafts() async throws {
        try await Workshop.run { shop in
            let (model, version) = try await shop.failing()
            try await expectFailure(.invalidArgument) {
                try await shop.backtests.run(Rules.text(model: "credit-*"), model: nil, limit: 5)
            }
            let found = try await shop.backtests.run(Rules.text(model: "credit-*"), model: model, limit: 5)
            #expect(found.rows.map(\.version) == [version])
            #expect(found.rows.first?.outcome == .fail)
            try await expectFailure(.invalidArgument) {
                try await shop.backtests.run(Rules.text(model: "churn"), model: model, limit: 5)
            }
            try await expectFailure(.invalidArgument) { try await shop.backtests.run("gates: {", model: nil, limit: 5) }
            try await expectFailure(.notFound) {
                try await shop.backtests.run(Rules.text(model: "churn"), model: nil, limit: 5)
            }
        }
    }
}
