import Access
import AuditLog
import GatehouseCore
import Gates
import Logging
import Registry
import Storage
import Testing

@testable import Promotions

@Suite("Reviews", .timeLimit(.minutes(5)))
struct ReviewServiceTests {
    @Test("the last approval moves the version on behalf of whoever asked; slot, alias and record name each other")
    func quorum() async throws {
        try await ReviewBench.run(rules: Rules.text(more: "review: {required: 2}")) { bench in
            let shop = bench.shop
            let promotion = try await bench.ask()
            #expect(promotion.state == .awaitingReview)
            #expect(promotion.reason == "Awaiting review: 2 of 2 approvals missing.")
            let reviews = try await bench.reviews(promotion)
            #expect(reviews.map(\.reviewer) == [.user("ben"), .user("cleo")])
            #expect(reviews.allSatisfy { $0.limitations == ["Made by hand."] && $0.questionnaire == "default@1" })
            try await bench.approve(reviews[0])
            #expect(try await shop.stage(bench.version, of: bench.model) == .staging)
            #expect(try await bench.promotion(promotion.id).reason == "Awaiting review: 1 of 2 approvals missing.")
            try await bench.approve(reviews[1])
            #expect(try await shop.stage(bench.version, of: bench.model) == .production)
            #expect(try await shop.champion(of: bench.model) == bench.version)
            let entry = try await shop.lastEntry(.transitionGranted)
            #expect(entry.principal == .user("rita"))
            #expect(entry.reason == "beats the champion")
            #expect(entry.facts["promotion"] == .string(promotion.id))
            #expect(entry.facts["reviews"] == .array(reviews.map { .string($0.id) }))
            let slot = try #require(try await shop.store.read { tx in try tx.occupant(of: Slot(model: bench.model)) })
            #expect(slot.auditSequence == entry.sequence)
            let decided = try await bench.promotion(promotion.id)
            #expect(decided.state == .approved)
            #expect(decided.reason == "Approved by 2 reviewers and moved to Production.")
            #expect(decided.warnings.isEmpty)
        }
    }

    @Test("every step is in the log, with what it was bound to, both clocks and the flags")
    func record() async throws {
        try await ReviewBench.run { bench in
            let promotion = try await bench.ask()
            let review = try #require(try await bench.reviews(promotion).first)
            _ = try await bench.service.comment(review.id, "Look at v2 as well.", by: bench.caller("rita"))
            try await bench.approve(review)
            let actions = try await bench.shop.log().map(\.action).filter { $0.rawValue.hasPrefix("review.") }
            #expect(actions == [.reviewRequested, .reviewCommented, .reviewOpened, .reviewAnswered, .reviewApproved])
            let entry = try await bench.shop.lastEntry(.reviewApproved)
            #expect(entry.outcome == .granted)
            #expect(entry.principal == .user("ben"))
            #expect(entry.facts["binding"] == .string(review.bindingDigest.description))
            #expect(entry.facts["after_opening_ms"] == 600_000)
            #expect(entry.facts["after_request_ms"] == 600_000)
            #expect(entry.facts["evidence_opened"] == ["gates"])
            #expect(entry.facts["flags"] == [])
            let answered = try await bench.shop.lastEntry(.reviewAnswered)
            #expect(answered.facts["questionnaire"] == "default@1")
            let commitment = try #require(answered.facts["answers_commitment"]?.stringValue)
            #expect(entry.facts["answers_commitment"] == .string(commitment))
            let written = try #require(try await bench.reviews(promotion).first { $0.id == review.id })
            #expect(try #require(written.answersDigest).hex != commitment, "it could be guessed")
            // Forgetting the reviewer takes away what the commitment could be tried against.
            _ = try await bench.shop.store.write { tx in try tx.eraseReviewTexts(of: review.reviewer) }
            let forgotten = try #require(try await bench.reviews(promotion).first { $0.id == review.id })
            #expect(forgotten.answersDigest == nil && forgotten.answersSalt == nil)
            #expect(!answered.facts.canonicalText.contains("Two points"))
            #expect(!answered.facts.canonicalText.contains("user:"))
        }
    }

    @Test("reviewers are asked in turn: who was asked longest ago comes first")
    func rotation() async throws {
        try await ReviewBench.run { bench in
            var asked: [Principal] = []
            for _ in 0..<5 {
                let review = try #require(try await bench.reviews(try await bench.ask()).first)
                asked.append(review.reviewer)
                _ = try await bench.service.reject(review.id, reason: "not yet", by: try await bench.reviewer(review))
                bench.shop.clock.advance(by: .seconds(60))
            }
            // An admin holds every role.
            #expect(asked == ["ben", "cleo", "dora", "root", "ben"].map { Principal.user($0) })
        }
    }

    @Test("a rejection needs a reason, ends the promotion and every other review, and moves nothing")
    func rejection() async throws {
        try await ReviewBench.run(rules: Rules.text(more: "review: {required: 2}")) { bench in
            let promotion = try await bench.ask()
            let reviews = try await bench.reviews(promotion)
            try await bench.approve(reviews[0])
            let cleo = try await bench.caller("cleo")
            try await expectFailure(.invalidArgument) { try await bench.service.reject(reviews[1].id, reason: " ", by: cleo) }
            let rejected = try await bench.service.reject(reviews[1].id, reason: "Christmas is near", by: cleo)
            #expect(rejected.state == .rejected)
            #expect(try await bench.shop.lastEntry(.reviewRejected).reason == "Christmas is near")
            let decided = try await bench.promotion(promotion.id)
            #expect(decided.state == .blocked)
            #expect(says(decided.reason, reviews[1].id))
            #expect(try await bench.shop.stage(bench.version, of: bench.model) == .staging)
            let error = try await expectFailure(.blockedByPolicy) {
                try await bench.shop.move(bench.version, of: bench.model, to: .production)
            }
            #expect(says(error.details.first, "2 approvals by a reviewer"))
        }
    }

    @Test("every panel of the evidence says something, and looking at it is remembered", arguments: Review.Panel.allCases)
    func evidence(panel: Review.Panel) async throws {
        try await ReviewBench.run { bench in
            let review = try #require(try await bench.reviews(try await bench.ask()).first)
            let ben = try await bench.caller("ben")
            try await expectFailure(.conflict) { try await bench.service.recordEvidence(review.id, panel, by: ben) }
            _ = try await bench.service.open(review.id, by: ben)
            let evidence = try await bench.service.recordEvidence(review.id, panel, by: ben)
            #expect(!evidence.lines.isEmpty && evidence.lines.allSatisfy { !$0.isEmpty })
            #expect(try await bench.review(review.id).evidenceOpened[panel] == bench.shop.clock.now)
        }
    }

    @Test("where the policy plans a rollout, its panel says what the steps can see, or that nobody knows")
    func rolloutPower() async throws {
        try await ReviewBench.run(rules: Rules.text(more: RolloutBench.planWithoutOutcomes)) { bench in
            let review = try #require(try await bench.reviews(try await bench.ask()).first)
            let ben = try await bench.caller("ben")
            _ = try await bench.service.open(review.id, by: ben)
            let lines = try await bench.service.recordEvidence(review.id, .rollout, by: ben).lines
            #expect(lines.count == 2 && says(lines[0], "5 %, 100 %"))
            #expect(says(lines[1], "no request was seen in the last hour"))
        }
    }

    @Test("asking again gives the same promotion; somebody else is told that it waits")
    func again() async throws {
        try await ReviewBench.run { bench in
            let promotion = try await bench.ask()
            #expect(try await bench.ask() == promotion)
            let error = try await expectFailure(.conflict) { try await bench.ask(by: "root") }
            #expect(error.hint == "Look at it: gatehouse review list --promotion \(promotion.id)")
            #expect(try await bench.reviews(promotion).count == 1)
        }
    }

    @Test("a review expires, and its promotion with it; the next one asks somebody else")
    func expiry() async throws {
        try await ReviewBench.run(rules: Rules.text(more: "review: {expires: 2h}")) { bench in
            let promotion = try await bench.ask()
            let review = try #require(try await bench.reviews(promotion).first)
            let token = try await bench.prepare(review)
            bench.shop.clock.advance(by: .seconds(7200 - 600))
            try await ReviewWatch(bench.service, logger: .init(label: "test")).look()
            #expect(try await bench.review(review.id).state == .answered)
            bench.shop.clock.advance(by: .milliseconds(1))
            let error = try await expectFailure(.conflict) {
                try await bench.service.approve(review.id, token: token, by: bench.caller("ben"))
            }
            #expect(says(error.message, "expired"))
            #expect(try await bench.review(review.id).state == .expired)
            #expect(try await bench.promotion(promotion.id).state == .blocked)
            #expect(try await bench.shop.lastEntry(.reviewExpired).principal == .system("reviews"))
            let next = try await bench.ask()
            #expect(try await bench.reviews(next).map(\.reviewer) == [.user("cleo")])
        }
    }

    @Test("an approval expires too while others are still asked")
    func approvalExpires() async throws {
        try await ReviewBench.run(rules: Rules.text(more: "review: {required: 2, expires: 2h}")) { bench in
            let promotion = try await bench.ask()
            try await bench.approve(try await bench.reviews(promotion)[0])
            bench.shop.clock.advance(by: .seconds(7200))
            try await ReviewWatch(bench.service, logger: .init(label: "test")).look()
            #expect(try await bench.reviews(promotion).map(\.state) == [.expired, .expired])
            #expect(try await bench.promotion(promotion.id).state == .blocked)
        }
    }

    @Test("a policy that asks for nobody lets a version through at once")
    func nobodyRequired() async throws {
        try await ReviewBench.run(rules: Rules.text(more: "review: {required: 0}")) { bench in
            let promotion = try await bench.ask()
            #expect(promotion.state == .approved)
            let stage = try await bench.shop.stage(bench.version, of: bench.model)
            #expect(stage == .production)
        }
    }

    @Test("a team that the policy names stands for its members, who need the role too")
    func teams() async throws {
        try await ReviewBench.run(rules: Rules.text(more: "review: {reviewers: [risk-team]}")) { bench in
            try await bench.user("emil", .viewer)
            #expect(try await bench.ask().state == .blocked)
            for name in ["emil", "dora"] {
                _ = try await bench.accounts.addMember(name, toTeam: "risk-team", by: bench.shop.ada)
            }
            let review = try #require(try await bench.reviews(try await bench.ask()).first)
            #expect(review.reviewer == .user("dora"))
            try await bench.accounts.removeMember("dora", fromTeam: "risk-team", by: bench.shop.ada)
            try await expectFailure(.conflict) { try await bench.service.open(review.id, by: bench.caller("dora")) }
            try await expectFailure(.alreadyExists) {
                try await bench.accounts.addMember("emil", toTeam: "ben", by: bench.shop.ada)
            }
            try await expectFailure(.alreadyExists) { try await bench.user("risk-team", .reviewer) }
        }
    }

    @Test("only those whom the policy names are asked")
    func named() async throws {
        try await ReviewBench.run(rules: Rules.text(more: "review: {reviewers: [dora, nobody]}")) { bench in
            let promotion = try await bench.ask()
            #expect(try await bench.reviews(promotion).map(\.reviewer) == [.user("dora")])
        }
    }
}

@Suite("Reviews and slots", .timeLimit(.minutes(5)))
struct ReviewSlotTests {
    private static let segments = Rules.text(more: "slots: {segments: [eu, us]}")

    @Test("approvals for one slot move nothing into another")
    func otherSlot() async throws {
        try await ReviewBench.run(rules: Self.segments) { bench in
            let eu = Slot(model: bench.model, segment: "eu")
            let promotion = try await bench.ask(in: eu)
            try await bench.approve(try #require(try await bench.reviews(promotion).first))
            #expect(try await bench.shop.holder(of: eu) == bench.version)
            #expect(try await bench.shop.holder(of: Slot(model: bench.model)) == nil)
            let alias = try Alias("champion-eu")
            let aliases = try await bench.shop.store.read { tx in try tx.requiredModel(bench.model).aliases }
            #expect(aliases == [alias: bench.version])
            // It is in Production, and for the next slot it needs what it needed for this one.
            let next = try await bench.ask()
            #expect(next.state == .awaitingReview)
            try await expectFailure(.blockedByPolicy) {
                try await bench.shop.aliases.set(
                    Alias("champion"), of: bench.model, to: bench.version, reason: nil, by: bench.caller("root"))
            }
            try await bench.approve(try #require(try await bench.reviews(next).first))
            #expect(try await bench.shop.holder(of: Slot(model: bench.model)) == bench.version)
            #expect(try await bench.shop.holder(of: eu) == bench.version)
        }
    }

    @Test(
        "a slot that the policy does not have is refused with what it has",
        arguments: [
            ("slots: {segments: [eu, us]}", "mars", "the policy names no segment 'mars': it names eu, us"),
            ("slots: {segments: [eu], no_default: true}", "default", "the policy has no default slot: name one of eu"),
            ("", "eu", "the policy names no segment 'eu': it names none"),
        ])
    func unknownSlot(more: String, segment: String, what: String) async throws {
        try await ReviewBench.run(rules: Rules.text(more: more)) { bench in
            let promotion = try await bench.ask(in: Slot(model: bench.model, segment: segment))
            #expect(promotion.state == .blocked)
            #expect(says(promotion.reason, what))
        }
    }

    @Test("a segment takes in those below it, and a role for it lets nobody into another")
    func segmentRoles() async throws {
        try await ReviewBench.run(rules: Self.segments) { bench in
            let grant = try Grant(parsing: "production-manager:credit-risk:production:eu")
            _ = try await bench.accounts.addUser("emil", password: nil, identity: nil, grants: [grant], by: bench.shop.ada)
            #expect(try await bench.ask(by: "emil", in: Slot(model: bench.model, segment: "eu/de")).state == .awaitingReview)
            try await expectFailure(.forbidden) {
                try await bench.ask(by: "emil", in: Slot(model: bench.model, segment: "us"))
            }
            try await expectFailure(.forbidden) { try await bench.ask(by: "emil") }
        }
    }
}
