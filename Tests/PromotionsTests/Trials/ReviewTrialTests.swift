import Access
import AuditLog
import Foundation
import GatehouseCore
import Gates
import Registry
import Scoring
import Statistics
import Storage
import Testing

@testable import Promotions

/// A version under review that splits `utilisation` at 0.495, beside a champion that splits it at 0.695.
private struct TrialBench {
    let bench: ReviewBench
    let review: Review
    let reviewer: Caller

    static let positive = 1 / (1 + exp(-1.4))
    static let negative = 1 - positive
    static let between: TrialInput = .values(["utilisation": 0.6, "late_payments": 2])

    static func run(rules: String = "", evaluation: String = "", _ body: (TrialBench) async throws -> Void) async throws {
        let gate = "accuracy: {min_absolute_auc: 0.5, min_delta: -1}"
        try await ReviewBench.run(rules: Rules.text(evaluation: evaluation, gates: [gate])) { bench in
            let shop = bench.shop
            let weak = try await shop.version(of: bench.model, LoanModel.weak)
            try await shop.promote(weak, of: bench.model)
            try await shop.adoptions.adopt(weak, into: Slot(model: bench.model), reason: "ran before", by: shop.ada)
            let promotion = try await bench.ask()
            let review = try #require(try await bench.reviews(promotion).first)
            let caller = try await bench.reviewer(review)
            _ = try await bench.service.open(review.id, by: caller)
            try await body(TrialBench(bench: bench, review: review, reviewer: caller))
        }
    }

    func tried(_ input: TrialInput) async throws -> ReviewTrial {
        try await bench.service.tryRow(review.id, input, by: reviewer)
    }

    var kept: [ReviewTrial] {
        get async throws { try await bench.shop.store.read { tx in try tx.trials(of: review.id) } }
    }

    func offer() async throws -> TrialOffer? {
        _ = try await bench.service.recordEvidence(review.id, .trials, by: reviewer)
        return try await bench.shop.store.read { tx in try tx.trialOffer(of: review.id) }
    }
}

@Suite("Edge cases in a review", .timeLimit(.minutes(5)))
struct ReviewTrialTests {
    @Test("both versions answer as their libraries do, and what came of it is kept with the review and in the log")
    func both() async throws {
        try await TrialBench.run { bench in
            let trial = try await bench.tried(TrialBench.between)
            #expect(trial.candidate.version == bench.review.version && trial.candidate.runner == "native lightgbm")
            #expect(abs(try #require(trial.candidate.score) - TrialBench.positive) < 1e-12)
            #expect(abs(try #require(trial.champion?.score) - TrialBench.negative) < 1e-12)
            #expect(trial.threshold == 0.5 && trial.decisionsDiffer == true && trial.number == 1)
            let second = try await bench.tried(.typed(["utilisation": "0.1", "late_payments": ""]))
            #expect(second.number == 2 && second.decisionsDiffer == false)
            #expect(second.row == ["utilisation": 0.1, "late_payments": .null])
            #expect(try await bench.kept.map(\.id) == [trial.id, second.id])
            let entry = try #require(try await bench.bench.shop.log(AuditFilter(action: .reviewTried)).first)
            #expect(entry.facts["trial"] == .string(trial.id) && entry.facts["threshold"] == 0.5)
            #expect(!entry.facts.canonicalText.contains("utilisation"), "the log holds no row")
            #expect(says(entry.texts["row"], #""utilisation":0.6"#))
            #expect(try await bench.bench.review(bench.review.id).evidenceOpened[.trials] != nil)
            let words = "2 edge cases were tried; the decision differs from the champion's in 1."
            #expect(ReviewTrial.summary(try await bench.kept) == words)
        }
    }

    @Test("the decision's entry counts them")
    func counted() async throws {
        try await TrialBench.run { bench in
            _ = try await bench.tried(TrialBench.between)
            try await bench.bench.approve(bench.review)
            let entry = try await bench.bench.shop.lastEntry(.reviewApproved)
            #expect(entry.facts["edge_cases_tried"] == 1)
            #expect(entry.facts["evidence_opened"] == ["gates", "trials"])
            let error = try await expectFailure(.conflict) { try await bench.tried(TrialBench.between) }
            #expect(says(error.message, "approved"))
        }
    }

    @Test("the form names both versions' inputs with what is usual in the training data")
    func form() async throws {
        try await TrialBench.run { bench in
            guard case .form(let form)? = try await bench.offer() else {
                Issue.record("there is no form")
                return
            }
            #expect(form.usualFrom == "the training data")
            #expect(form.fields.map(\.name) == ["utilisation", "late_payments"])
            #expect(
                form.fields.map(\.type) == [.double, .long] && form.fields.allSatisfy { $0.isRequired && !$0.isChampionsOnly })
            #expect(abs(try #require(form.fields[0].usual.doubleValue) - 0.495) < 0.02)
            #expect(form.fields[1].usual == 3)
        }
    }

    @Test("a text that stands for few rows is offered to nobody: it is somebody's")
    func rare() {
        func field(_ name: String) -> TrialForm.Field {
            .init(name: name, type: .string, isRequired: true, isChampionsOnly: false)
        }
        func profile(_ name: String, _ counts: [String: Int]) -> FeatureProfile {
            FeatureProfile(name: name, buckets: .categorical(counts), missing: 0)
        }
        let names = Dictionary(uniqueKeysWithValues: (0..<90).map { ("person \($0)", 1) })
        let statistics = FeatureStatistics(
            rows: 100,
            features: [
                profile("sector", ["trade": 60, "farm": 40]), profile("name", names), profile("town", ["a": 4, "b": 3]),
                profile("street", names.merging(["high street": 4]) { $1 }.merging(["low street": 6]) { $1 }),
            ])
        let form = TrialForm(fields: ["sector", "name", "town", "street"].map(field)).usual(statistics, from: "the training data")
        #expect(form.fields.map(\.usual) == ["trade", .null, .null, "low street"])
    }

    @Test(
        "a row that does not fit is refused with every reason, and nothing is kept",
        arguments: [
            (["utilisation": 0.5, "late_payment": 2] as [String: JSONValue], "did you mean 'late_payments'?"),
            (["utilisation": 0.5, "late_payments": 2.5], "must be a whole number, not 2.5"),
            (["utilisation": "high", "late_payments": 2], #"must be a number, not "high""#),
            (["utilisation": 0.5], "'late_payments' is not given"),
            (["utilisation": .string(String(repeating: "9", count: 1001)), "late_payments": 2], "longer than 1000 bytes"),
        ])
    func misfits(row: [String: JSONValue], why: String) async throws {
        try await TrialBench.run { bench in
            let error = try await expectFailure(.invalidArgument) { try await bench.tried(.values(row)) }
            #expect(error.details.contains { $0.contains(why) }, "\(error)")
            #expect(try await bench.kept.isEmpty)
            #expect(try await bench.bench.shop.log(AuditFilter(action: .reviewTried)).isEmpty)
        }
    }

    @Test("nobody tries rows in somebody else's review, before it is opened, or with a token")
    func rights() async throws {
        try await TrialBench.run { bench in
            let service = bench.bench.service
            for name in ReviewBench.reviewers + ["root", "rita"] where .user(name) != bench.review.reviewer {
                try await expectFailure(.forbidden) {
                    try await service.tryRow(bench.review.id, TrialBench.between, by: bench.bench.caller(name))
                }
            }
            let token = Caller(principal: .token("ci"), grants: Grants([Grant(.admin)]))
            try await expectFailure(.forbidden) { try await service.tryRow(bench.review.id, TrialBench.between, by: token) }
            #expect(try await bench.kept.isEmpty)
        }
        try await ReviewBench.run { bench in
            let review = try #require(try await bench.reviews(try await bench.ask()).first)
            let error = try await expectFailure(.conflict) {
                try await bench.service.tryRow(review.id, TrialBench.between, by: bench.reviewer(review))
            }
            #expect(says(error.message, "Open"))
        }
    }

    @Test("a version that cannot be run says why, and nothing is kept")
    func impossible() async throws {
        try await TrialBench.run(evaluation: "runner: {predictions: utilisation}") { bench in
            let why = "the policy takes its answers from the column 'utilisation' of a dataset"
            guard case .impossible(let because)? = try await bench.offer() else {
                Issue.record("a row was offered")
                return
            }
            #expect(because.contains(why))
            let error = try await expectFailure(.conflict) { try await bench.tried(TrialBench.between) }
            #expect(says(error.message, why) && says(error.hint, "Nothing was tried"))
            #expect(try await bench.kept.isEmpty)
        }
    }

    @Test("a model server that does not answer in time is no fault of this server, and nothing is kept")
    func down() async throws {
        try await TrialBench.run { bench in
            let gate = "accuracy: {min_absolute_auc: 0.5, min_delta: -1}"
            let promotion = try await bench.bench.promotion(bench.review.promotion)
            try await bench.bench.shop.policy(
                Rules.text(evaluation: "runner: {endpoint: 'http://127.0.0.1:9'}", gates: [gate]))
            let runner = TrialRunner(evaluations: bench.bench.shop.evaluations, limit: .milliseconds(500))
            let error = try await expectFailure(.conflict) { try await runner.run(TrialBench.between, promotion) }
            #expect(says(error.message, "did not answer within 500ms, so nothing was tried"))
        }
    }

    @Test("a review keeps 50 trials and no more")
    func limit() async throws {
        try await TrialBench.run { bench in
            for number in 1...ReviewTrial.perReviewMax {
                #expect(try await bench.tried(TrialBench.between).number == number)
            }
            let error = try await expectFailure(.tooLarge) { try await bench.tried(TrialBench.between) }
            #expect(says(error.message, "50 trials"))
        }
    }

    @Test("one row at a time for a person, and four in all")
    func door() async throws {
        let door = TrialDoor()
        func inside(_ names: ArraySlice<String>, _ last: String) async throws {
            guard let first = names.first else {
                return try await door.pass(.user(last)) {}
            }
            try await door.pass(.user(first)) { try await inside(names.dropFirst(), last) }
        }
        try await expectFailure(.tooManyRequests) { try await inside(["ben"], "ben") }
        try await inside(["ben", "cleo", "dora"], "emil")
        try await expectFailure(.tooManyRequests) { try await inside(["ben", "cleo", "dora", "emil"], "fay") }
        try await inside([], "ben")
    }

    @Test("forgetting the reviewer takes the rows away, not what came of them")
    func erasure() async throws {
        try await TrialBench.run { bench in
            _ = try await bench.tried(TrialBench.between)
            _ = try await bench.bench.shop.store.write { tx in try tx.eraseReviewTexts(of: bench.review.reviewer) }
            let trial = try #require(try await bench.kept.first)
            #expect(trial.row == nil && trial.decisionsDiffer == true)
        }
    }
}
