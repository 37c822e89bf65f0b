import ArtifactsLocal
import GatehouseCore
import Gates
import Registry
import Scoring
import Testing

@testable import Promotions

@Suite("What checks say when something is missing or wrong", .timeLimit(.minutes(5)))
struct EvaluatorTests {
    /// Evaluates a good model on data and rules that the test spoils. The one check's result.
    private func result(
        files: [String: String] = LoanModel.good, csv: String = Loan.csv(), gate: String = Rules.accuracy,
        rules: String? = nil, prepare: (Workshop, ModelName) async throws -> Void = { _, _ in }
    ) async throws -> CheckResult {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model, files)
            try await shop.dataset("holdout", csv)
            try await shop.policy(rules ?? Rules.text(gates: [gate]))
            try await prepare(shop, model)
            let evaluation = try await shop.evaluate(version, of: model)
            #expect(evaluation.state == .finished)
            #expect(evaluation.results.count == 1)
            let result = try #require(evaluation.results.first)
            // Whatever this suite spoils, nothing of it may let a version through.
            #expect(result.blocks == (result.verdict != .pass))
            #expect(evaluation.passed == (result.verdict == .pass))
            return result
        }
    }

    @Test("unspoilt, the check passes")
    func unspoilt() async throws {
        #expect(try await result().verdict == .pass)
    }

    @Test("without a champion only the absolute limit applies, and the sentence says so")
    func noChampion() async throws {
        let result = try await result()
        #expect(says(result.judgement.reason, "no champion yet"))
        #expect(result.inputs["champion"] == nil)
    }

    // MARK: The champion

    @Test("a champion that cannot be run is an error, never a comparison with nobody")
    func championUnreadable() async throws {
        var broken = LoanModel.weak
        broken["model.lgb"] = "tree\nversion=v4\nnot a model\n"
        let result = try await result { shop, model in
            let champion = try await shop.version(of: model, broken)
            try await shop.adoptions.adopt(champion, into: Slot(model: model), reason: "ran before", by: shop.ada)
        }
        #expect(result.verdict == .error)
    }

    @Test("a champion whose bytes are not in the registry is an error")
    func championUnpinned() async throws {
        let result = try await result(
            rules: Rules.text(enforcement: "warn"),
            prepare: { shop, model in
                let champion = try await shop.registrations.register(
                    VersionRequest(model: model, source: "s3://somewhere"), by: shop.ada)
                try await shop.move(champion.number, of: model, to: .production)
            })
        #expect(result.verdict == .error)
        #expect(says(result.judgement.reason, "credit-risk v2"))
    }

    @Test("a champion that needs a column the data do not have is an error that names it")
    func championNeedsMore() async throws {
        var other = LoanModel.weak
        other["model.lgb"] = other["model.lgb"]?.replacing("late_payments", with: "returned_debits")
        other["MLmodel"] = other["MLmodel"]?.replacing("late_payments", with: "returned_debits")
        let result = try await result { [other] shop, model in
            let champion = try await shop.version(of: model, other)
            try await shop.adoptions.adopt(champion, into: Slot(model: model), reason: "ran before", by: shop.ada)
        }
        #expect(result.verdict == .error)
        #expect(says(result.judgement.reason, "returned_debits"), "\(result.judgement.reason)")
    }

    // MARK: The data

    @Test("a dataset that changed on disk is an error that names it")
    func datasetChanged() async throws {
        let result = try await result { shop, _ in try await shop.damage(.sha256(of: Array(Loan.csv().utf8))) }
        #expect(result.verdict == .error)
        #expect(says(result.judgement.reason, "holdout@1"), "\(result.judgement.reason)")
    }

    @Test("a dataset whose bytes are gone is an error that names it")
    func datasetGone() async throws {
        let result = try await result { shop, _ in
            _ = try await shop.artifacts.remove(.sha256(of: Array(Loan.csv().utf8)), storedBefore: Timestamp(milliseconds: .max))
        }
        #expect(result.verdict == .error)
        #expect(says(result.judgement.reason, "holdout@1"))
    }

    @Test(
        "what the policy names and the data do not have is an error that names it",
        arguments: [
            (Rules.text(dataset: "elsewhere"), "elsewhere"), (Rules.text(dataset: "holdout@9"), "holdout@9"),
            (Rules.text(label: "default"), "Did you mean 'defaulted'?"), (Rules.text(groups: "region"), "'region'"),
        ])
    func missingInData(policy: String, words: String) async throws {
        let result = try await result(rules: policy)
        #expect(result.verdict == .error)
        #expect(says(result.judgement.reason, words), "\(result.judgement.reason)")
    }

    @Test("labels other than 0 and 1 are an error", arguments: ["2", "0.5", "-1"])
    func oddLabels(label: String) async throws {
        let result = try await result(csv: Loan.csv { row, loan in if row == 7 { loan.defaulted = label } })
        #expect(result.verdict == .error)
    }

    @Test("labels that are text are an error that says so")
    func textLabels() async throws {
        let result = try await result(csv: Loan.csv { _, loan in loan.defaulted = loan.defaulted == "1" ? "yes" : "no" })
        #expect(result.verdict == .error)
        #expect(says(result.judgement.reason, "holds text"))
    }

    @Test("a row without a label is an error that names the row")
    func missingLabel() async throws {
        let result = try await result(csv: Loan.csv { row, loan in if row == 41 { loan.defaulted = "" } })
        #expect(result.verdict == .error)
        #expect(says(result.judgement.reason, "Row 42 of holdout@1"))
    }

    @Test("a feature that the data lack is an error that names it")
    func missingFeature() async throws {
        let csv = Loan.csv().replacing("late_payments", with: "late_payment")
        let result = try await result(csv: csv)
        #expect(result.verdict == .error)
        #expect(says(result.judgement.reason, "late_payments"), "\(result.judgement.reason)")
    }

    @Test("data of one class decide nothing")
    func oneClass() async throws {
        let result = try await result(csv: Loan.csv { _, loan in loan.defaulted = "0" })
        #expect(result.verdict == .inconclusive)
    }

    // MARK: Groups

    private static let fairness = "fairness: {min_group_size: 30}"

    @Test("alike groups pass; one that is declined three times as often fails though it is ranked as well")
    func groups() async throws {
        let fair = try await result(gate: Self.fairness)
        #expect(fair.verdict == .pass, "\(fair.judgement)")
        // Two thirds of the older applicants' high scores are dropped, right and wrong ones in proportion.
        let csv = Loan.csv(rows: 4000) { row, loan in
            guard row / 100 % 2 == 1, row % 100 >= 50, row / 200 % 3 != 0 else { return }
            loan = Loan(row: row - 50)
        }
        let unfair = try await result(csv: csv, gate: Self.fairness)
        #expect(unfair.verdict == .fail, "\(unfair.judgement)")
        #expect(says(unfair.judgement.reason, "impact ratio"))
    }

    @Test("a group of one class and a group below the minimum are inconclusive, and that blocks")
    func thinGroups() async throws {
        let oneClass = Loan.csv { row, loan in if loan.ageBand == "31-65" { loan.defaulted = "1" } }
        let single = try await result(csv: oneClass, gate: "fairness: {min_impact_ratio: 0, max_demographic_disparity: 1}")
        #expect(single.verdict == .inconclusive)
        #expect(says(single.judgement.reason, "single_class"))

        let small = try await result(
            csv: Loan.csv { row, loan in if row % 20 == 0 { loan.ageBand = "66+" } }, gate: Self.fairness)
        #expect(small.verdict == .inconclusive)
        #expect(says(small.judgement.reason, "66+"))
    }

    @Test("a numeric group column is taken as names")
    func numericGroups() async throws {
        let csv = Loan.csv { _, loan in loan.ageBand = loan.ageBand == "18-30" ? "1" : "2" }
        #expect(try await result(csv: csv, gate: Self.fairness).verdict == .pass)
    }

    @Test("no groups named: nothing can be compared")
    func noGroups() async throws {
        let result = try await result(gate: Self.fairness, rules: Rules.text(groups: "", gates: [Self.fairness]))
        #expect(result.verdict == .inconclusive)
    }

    // MARK: Drift and schema

    private static let drift = "data_drift: {current: dataset recent}"

    @Test("no drift passes, a shift fails and names the feature")
    func drift() async throws {
        let same = try await result(gate: Self.drift) { shop, _ in try await shop.dataset("recent", Loan.csv(rows: 700)) }
        #expect(same.verdict == .pass, "\(same.judgement)")
        let shifted = Loan.csv(rows: 700) { row, loan in if row % 2 == 0 { loan.utilisation = "0.95" } }
        let moved = try await result(gate: Self.drift) { shop, _ in try await shop.dataset("recent", shifted) }
        #expect(moved.verdict == .fail)
        #expect(says(moved.judgement.reason, "utilisation"))
    }

    @Test("a model without training statistics is inconclusive on drift")
    func noStatistics() async throws {
        var files = LoanModel.good
        files["feature_stats.json"] = nil
        let result = try await result(files: files, gate: Self.drift) { shop, _ in try await shop.dataset("recent") }
        #expect(result.verdict == .inconclusive)
        #expect(says(result.judgement.reason, "gatehouse profile"))
    }

    @Test("damaged training statistics are an error", arguments: ["", "[]", "{\"format\": 1}", "not JSON"])
    func damagedStatistics(text: String) async throws {
        var files = LoanModel.good
        files["feature_stats.json"] = text
        let result = try await result(files: files, gate: Self.drift) { shop, _ in try await shop.dataset("recent") }
        #expect(result.verdict == .error)
    }

    @Test("current data without one of the model's features fail and name it")
    func driftLacksFeature() async throws {
        let csv = Loan.csv().replacing("late_payments", with: "latest_payments")
        let result = try await result(gate: Self.drift) { shop, _ in try await shop.dataset("recent", csv) }
        #expect(result.verdict == .fail)
        #expect(says(result.judgement.reason, "late_payments"))
    }

    @Test("live data that no gateway reports and files that a server does not read never pass")
    func currentSources() async throws {
        #expect(try await result(gate: "data_drift: {current: live}").verdict == .inconclusive)
        #expect(try await result(gate: "data_drift: {current: dataset gone}").verdict == .error)
    }

    private static let schema = "schema: {pipeline: credit-features}"

    @Test("a pipeline that delivers every input passes; one that lacks one fails and names it")
    func schema() async throws {
        let whole = try await result(gate: Self.schema) { shop, _ in
            _ = try await shop.registry.addPipeline("credit-features", schema: Loan.schema, by: shop.ada)
        }
        #expect(whole.verdict == .pass)
        let short = try await result(gate: Self.schema) { shop, _ in
            _ = try await shop.registry.addPipeline("credit-features", schema: [Loan.schema[0]], by: shop.ada)
        }
        #expect(short.verdict == .fail)
        #expect(says(short.judgement.reason, "late_payments"))
    }

    @Test("a model without a signature fails the schema gate")
    func noSignature() async throws {
        let files = LoanModel.files(splitAt: 0.495, signature: nil)
        let result = try await result(files: files, gate: Self.schema) { shop, _ in
            _ = try await shop.registry.addPipeline("credit-features", schema: Loan.schema, by: shop.ada)
        }
        #expect(result.verdict == .fail)
        #expect(says(result.judgement.reason, "no signature"))
    }

    @Test("a pipeline that nobody registered is an error")
    func noPipeline() async throws {
        #expect(try await result(gate: Self.schema).verdict == .error)
    }

    // MARK: The model

    @Test("a model that cannot be read is an error of every check that needs it")
    func damagedModel() async throws {
        var files = LoanModel.good
        files["model.lgb"] = "tree\nversion=v4\nnonsense\n"
        for gate in [Rules.accuracy, "latency: {mode: sequential, requests: 20}"] {
            #expect(try await result(files: files, gate: gate).verdict == .error)
        }
    }

    @Test("a column of predictions is judged instead of the model where the policy says so")
    func predictions() async throws {
        let csv = Loan.csv { _, loan in loan.latePayments = loan.defaulted }
        let result = try await result(
            csv: csv, rules: Rules.text(evaluation: "runner: {predictions: late_payments}"))
        #expect(result.verdict == .pass)
        #expect(result.judgement.measurements.first?.value == 1)
    }
}
