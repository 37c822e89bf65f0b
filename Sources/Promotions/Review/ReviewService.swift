package import Access
import AuditLog
import GatehouseCore
package import Gates
import Registry
package import Storage

/// What reviewers do, through whichever door: a command, a page, a chat. Everything is decided on what is there at that
/// moment, and the last approval moves the version in its own transaction.
package struct ReviewService: Sendable {
    package static let textBytesMax = 10_000
    package static let commentsMax: Int64 = 500

    let desk: ReviewDesk
    let trials: TrialRunner
    let randomBytes: @Sendable (Int) -> [UInt8]
    var transitions: TransitionService { desk.transitions }

    package init(_ evaluations: EvaluationService, randomBytes: @escaping @Sendable (Int) -> [UInt8]) {
        desk = ReviewDesk(transitions: evaluations.transitions)
        trials = TrialRunner(evaluations: evaluations)
        self.randomBytes = randomBytes
    }

    /// Starts the reviewer's clock. Opening it again changes nothing.
    package func open(_ id: String, by caller: Caller) async throws -> Review {
        try await act(.open, on: id, by: caller) { tx, review, _, now in
            guard review.state == .requested else { return review }
            var opened = review
            opened.state = .opened
            opened.openedAt = now
            try tx.update(opened, from: review.state)
            try desk.record(.reviewOpened, opened, by: caller.principal, at: now, [:], tx)
            return opened
        }
    }

    /// Shows one panel of the evidence and remembers that the reviewer has looked at it.
    package func recordEvidence(_ id: String, _ panel: Review.Panel, by caller: Caller) async throws -> ReviewEvidence {
        let shown = try await act(.lookAtEvidence, on: id, by: caller) { tx, review, promotion, now in
            try tx.note(panel, lookedAtBy: review, at: now)
            let shown = try tx.evidence([panel], for: review, promotion, under: transitions.policies, at: now)
            guard let first = shown.first else { throw GatehouseError(.internalFailure, "A panel of evidence is missing.") }
            return first
        }
        if panel == .trials { try await prepareTrials(id, for: caller.principal) }
        return shown
    }

    /// The panels that the reviewer has looked at, for whoever reads the review. It records nothing. Fails with `notFound`.
    package func openedEvidence(of id: String, _ tx: SQLTransaction) throws -> [ReviewEvidence] {
        let review = try tx.requiredReview(id)
        guard let promotion = try tx.promotion(id: review.promotion) else { return [] }
        let opened = Review.Panel.allCases.filter { review.evidenceOpened[$0] != nil }
        return try tx.evidence(opened, for: review, promotion, under: transitions.policies, at: transitions.now())
    }

    /// Why a person's answer would not count for this review; nil: it would. What a page says beforehand, and the acts say anew.
    package func objection(to caller: Caller, on id: String, _ tx: SQLTransaction) throws -> String? {
        let review = try tx.requiredReview(id)
        guard caller.principal.isPerson else {
            return "\(caller.principal) is not a person, and only a person can answer for a promotion."
        }
        if let promotion = try tx.promotion(id: review.promotion), let version = try tx.version(review.version, of: review.model)
        {
            let inForce = try transitions.policies.policy(for: review.model, tx)
            let quorum = try tx.quorum(for: promotion, version, inForce, at: transitions.now())
            if let objection = quorum.objection(to: caller.principal) {
                return "You may not decide here: \(caller.principal.name) \(quorum.words(objection))."
            }
        }
        return review.reviewer == caller.principal
            ? nil : "\(review.reviewer.name) was asked, so nobody else can answer this review."
    }

    /// Completes the questionnaire and shows the token that an approval takes. Answering again replaces answers and token.
    /// Fails with `invalidArgument` and everything that is missing.
    package func answer(
        _ id: String, _ answers: QuestionnaireAnswers, by caller: Caller
    ) async throws -> (review: Review, token: ReviewToken) {
        let (token, salt) = (ReviewToken(randomBytes(ReviewToken.bytes)), randomBytes(AuditCommitment.saltBytes))
        return try await act(.answer, on: id, by: caller) { tx, review, _, now in
            guard let questionnaire = Questionnaire.named(review.questionnaire) else {
                throw GatehouseError(.conflict, "There is no questionnaire '\(review.questionnaire)' any more.")
            }
            try answers.check(questionnaire, limitations: review.limitations)
            let digest = Digest.sha256(of: answers.json.canonicalBytes)
            var answered = review
            answered.state = .answered
            answered.answeredAt = now
            answered.answersDigest = digest
            answered.answersSalt = salt
            answered.tokenDigest = token.digest(for: review)
            answered.wrongTokens = 0
            try tx.update(answered, from: review.state)
            try tx.setAnswers(answers.texts, to: id)
            try desk.record(
                .reviewAnswered, answered, by: caller.principal, at: now,
                ["answers_commitment": answered.commitmentFact, "limitations": .integer(Int64(review.limitations.count))],
                texts: answers.texts, tx)
            return (answered, token)
        }
    }

    /// Approves with the token of the completed questionnaire. The last approval that is needed moves the version.
    /// Fails with `forbidden` for a wrong token, with `blockedByPolicy` where the policy takes no flagged approval.
    package func approve(_ id: String, token: String, by caller: Caller) async throws -> Review {
        try await act(.approve, on: id, token: token, by: caller) { tx, review, promotion, now in
            var approved = review
            approved.state = .approved
            approved.decidedAt = now
            approved.tokenDigest = nil
            approved.flags = try flags(review, isApproval: true, at: now, tx)
            try decide(approved, from: review.state, .reviewApproved, .granted, tx)
            try carryOut(promotion, tx)
            return approved
        }
    }

    /// Rejects in one call. The version stays where it is, and the reason is kept with it. Fails with `invalidArgument`
    /// without a reason.
    package func reject(_ id: String, reason: String, by caller: Caller) async throws -> Review {
        try Self.check(reason, what: "The reason")
        return try await act(.reject, on: id, by: caller) { tx, review, promotion, now in
            var rejected = review
            rejected.state = .rejected
            rejected.decidedAt = now
            rejected.tokenDigest = nil
            rejected.reason = reason
            rejected.flags = try flags(review, isApproval: false, at: now, tx)
            try decide(rejected, from: review.state, .reviewRejected, .refused, tx)
            try desk.voidRest(of: promotion, because: "another reviewer rejected the promotion", at: now, tx)
            try tx.decide(
                promotion.id, state: .blocked, reason: "Promotion blocked. Rejected by a reviewer: see review \(id).",
                warnings: [], at: now)
            return rejected
        }
    }

    /// Adds a remark. Anybody who may read the review may write one, at any time.
    package func comment(_ id: String, _ text: String, by caller: Caller) async throws -> ReviewComment {
        try caller.require(.read)
        try Self.check(text, what: "The comment")
        return try await transitions.store.write { tx in
            let review = try tx.requiredReview(id)
            guard try tx.commentCount(on: id) < Self.commentsMax else {
                throw GatehouseError(.tooLarge, "The review \(id) has \(Self.commentsMax) comments, and no more fit.")
            }
            let comment = ReviewComment(
                id: "rc_" + transitions.ids(), author: caller.principal, text: text, writtenAt: transitions.now())
            try tx.insert(comment, on: id)
            try desk.record(
                .reviewCommented, review, by: caller.principal, at: comment.writtenAt, ["comment": .string(comment.id)],
                texts: ["comment": text], tx)
            return comment
        }
    }

    private static func check(_ text: String, what: String) throws {
        guard !text.allSatisfy(\.isWhitespace) else { throw GatehouseError(.invalidArgument, "\(what) is empty.") }
        try ModelRegistry.check(text, bytesMax: textBytesMax, what: what)
    }
}

// MARK: - How an act is decided

extension ReviewService {
    /// Brings the promotion up to date, asks the machine, and does it. What the update found stays written when the act
    /// itself is refused.
    func act<Value: Sendable>(
        _ act: ReviewMachine.Act, on id: String, token: String? = nil, by caller: Caller,
        _ body: @escaping @Sendable (SQLTransaction, Review, Promotion, Timestamp) throws -> Value
    ) async throws -> Value {
        let result = try await transitions.store.write { tx -> Result<Value, GatehouseError> in
            let now = transitions.now()
            let found = try tx.requiredReview(id)
            guard let asked = try tx.promotion(id: found.promotion) else {
                throw GatehouseError(.internalFailure, "The review \(id) belongs to no promotion.")
            }
            let promotion = try desk.settle(asked, tx)
            let review = try tx.requiredReview(id)
            if let refusal = Self.refusal(of: caller, review) { return .failure(refusal) }
            let facts = try facts(act, review, promotion, token: token, caller, at: now, tx)
            switch ReviewMachine.decide(act, facts) {
            case .stay, .become: return .success(try body(tx, review, promotion, now))
            case .void(let because): return .failure(GatehouseError(.conflict, "The review \(id) is void: \(because)."))
            case .withdraw: return .failure(ReviewMachine.Refusal.over(.withdrawn).error(review))
            case .refuse(let refusal):
                if refusal == .wrongToken { try countWrongToken(review, tx) }
                return .failure(refusal.error(review))
            }
        }
        return try result.get()
    }

    /// Tokens are machines, and a machine answers for nothing, whoever made it.
    private static func refusal(of caller: Caller, _ review: Review) -> GatehouseError? {
        if !caller.principal.isPerson {
            return GatehouseError(
                .forbidden, "\(caller.principal) is not a person, and only a person can answer for a promotion.",
                hint: "Sign in with your own name and password, or in the browser.")
        }
        guard review.reviewer == caller.principal else { return ReviewMachine.Refusal.notTheReviewer.error(review) }
        do {
            try caller.require(.review(review.model))
            return nil
        } catch {
            return error
        }
    }

    private func facts(
        _ act: ReviewMachine.Act, _ review: Review, _ promotion: Promotion, token: String?, _ caller: Caller, at now: Timestamp,
        _ tx: SQLTransaction
    ) throws -> ReviewFacts {
        // What was decided long ago is not judged by the rules of today.
        guard promotion.state == .awaitingReview else {
            return ReviewFacts(state: review.state, isReviewer: review.reviewer == caller.principal)
        }
        let matter = try tx.matter(of: promotion, under: transitions.policies, at: now)
        var facts = matter.facts(review, at: now, isReviewer: review.reviewer == caller.principal)
        facts.wrongTokens = review.wrongTokens
        if act == .approve, review.state == .answered {
            facts.isTokenRight = review.tokenDigest.map { $0 == review.digest(ofToken: token ?? "") } ?? false
            facts.flags = try flags(review, isApproval: true, at: now, tx)
            facts.refusedFlags = matter.rules.refusedFlags
        }
        return facts
    }

    /// Guesses count until the questionnaire is answered again.
    private func countWrongToken(_ review: Review, _ tx: SQLTransaction) throws {
        var counted = review
        counted.wrongTokens += 1
        try tx.update(counted, from: review.state)
    }

    private func flags(
        _ review: Review, isApproval: Bool, at now: Timestamp, _ tx: SQLTransaction
    ) throws -> [ReviewFlag] {
        let rules = try transitions.policies.policy(for: review.model, tx).policy.review
        let answers = QuestionnaireAnswers(texts: try tx.answers(to: review.id), acknowledged: [])
        return ReviewFlag.flags(
            isApproval: isApproval, clocks: ReviewClocks(requested: review.requestedAt, opened: review.openedAt, decided: now),
            evidenceOpened: !review.evidenceOpened.isEmpty, limits: (rules.flagAfterOpening, rules.flagAfterRequest),
            habits: try tx.habits(of: review, normalised: answers.normalised))
    }
}

extension Review {
    func digest(ofToken typed: String) -> Digest {
        ReviewToken.digest(typed, review: id, reviewer: reviewer, binding: bindingDigest)
    }
}

extension ReviewToken {
    fileprivate func digest(for review: Review) -> Digest { review.digest(ofToken: text) }
}
