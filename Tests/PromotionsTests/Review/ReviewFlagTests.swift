import AuditLog
import GatehouseCore
import Gates
import Storage
import Testing

@testable import Promotions

@Suite("What auditors are told about a review", .timeLimit(.minutes(5)))
struct ReviewFlagTests {
    private static let start = Timestamp(milliseconds: 1_800_000_000_000)
    private static let limits = (afterOpening: Duration.seconds(30), afterRequest: Duration.seconds(60))

    private func flags(
        opened: Int64?, decided: Int64, evidence: Bool = true, isApproval: Bool = true, _ habits: ReviewHabits = ReviewHabits()
    ) -> [ReviewFlag] {
        let clocks = ReviewClocks(
            requested: Self.start, opened: opened.map { Self.start.adding(.milliseconds($0)) },
            decided: Self.start.adding(.milliseconds(decided)))
        return ReviewFlag.flags(
            isApproval: isApproval, clocks: clocks, evidenceOpened: evidence, limits: Self.limits, habits: habits)
    }

    @Test("the two clocks flag on their own: below the limit, not at it")
    func clocks() {
        #expect(flags(opened: 40_000, decided: 70_000) == [])
        #expect(flags(opened: 40_001, decided: 70_000) == [.fasterThanAfterOpening])
        #expect(flags(opened: 0, decided: 59_999) == [.fasterThanAfterRequest])
        #expect(flags(opened: 0, decided: 60_000) == [])
        #expect(flags(opened: 5_000, decided: 10_000) == [.fasterThanAfterOpening, .fasterThanAfterRequest])
        #expect(flags(opened: nil, decided: 70_000, isApproval: false) == [])
    }

    @Test("a clock that ran backwards gives no duration, and says so")
    func backwards() {
        #expect(flags(opened: 40_000, decided: 39_000) == [.fasterThanAfterRequest, .clockSetBack])
        #expect(flags(opened: -1, decided: 100_000) == [.clockSetBack])
        #expect(flags(opened: nil, decided: -1) == [.clockSetBack])
        let clocks = ReviewClocks(requested: Self.start, opened: Self.start, decided: Self.start.adding(.seconds(-1)))
        #expect(clocks.afterOpening == nil && clocks.afterRequest == nil)
    }

    @Test("who approves nearly everything is flagged from the twentieth decision on")
    func rate() {
        var habits = ReviewHabits()
        habits.approvals = Array(repeating: true, count: 18)
        #expect(flags(opened: 0, decided: 600_000, habits) == [])
        habits.approvals = Array(repeating: true, count: 19)
        #expect(flags(opened: 0, decided: 600_000, habits) == [.approvalRate])
        #expect(flags(opened: 0, decided: 600_000, isApproval: false, habits) == [])
        habits.approvals[3] = false
        #expect(flags(opened: 0, decided: 600_000, habits) == [])
        // 49 of 50.
        habits.approvals = [false] + Array(repeating: true, count: 48)
        #expect(flags(opened: 0, decided: 600_000, habits) == [.approvalRate])
    }

    @Test("the fourth approval of one model in a row is flagged")
    func inRow() {
        var habits = ReviewHabits()
        habits.inRow = 2
        #expect(flags(opened: 0, decided: 600_000, habits) == [])
        habits.inRow = 3
        #expect(flags(opened: 0, decided: 600_000, habits) == [.sameReviewerInRow])
    }

    @Test("a hasty approval is flagged in the review, in the log and as a warning of the promotion, and counts")
    func hasty() async throws {
        try await ReviewBench.run { bench in
            let promotion = try await bench.ask()
            let review = try #require(try await bench.reviews(promotion).first)
            let ben = try await bench.caller("ben")
            _ = try await bench.service.open(review.id, by: ben)
            bench.shop.clock.advance(by: .seconds(5))
            let token = try await bench.service.answer(review.id, ReviewBench.answers, by: ben).token
            let approved = try await bench.service.approve(review.id, token: token.text, by: ben)
            let expected: [ReviewFlag] = [.fasterThanAfterOpening, .fasterThanAfterRequest, .evidenceNeverOpened]
            #expect(approved.flags == expected)
            let entry = try await bench.shop.lastEntry(.reviewApproved)
            #expect(entry.facts["flags"] == .array(expected.map { .string($0.rawValue) }))
            #expect(entry.facts["after_opening_ms"] == 5000)
            let decided = try await bench.promotion(promotion.id)
            #expect(decided.state == .approved)
            #expect(decided.warnings.count == 3)
        }
    }

    @Test("the policy can refuse what is flagged; the token stays good, and taking the time helps")
    func refused() async throws {
        let rules = Rules.text(more: "review: {refuse_flagged: [faster_than_after_opening, evidence_never_opened]}")
        try await ReviewBench.run(rules: rules) { bench in
            let review = try #require(try await bench.reviews(try await bench.ask()).first)
            let ben = try await bench.caller("ben")
            _ = try await bench.service.open(review.id, by: ben)
            let token = try await bench.service.answer(review.id, ReviewBench.answers, by: ben).token.text
            let error = try await expectFailure(.blockedByPolicy) {
                try await bench.service.approve(review.id, token: token, by: ben)
            }
            #expect(error.details.map { $0.prefix { $0 != ":" } } == ["faster_than_after_opening", "evidence_never_opened"])
            bench.shop.clock.advance(by: .seconds(31))
            _ = try await bench.service.recordEvidence(review.id, .gates, by: ben)
            let approved = try await bench.service.approve(review.id, token: token, by: ben)
            #expect(approved.flags == [.fasterThanAfterRequest])
        }
    }

    @Test("a clock set back while the review is open leaves no negative time in the record")
    func clockSetBack() async throws {
        try await ReviewBench.run { bench in
            let review = try #require(try await bench.reviews(try await bench.ask()).first)
            let token = try await bench.prepare(review)
            bench.shop.clock.advance(by: .seconds(-1200))
            let approved = try await bench.service.approve(review.id, token: token, by: bench.caller("ben"))
            #expect(approved.flags == [.clockSetBack])
            let entry = try await bench.shop.lastEntry(.reviewApproved)
            #expect(entry.facts["after_opening_ms"] == .null)
            #expect(entry.facts["after_request_ms"] == .null)
        }
    }

    @Test("answers that were given before are flagged, whatever their spaces and letter case")
    func identical() async throws {
        try await ReviewBench.run(rules: Rules.text(more: "review: {reviewers: [ben]}")) { bench in
            let first = try #require(try await bench.reviews(try await bench.ask()).first)
            try await bench.approve(first)
            try await bench.shop.move(bench.version, of: bench.model, to: .archived, reason: "once more")
            try await bench.shop.move(bench.version, of: bench.model, to: .staging)
            let second = try #require(try await bench.reviews(try await bench.ask()).first)
            var copied = ReviewBench.answers
            copied.texts = copied.texts.mapValues { " " + $0.uppercased().replacing(" ", with: "  ") + "\n" }
            let token = try await bench.prepare(second, copied)
            let approved = try await bench.service.approve(second.id, token: token, by: bench.caller("ben"))
            #expect(approved.flags == [.answersIdentical])
        }
    }

    @Test("what a reviewer wrote can be erased; the decision stays")
    func erasure() async throws {
        try await ReviewBench.run { bench in
            let review = try #require(try await bench.reviews(try await bench.ask()).first)
            _ = try await bench.service.comment(review.id, "My own words.", by: bench.caller("ben"))
            try await bench.approve(review)
            _ = try await bench.shop.store.write { tx in try tx.eraseReviewTexts(of: .user("ben")) }
            let (answers, comments) = try await bench.shop.store.read { tx in
                (try tx.answers(to: review.id), try tx.comments(on: review.id))
            }
            #expect(answers.values.allSatisfy(\.isEmpty) && answers.count == 5)
            #expect(comments.map(\.text) == [""])
            #expect(try await bench.review(review.id).state == .approved)
        }
    }
}
