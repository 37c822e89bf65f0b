import Access
import AuditLog
import GatehouseCore
import Gates
import Logging
import Registry
import Storage
import Testing

@testable import Promotions

@Suite("Ways around a review", .timeLimit(.minutes(5)))
struct ReviewAttackTests {
    // MARK: Who

    @Test("who registered, asked, or edited the policy is never asked, admin or not; with nobody else it is blocked")
    func exclusions() async throws {
        try await ReviewBench.run(reviewers: []) { bench in
            // Everybody with the role has a part in it: ada registered and wrote the policy, rita asks.
            try await bench.user("ada", .admin, .reviewer)
            _ = try await bench.accounts.grant([Grant(.admin)], to: .user("rita"), by: bench.shop.ada)
            try await bench.accounts.withdraw([Grant(.admin)], from: .user("root"), by: bench.shop.ada)
            let promotion = try await bench.ask()
            #expect(promotion.state == .blocked)
            #expect(says(promotion.reason, "of 2 users with the role reviewer for credit-risk, 0 may be asked"))
            #expect(says(promotion.reason, "1 registered this version, 1 asked for this, 1 edited the policy last"))
            let refused = try await bench.shop.lastEntry(.transitionRefused)
            #expect(!refused.facts.canonicalText.contains("rita"))
            #expect(try await bench.shop.stage(bench.version, of: bench.model) == .staging)
        }
    }

    @Test("a person behind a token is the same person: who made the token that registered or asked is not asked")
    func behindTokens() async throws {
        try await ReviewBench.run { bench in
            let ben = Principal.user("ben")
            let made = try await bench.accounts.createToken(
                "bens-robot", grants: [Grant(.productionManager)], expires: nil, by: ben)
            let robot = Caller(principal: made.token.principal, grants: Grants([Grant(.productionManager)]))
            let promotion = try await bench.shop.promotions.open(bench.model, bench.version, to: .production, by: robot)
            #expect(try await bench.reviews(promotion).map(\.reviewer) == [.user("cleo")])
        }
    }

    @Test("the user of the run that trained it is not asked, under whichever spelling")
    func runUser() async throws {
        try await ReviewBench.run { bench in
            let run = try await Tracking(bench.shop.registry).createRun(RunRequest(userID: "Ben"))
            _ = try await bench.shop.store.write { tx in
                try tx.execute(
                    "UPDATE model_version SET run_id = \(run.info.id) WHERE model = \(bench.model) AND number = \(bench.version)")
            }
            #expect(try await bench.reviews(try await bench.ask()).map(\.reviewer) == [.user("cleo")])
        }
    }

    @Test("a machine approves nothing, not even with the token of the review and the role")
    func machine() async throws {
        try await ReviewBench.run { bench in
            let review = try #require(try await bench.reviews(try await bench.ask()).first)
            let token = try await bench.prepare(review)
            let robot = Caller(principal: .token("bens-robot"), grants: .everything)
            let error = try await expectFailure(.forbidden) {
                try await bench.service.approve(review.id, token: token, by: robot)
            }
            #expect(says(error.message, "is not a person"))
        }
    }

    @Test("nobody but the one who was asked can do anything, admin and requester included", arguments: ["root", "rita", "cleo"])
    func somebodyElse(name: String) async throws {
        try await ReviewBench.run { bench in
            let review = try #require(try await bench.reviews(try await bench.ask()).first)
            let token = try await bench.prepare(review)
            let caller = try await bench.caller(name)
            try await expectFailure(.forbidden) { try await bench.service.open(review.id, by: caller) }
            try await expectFailure(.forbidden) { try await bench.service.recordEvidence(review.id, .gates, by: caller) }
            try await expectFailure(.forbidden) { try await bench.service.answer(review.id, ReviewBench.answers, by: caller) }
            try await expectFailure(.forbidden) { try await bench.service.approve(review.id, token: token, by: caller) }
            try await expectFailure(.forbidden) { try await bench.service.reject(review.id, reason: "no", by: caller) }
            try await expectFailure(.blockedByPolicy) {
                try await bench.shop.move(bench.version, of: bench.model, to: .production, by: bench.caller("root"))
            }
            #expect(try await bench.review(review.id).state == .answered)
            #expect(try await bench.shop.stage(bench.version, of: bench.model) == .staging)
        }
    }

    @Test("a reviewer whose role is taken away before the move does not count, and somebody else is asked")
    func removedInBetween() async throws {
        try await ReviewBench.run(rules: Rules.text(more: "review: {required: 2}")) { bench in
            let promotion = try await bench.ask()
            let reviews = try await bench.reviews(promotion)
            try await bench.approve(reviews[0])
            try await bench.accounts.withdraw([Grant(.reviewer)], from: .user("ben"), by: bench.shop.ada)
            try await bench.approve(reviews[1])
            #expect(try await bench.shop.stage(bench.version, of: bench.model) == .staging)
            let now = try await bench.reviews(promotion)
            #expect(now.map(\.state) == [.withdrawn, .approved, .requested])
            #expect(now.last?.reviewer == .user("dora"))
            try await bench.approve(try #require(now.last))
            #expect(try await bench.shop.stage(bench.version, of: bench.model) == .production)
            #expect(
                try await bench.shop.lastEntry(.transitionGranted).facts["reviews"]
                    == .array([.string(now[1].id), .string(now[2].id)]))
        }
    }

    @Test("when nobody is left to ask, the promotion says so, and goes on when somebody is")
    func nobodyLeft() async throws {
        try await ReviewBench.run(reviewers: ["ben"]) { bench in
            try await bench.accounts.withdraw([Grant(.admin)], from: .user("root"), by: bench.shop.ada)
            let promotion = try await bench.ask()
            try await bench.accounts.removeUser("ben", by: bench.shop.ada)
            let watch = ReviewWatch(bench.service, logger: .init(label: "test"))
            try await watch.look()
            #expect(try await says(bench.promotion(promotion.id).reason, "Nobody is left to ask"))
            try await bench.user("emil", .reviewer)
            try await watch.look()
            let emil = try #require(try await bench.reviews(promotion).last)
            #expect(emil.reviewer == .user("emil"))
            try await bench.approve(emil)
            #expect(try await bench.promotion(promotion.id).state == .approved)
        }
    }

    @Test("whoever asked must still hold the role when the last reviewer approves; the approvals stay good for who does")
    func requesterLosesRole() async throws {
        try await ReviewBench.run { bench in
            let promotion = try await bench.ask()
            let review = try #require(try await bench.reviews(promotion).first)
            let token = try await bench.prepare(review)
            try await bench.accounts.withdraw([Grant(.productionManager)], from: .user("rita"), by: bench.shop.ada)
            let approved = try await bench.service.approve(review.id, token: token, by: bench.caller("ben"))
            #expect(approved.state == .approved)
            #expect(try await bench.shop.stage(bench.version, of: bench.model) == .staging)
            #expect(try await says(bench.promotion(promotion.id).reason, "Approved, but not moved"))
            try await expectFailure(.forbidden) {
                try await bench.shop.move(bench.version, of: bench.model, to: .production, by: bench.caller("rita"))
            }
            // MLflow's stage call carries out what is approved.
            try await bench.shop.move(bench.version, of: bench.model, to: .production, by: bench.caller("root"))
            let entry = try await bench.shop.lastEntry(.transitionGranted)
            #expect(entry.principal == .user("root"))
            #expect(entry.facts["reviews"] == .array([.string(review.id)]))
            #expect(try await bench.promotion(promotion.id).state == .approved)
        }
    }

    @Test("approvals are used once: out of Production and back to Staging, it takes new ones")
    func usedOnce() async throws {
        try await ReviewBench.run { bench in
            try await bench.approve(try #require(try await bench.reviews(try await bench.ask()).first))
            try await bench.shop.move(bench.version, of: bench.model, to: .archived, reason: "retired")
            try await bench.shop.move(bench.version, of: bench.model, to: .staging)
            try await expectFailure(.blockedByPolicy) {
                try await bench.shop.move(bench.version, of: bench.model, to: .production)
            }
            #expect(try await bench.ask().state == .awaitingReview)
        }
    }

    // MARK: The token

    @Test("a token opens nothing but its own review, and only until the questionnaire is answered again")
    func tokens() async throws {
        try await ReviewBench.run(rules: Rules.text(more: "review: {required: 2}")) { bench in
            let reviews = try await bench.reviews(try await bench.ask())
            let first = try await bench.prepare(reviews[0])
            let second = try await bench.prepare(reviews[1])
            let (ben, cleo) = (try await bench.caller("ben"), try await bench.caller("cleo"))
            #expect(first != second)
            try await expectFailure(.forbidden) { try await bench.service.approve(reviews[0].id, token: second, by: ben) }
            try await expectFailure(.forbidden) { try await bench.service.approve(reviews[1].id, token: first, by: cleo) }
            let renewed = try await bench.service.answer(reviews[0].id, ReviewBench.answers, by: ben).token
            try await expectFailure(.forbidden) { try await bench.service.approve(reviews[0].id, token: first, by: ben) }
            // As somebody types it.
            let typed = renewed.text.lowercased().replacing("-", with: " ")
            #expect(try await bench.service.approve(reviews[0].id, token: typed, by: ben).state == .approved)
            try await expectFailure(.conflict) {
                try await bench.service.approve(reviews[0].id, token: renewed.text, by: ben)
            }
            #expect(try await bench.shop.stage(bench.version, of: bench.model) == .staging)
        }
    }

    @Test("five guesses void the token, the right one included, until the questionnaire is answered again")
    func guesses() async throws {
        try await ReviewBench.run { bench in
            let review = try #require(try await bench.reviews(try await bench.ask()).first)
            let token = try await bench.prepare(review)
            let ben = try await bench.caller("ben")
            for guess in ["", "0000", token + "0", String(token.dropLast()), "x"] {
                try await expectFailure(.forbidden) { try await bench.service.approve(review.id, token: guess, by: ben) }
            }
            let error = try await expectFailure(.forbidden) {
                try await bench.service.approve(review.id, token: token, by: ben)
            }
            #expect(says(error.message, "guessed"))
            let renewed = try await bench.service.answer(review.id, ReviewBench.answers, by: ben).token
            #expect(try await bench.service.approve(review.id, token: renewed.text, by: ben).state == .approved)
        }
    }

    @Test("without a complete questionnaire there is no token, and without a token no approval")
    func questionnaire() async throws {
        try await ReviewBench.run { bench in
            let review = try #require(try await bench.reviews(try await bench.ask()).first)
            let ben = try await bench.caller("ben")
            try await expectFailure(.conflict) { try await bench.service.answer(review.id, ReviewBench.answers, by: ben) }
            _ = try await bench.service.open(review.id, by: ben)
            var unticked = ReviewBench.answers
            unticked.acknowledged = []
            let error = try await expectFailure(.invalidArgument) {
                try await bench.service.answer(review.id, unticked, by: ben)
            }
            #expect(error.details == ["known limitation not ticked: Made by hand."])
            try await expectFailure(.conflict) { try await bench.service.approve(review.id, token: "", by: ben) }
        }
    }

    // MARK: What it is bound to

    enum Change: String, Sendable, CaseIterable {
        case artifact, signature, gateResults, policy, dataset, rolloutPlan, stage, deleted

        var words: String {
            switch self {
            case .artifact: "the artifact changed"
            case .signature: "the signature changed"
            case .gateResults: "it was evaluated again, with other results"
            case .policy: "the policy changed"
            case .dataset: "it was evaluated on another dataset"
            case .rolloutPlan: "the rollout plan changed"
            case .stage: "the version is in Archived"
            case .deleted: "the version was deleted"
            }
        }

        func happen(_ bench: ReviewBench) async throws {
            let shop = bench.shop
            switch self {
            case .artifact:
                let other = try await shop.version(of: bench.model, LoanModel.weak)
                _ = try await shop.store.write { tx in
                    let digest = try #require(try tx.requiredVersion(other, of: bench.model).artifact)
                    try tx.execute(
                        "UPDATE model_version SET artifact = \(digest) WHERE model = \(bench.model) AND number = \(bench.version)"
                    )
                }
            case .signature:
                let other = try await shop.version(of: bench.model, LoanModel.files(splitAt: 0.3, signature: nil))
                _ = try await shop.store.write { tx in
                    try tx.execute(
                        """
                        UPDATE model_version SET signature = (SELECT signature FROM model_version WHERE model = \(bench.model)
                            AND number = \(other)) WHERE model = \(bench.model) AND number = \(bench.version)
                        """)
                }
            case .gateResults: try await bench.reevaluate(withMore: true)
            case .policy:
                try await shop.policy(Rules.text(gates: ["accuracy: {min_absolute_auc: 0.81}"], more: "review: {required: 2}"))
            case .dataset:
                let other = try await shop.dataset("holdout", Loan.csv(rows: 300))
                try await bench.reevaluate(dataset: other.reference)
            case .rolloutPlan:
                try await shop.policy(Rules.text(more: "review: {required: 2}\nrollout: {steps: [50, 100]}"))
            case .stage: try await shop.move(bench.version, of: bench.model, to: .archived, reason: "not this one")
            case .deleted: try await shop.registry.deleteVersion(bench.version, of: bench.model, by: shop.ada)
            }
        }
    }

    @Test(
        "a change of anything that the approvals are bound to voids all of them and names what changed",
        arguments: Change.allCases)
    func changed(change: Change) async throws {
        try await ReviewBench.run(rules: Rules.text(more: "review: {required: 2}")) { bench in
            let promotion = try await bench.ask()
            let reviews = try await bench.reviews(promotion)
            try await bench.approve(reviews[0])
            let token = try await bench.prepare(reviews[1])
            try await change.happen(bench)
            let error = try await expectFailure(.conflict) {
                try await bench.service.approve(reviews[1].id, token: token, by: bench.caller("cleo"))
            }
            #expect(says(error.message, "is voided"))
            let now = try await bench.reviews(promotion)
            #expect(now.map(\.state) == [.voided, .voided])
            #expect(now.allSatisfy { says($0.voidBecause, change.words) }, "\(now.map(\.voidBecause))")
            let decided = try await bench.promotion(promotion.id)
            #expect(decided.state == .blocked)
            #expect(says(decided.reason, change.words))
            #expect(try await bench.shop.log(AuditFilter(action: .reviewVoided)).count == 2)
            #expect(try await bench.shop.holder(of: Slot(model: bench.model)) == nil)
        }
    }

    @Test("a change is noticed before the next act as well, and read as such by the one who asks")
    func noticed() async throws {
        try await ReviewBench.run { bench in
            let promotion = try await bench.ask()
            try await bench.shop.policy(Rules.text(gates: ["accuracy: {min_absolute_auc: 0.81}"]))
            try await ReviewWatch(bench.service, logger: .init(label: "test")).look()
            #expect(try await bench.promotion(promotion.id).state == .blocked)
        }
    }

    // MARK: Races

    @Test("two approvals at once: the version moves once, and nothing is counted twice", arguments: 0..<4)
    func race(round: Int) async throws {
        try await ReviewBench.run(rules: Rules.text(more: "review: {required: 2}")) { bench in
            let reviews = try await bench.reviews(try await bench.ask())
            var tokens: [String] = []
            for review in reviews { tokens.append(try await bench.prepare(review)) }
            let callers = [try await bench.caller("ben"), try await bench.caller("cleo")]
            let (service, shown) = (bench.service, tokens)
            let succeeded = await withTaskGroup(of: Bool.self) { tasks in
                for index in [0, 1, 0, 1, 0, 1] {
                    tasks.addTask {
                        (try? await service.approve(reviews[index].id, token: shown[index], by: callers[index])) != nil
                    }
                }
                return await tasks.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(succeeded == 2)
            #expect(try await bench.shop.log(AuditFilter(action: .reviewApproved)).count == 2)
            let granted = try await bench.shop.log(AuditFilter(action: .transitionGranted)).filter {
                $0.facts["to"] == "Production"
            }
            #expect(granted.count == 1)
            #expect(try await bench.shop.holder(of: Slot(model: bench.model)) == bench.version)
        }
    }

    @Test("one person cannot approve twice for a quorum of two")
    func twice() async throws {
        try await ReviewBench.run(rules: Rules.text(more: "review: {required: 2}")) { bench in
            let reviews = try await bench.reviews(try await bench.ask())
            try await bench.approve(reviews[0])
            // Behind the program's back, the other review is made out to the same person.
            _ = try await bench.shop.store.write { tx in
                try tx.execute("UPDATE review SET reviewer = 'user:ben' WHERE id = \(reviews[1].id)")
            }
            let again = try await bench.review(reviews[1].id)
            try await bench.approve(again)
            #expect(try await bench.shop.stage(bench.version, of: bench.model) == .staging)
        }
    }
}
