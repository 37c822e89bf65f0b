import Access
import AuditLog
import GatehouseCore
import Gates
import Registry
import Storage
import Testing

@testable import Promotions

/// A version in Staging whose evaluation passed, and a house of people around it: `ada` registered it and wrote the policy,
/// `rita` may ask for Production, `ben`, `cleo` and `dora` review. All have accounts.
struct ReviewBench {
    let shop: Workshop
    let model: ModelName
    let version: VersionNumber
    let accounts: AccountService

    static let reviewers = ["ben", "cleo", "dora"]
    static let answers = QuestionnaireAnswers(
        texts: [
            "risk": "Two points of AUC.", "data": "None that matter.", "timing": "Tuesday morning.",
            "edge_cases": "Empty fields; it answers the base rate.", "on_call": "dora",
        ], acknowledged: ["Made by hand."])

    static func run(
        rules: String = Rules.text(), reviewers: [String] = reviewers, _ body: (ReviewBench) async throws -> Void
    ) async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            try await shop.dataset()
            try await shop.policy(rules)
            let accounts = AccountService(
                store: shop.store, cache: CallerCache(), now: { shop.clock.now }, ids: { shop.transitions.ids() },
                random: { Array(repeating: 7, count: $0) })
            let bench = ReviewBench(shop: shop, model: model, version: version, accounts: accounts)
            try await bench.user("root", .admin)
            try await bench.user("rita", .productionManager)
            for name in reviewers { try await bench.user(name, .reviewer) }
            try await shop.promote(version, of: model)
            try #require(try await shop.stage(version, of: model) == .staging)
            shop.clock.advance(by: .seconds(3600))
            try await body(bench)
        }
    }

    func user(_ name: String, _ roles: Role...) async throws {
        _ = try await accounts.addUser(name, password: nil, identity: nil, grants: roles.map { Grant($0) }, by: shop.ada)
    }

    /// Somebody with what is recorded for them, as a door would know them.
    func caller(_ name: String) async throws -> Caller {
        let principal = Principal.user(name)
        return Caller(principal: principal, grants: try await shop.store.read { tx in try tx.grants(of: principal) })
    }

    // MARK: What people do

    /// Random bytes that differ from call to call.
    var service: ReviewService {
        let ids = shop.transitions.ids
        return ReviewService(
            shop.evaluations,
            randomBytes: { count in
                let text = Array(ids().utf8)
                return (0..<count).map { text[$0 % text.count] &+ UInt8($0) }
            })
    }

    @discardableResult
    func ask(by name: String = "rita", in slot: Slot? = nil) async throws -> Promotion {
        try await shop.promotions.open(
            model, version, to: .production, in: slot, by: caller(name), reason: "beats the champion")
    }

    func reviews(_ promotion: Promotion) async throws -> [Review] {
        try await shop.store.read { tx in try tx.reviews(of: promotion.id) }
    }

    func promotion(_ id: String) async throws -> Promotion {
        try #require(try await shop.store.read { tx in try tx.promotion(id: id) })
    }

    func review(_ id: String) async throws -> Review { try await shop.store.read { tx in try tx.requiredReview(id) } }

    func reviewer(_ review: Review) async throws -> Caller { try await caller(String(review.reviewer.text.dropFirst(5))) }

    /// Opens, looks at the gates, thinks for ten minutes and answers. Returns the token.
    func prepare(_ review: Review, _ answers: QuestionnaireAnswers = ReviewBench.answers) async throws -> String {
        let caller = try await reviewer(review)
        _ = try await service.open(review.id, by: caller)
        _ = try await service.recordEvidence(review.id, .gates, by: caller)
        shop.clock.advance(by: .seconds(600))
        return try await service.answer(review.id, answers, by: caller).token.text
    }

    @discardableResult
    func approve(_ review: Review) async throws -> Review {
        let token = try await prepare(review)
        return try await service.approve(review.id, token: token, by: try await reviewer(review))
    }

    /// Files another finished evaluation, newer than all, made from the last one: on another dataset, or with more results.
    func reevaluate(dataset: String? = nil, withMore: Bool = false) async throws {
        try await shop.store.write { [self] tx in
            let last = try #require(try tx.latestFinishedEvaluation(of: model, version: version))
            var results = last.results
            if withMore { results += last.results }
            let now = shop.clock.now
            try tx.insert(
                Evaluation(
                    id: "ev_again", model: model, version: version, state: .finished, policyReference: last.policyReference,
                    policyDigest: last.policyDigest, artifactDigest: last.artifactDigest,
                    datasetReference: dataset ?? last.datasetReference, championVersion: nil, results: results, reason: nil,
                    requestedBy: shop.ada, startedAt: now, finishedAt: now))
        }
    }
}
