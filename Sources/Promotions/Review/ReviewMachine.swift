package import GatehouseCore
package import Gates

/// What is known when a reviewer does something.
package struct ReviewFacts: Sendable {
    package var state: Review.State
    /// Whether it is the reviewer who acts.
    package var isReviewer: Bool
    /// Why the reviewer may not answer for this any more.
    package var objection: Quorum.Objection?
    /// What is no longer as it was when the review was asked for.
    package var changes: [String]
    package var isOverdue: Bool
    /// Whether the token that was typed is the one that was shown.
    package var isTokenRight = false
    package var wrongTokens = 0
    package var flags: [ReviewFlag] = []
    /// The flags with which the policy lets nobody approve.
    package var refusedFlags: Set<ReviewFlag> = []

    package init(
        state: Review.State, isReviewer: Bool = true, objection: Quorum.Objection? = nil, changes: [String] = [],
        isOverdue: Bool = false
    ) {
        self.state = state
        self.isReviewer = isReviewer
        self.objection = objection
        self.changes = changes
        self.isOverdue = isOverdue
    }
}

/// Decides what becomes of a review. Everything that ends it from outside comes first: no act of a reviewer outruns a change,
/// the end of its time or the loss of the role.
package enum ReviewMachine {
    package enum Act: Sendable, CaseIterable {
        /// Time goes by.
        case tick
        case open
        case lookAtEvidence
        case answer
        case approve
        case reject
    }

    package enum Outcome: Sendable, Equatable {
        case stay
        case become(Review.State)
        case void(because: String)
        /// Somebody else has to be asked.
        case withdraw(Quorum.Objection)
        case refuse(Refusal)
    }

    package enum Refusal: Sendable, Equatable {
        case notTheReviewer
        /// It has been decided, has expired, is void.
        case over(Review.State)
        case notOpened
        case notAnswered
        case wrongToken
        /// Too many guesses.
        case tokenSpent
        case flagged([ReviewFlag])
    }

    package static func decide(_ act: Act, _ facts: ReviewFacts) -> Outcome {
        if let end = endFromOutside(facts) { return end }
        guard act != .tick else { return .stay }
        guard facts.isReviewer else { return .refuse(.notTheReviewer) }
        guard facts.state.isOpen else { return .refuse(.over(facts.state)) }
        switch act {
        case .tick: return .stay
        case .open: return facts.state == .requested ? .become(.opened) : .stay
        case .lookAtEvidence: return facts.state == .requested ? .refuse(.notOpened) : .stay
        case .answer: return facts.state == .requested ? .refuse(.notOpened) : .become(.answered)
        case .reject: return .become(.rejected)
        case .approve: return approval(facts)
        }
    }

    /// An approval can lapse as well, until the version has moved.
    private static func endFromOutside(_ facts: ReviewFacts) -> Outcome? {
        switch facts.state {
        case .rejected, .voided, .expired, .withdrawn: return nil
        case .requested, .opened, .answered, .approved: break
        }
        if !facts.changes.isEmpty { return .void(because: facts.changes.joined(separator: "; ")) }
        if facts.isOverdue { return .become(.expired) }
        return facts.objection.map { .withdraw($0) }
    }

    private static func approval(_ facts: ReviewFacts) -> Outcome {
        guard facts.state == .answered else { return .refuse(facts.state == .requested ? .notOpened : .notAnswered) }
        guard facts.wrongTokens < ReviewToken.wrongMax else { return .refuse(.tokenSpent) }
        guard facts.isTokenRight else { return .refuse(.wrongToken) }
        let refused = facts.flags.filter(facts.refusedFlags.contains)
        return refused.isEmpty ? .become(.approved) : .refuse(.flagged(refused))
    }
}

extension ReviewMachine.Refusal {
    /// As the error that every door answers with.
    package func error(_ review: Review) -> GatehouseError {
        let subject = "the review \(review.id) of \(review.model) v\(review.version)"
        switch self {
        case .notTheReviewer:
            return GatehouseError(
                .forbidden, "Somebody else was asked for \(subject).",
                hint: "What you were asked for: gatehouse review list --mine")
        case .over(let state):
            return GatehouseError(
                .conflict, "There is nothing left to decide: \(subject) is \(state.rawValue).",
                hint: "See why: gatehouse review show \(review.id)")
        case .notOpened:
            return GatehouseError(
                .conflict, "Open \(subject) before you do that.", hint: "gatehouse review open \(review.id)")
        case .notAnswered:
            return GatehouseError(
                .conflict, "The questionnaire of \(subject) has not been answered.",
                hint:
                    "gatehouse review answer \(review.id) --form > answers.yaml, fill it in, gatehouse review answer \(review.id) answers.yaml"
            )
        case .wrongToken:
            return GatehouseError(
                .forbidden, "That is not the token of \(subject).",
                hint: "It was shown when you completed the questionnaire; answering again shows a new one.")
        case .tokenSpent:
            return GatehouseError(
                .forbidden, "The token of \(subject) was guessed at \(ReviewToken.wrongMax) times and is void.",
                hint: "Answer the questionnaire again: gatehouse review answer \(review.id) answers.yaml")
        case .flagged(let flags):
            return GatehouseError(
                .blockedByPolicy,
                "The policy takes no approval that is flagged: \(flags.map(\.rawValue).joined(separator: ", ")).",
                hint: "Take the time to look at the evidence, then approve again; the token stays good.",
                details: flags.map { "\($0.rawValue): \($0.words)" })
        }
    }
}
