package import GatehouseCore
package import Gates

/// How long a review took. Nil where a clock ran backwards, or it was never opened.
package struct ReviewClocks: Sendable, Equatable {
    package let afterOpening: Duration?
    package let afterRequest: Duration?
    package let wasSetBack: Bool

    package init(requested: Timestamp, opened: Timestamp?, decided: Timestamp) {
        afterOpening = opened.flatMap { decided < $0 ? nil : decided.since($0) }
        afterRequest = decided < requested ? nil : decided.since(requested)
        wasSetBack = decided < requested || opened.map { decided < $0 || $0 < requested } ?? false
    }
}

/// What is known about a reviewer's habits when a decision is flagged.
package struct ReviewHabits: Sendable, Equatable {
    /// How many earlier decisions are looked at.
    package static let decisionsMax = 50
    static let rateCountMin = 20
    static let rateMin = 0.98
    static let inRowMax = 3

    /// Earlier decisions, newest first: whether they were approvals.
    package var approvals: [Bool] = []
    /// Whether the same answers were given in one of them.
    package var hasSameAnswers = false
    /// How many of this model's newest decided promotions this reviewer approved without a break.
    package var inRow = 0

    package init() {}
}

extension ReviewFlag {
    /// The flags of a decision, in the order of the list above.
    package static func flags(
        isApproval: Bool, clocks: ReviewClocks, evidenceOpened: Bool, limits: (afterOpening: Duration, afterRequest: Duration),
        habits: ReviewHabits
    ) -> [ReviewFlag] {
        var found: Set<ReviewFlag> = []
        if clocks.afterOpening.map({ $0 < limits.afterOpening }) ?? false { found.insert(.fasterThanAfterOpening) }
        if clocks.afterRequest.map({ $0 < limits.afterRequest }) ?? false { found.insert(.fasterThanAfterRequest) }
        if !evidenceOpened { found.insert(.evidenceNeverOpened) }
        if clocks.wasSetBack { found.insert(.clockSetBack) }
        if habits.hasSameAnswers { found.insert(.answersIdentical) }
        if isApproval {
            let decisions = [true] + habits.approvals
            let rate = Double(decisions.count { $0 }) / Double(decisions.count)
            if decisions.count >= ReviewHabits.rateCountMin, rate >= ReviewHabits.rateMin { found.insert(.approvalRate) }
            if habits.inRow + 1 > ReviewHabits.inRowMax { found.insert(.sameReviewerInRow) }
        }
        return allCases.filter(found.contains)
    }
}
