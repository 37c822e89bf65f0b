package import GatehouseCore
import Gates
package import Storage

/// Which reviews are asked for; what is nil does not restrict.
package struct ReviewFilter: Sendable, Hashable {
    package var promotion: String?
    package var model: ModelName?
    package var reviewer: Principal?
    package var isOpen: Bool?

    package init(promotion: String? = nil, model: ModelName? = nil, reviewer: Principal? = nil, isOpen: Bool? = nil) {
        self.promotion = promotion
        self.model = model
        self.reviewer = reviewer
        self.isOpen = isOpen
    }
}

extension SQLTransaction {
    package static let reviewPageMax = 1000

    package func review(id: String) throws -> Review? {
        try first("SELECT * FROM review WHERE id = \(id)", Review.init(row:))
    }

    /// Fails with `notFound`.
    package func requiredReview(_ id: String) throws -> Review {
        guard let review = try review(id: id) else {
            throw GatehouseError(.notFound, "There is no review '\(id.prefix(80))'.", hint: "List them: gatehouse review list")
        }
        return review
    }

    /// In the order in which they were asked for.
    package func reviews(of promotion: String) throws -> [Review] {
        try rows(
            "SELECT * FROM review WHERE promotion_id = \(promotion) ORDER BY requested_at, id LIMIT \(Self.reviewPageMax)",
            Review.init(row:))
    }

    /// Newest first.
    package func reviews(_ filter: ReviewFilter, limit: Int) throws -> [Review] {
        var condition: SQLStatement = "1 = 1"
        if let promotion = filter.promotion { condition = "\(condition) AND promotion_id = \(promotion)" }
        if let model = filter.model { condition = "\(condition) AND model = \(model)" }
        if let reviewer = filter.reviewer { condition = "\(condition) AND reviewer = \(reviewer)" }
        if let isOpen = filter.isOpen {
            condition =
                isOpen
                ? "\(condition) AND state IN ('requested', 'opened', 'answered')"
                : "\(condition) AND state NOT IN ('requested', 'opened', 'answered')"
        }
        return try rows(
            "SELECT * FROM review WHERE \(condition) ORDER BY requested_at DESC, id DESC LIMIT \(min(max(limit, 1), 1000))",
            Review.init(row:))
    }

    func insert(_ review: Review) throws {
        try execute(
            """
            INSERT INTO review (id, promotion_id, model, version, reviewer, state, binding_digest, questionnaire, limitations,
                requested_at, expires_at, evidence_opened, wrong_tokens, flags)
            VALUES (\(review.id), \(review.promotion), \(review.model), \(review.version), \(review.reviewer),
                \(review.state.rawValue), \(review.bindingDigest), \(review.questionnaire),
                \(JSONValue.array(review.limitations.map { .string($0) })), \(review.requestedAt), \(review.expiresAt),
                '{}', 0, '[]')
            """)
    }

    /// Writes what can change, if the review is still in the state that `review` was read in.
    func update(_ review: Review, from expected: Review.State) throws {
        let evidence = Dictionary(
            uniqueKeysWithValues: review.evidenceOpened.map { ($0.key.rawValue, JSONValue.integer($0.value.milliseconds)) })
        let changed = try execute(
            """
            UPDATE review SET state = \(review.state.rawValue), opened_at = \(review.openedAt),
                answered_at = \(review.answeredAt), decided_at = \(review.decidedAt),
                evidence_opened = \(JSONValue.object(evidence)), answers_digest = \(review.answersDigest),
                answers_salt = \(review.answersSalt), token_digest = \(review.tokenDigest), wrong_tokens = \(review.wrongTokens),
                flags = \(JSONValue.array(review.flags.map { .string($0.rawValue) })), reason = \(review.reason),
                void_because = \(review.voidBecause)
            WHERE id = \(review.id) AND state = \(expected.rawValue)
            """)
        guard changed == 1 else {
            throw GatehouseError(.conflict, "The review \(review.id) is not \(expected.rawValue) any more.")
        }
    }

    // MARK: What people wrote

    package func answers(to review: String) throws -> [String: String] {
        let found = try rows("SELECT question, answer FROM review_answer WHERE review_id = \(review) LIMIT 100") { row in
            (try row.text("question"), try row.text("answer"))
        }
        return Dictionary(uniqueKeysWithValues: found)
    }

    func setAnswers(_ answers: [String: String], to review: String) throws {
        try execute("DELETE FROM review_answer WHERE review_id = \(review)")
        for (question, answer) in answers.sorted(by: { $0.key < $1.key }) {
            try execute("INSERT INTO review_answer (review_id, question, answer) VALUES (\(review), \(question), \(answer))")
        }
    }

    package func comments(on review: String) throws -> [ReviewComment] {
        try rows("SELECT * FROM review_comment WHERE review_id = \(review) ORDER BY written_at, id LIMIT 1000") { row in
            ReviewComment(
                id: try row.text("id"), author: Principal(stored: try row.text("author")), text: try row.text("text"),
                writtenAt: try row.timestamp("written_at"))
        }
    }

    func commentCount(on review: String) throws -> Int64 {
        try first("SELECT COUNT(*) AS n FROM review_comment WHERE review_id = \(review)") { try $0.integer("n") } ?? 0
    }

    func insert(_ comment: ReviewComment, on review: String) throws {
        try execute(
            """
            INSERT INTO review_comment (id, review_id, author, text, written_at)
            VALUES (\(comment.id), \(review), \(comment.author), \(comment.text), \(comment.writtenAt))
            """)
    }

    /// Takes out what somebody wrote in reviews: answers, comments, reasons; how many. The decisions stay.
    func eraseReviewTexts(of person: Principal) throws -> Int {
        // No text, but it could tell who knows the answers' words that they were these.
        try execute("UPDATE review SET answers_digest = NULL, answers_salt = NULL WHERE reviewer = \(person)")
        return try execute(
            "UPDATE review_answer SET answer = '' WHERE review_id IN (SELECT id FROM review WHERE reviewer = \(person))")
            + execute("UPDATE review_comment SET text = '' WHERE author = \(person)")
            + execute("UPDATE review SET reason = '' WHERE reviewer = \(person) AND reason IS NOT NULL")
            + eraseTrialRows(of: person)
    }

    // MARK: Habits

    /// When each was asked last; who never was is missing.
    func lastAsked(_ people: [Principal]) throws -> [Principal: Timestamp] {
        guard !people.isEmpty else { return [:] }
        let found = try rows(
            """
            SELECT reviewer, MAX(requested_at) AS last FROM review WHERE reviewer IN (\(SQLStatement.list(people)))
            GROUP BY reviewer
            """
        ) { row in (Principal(stored: try row.text("reviewer")), try row.timestamp("last")) }
        return Dictionary(uniqueKeysWithValues: found)
    }

    /// A reviewer's habits before `review`, with what is answered in it. `normalised` are those answers.
    func habits(of review: Review, normalised: [String: String]) throws -> ReviewHabits {
        var habits = ReviewHabits()
        let earlier = try rows(
            """
            SELECT id, state FROM review WHERE reviewer = \(review.reviewer) AND decided_at IS NOT NULL AND id <> \(review.id)
            ORDER BY decided_at DESC, id DESC LIMIT \(ReviewHabits.decisionsMax)
            """
        ) { row in (id: try row.text("id"), state: try row.text("state")) }
        habits.approvals = earlier.map { $0.state != Review.State.rejected.rawValue }
        habits.hasSameAnswers =
            try normalised.isEmpty == false
            && earlier.contains { other in
                QuestionnaireAnswers(texts: try answers(to: other.id), acknowledged: []).normalised == normalised
            }
        let decided = try rows(
            """
            SELECT promotion_id, MAX(decided_at) AS last,
                MAX(CASE WHEN reviewer = \(review.reviewer) AND state <> 'rejected' THEN 1 ELSE 0 END) AS own
            FROM review WHERE model = \(review.model) AND decided_at IS NOT NULL AND promotion_id <> \(review.promotion)
            GROUP BY promotion_id ORDER BY last DESC LIMIT \(ReviewHabits.decisionsMax)
            """
        ) { try $0.bool("own") }
        habits.inRow = decided.prefix { $0 }.count
        return habits
    }
}

extension Review {
    fileprivate init(row: SQLRow) throws {
        guard let state = State(rawValue: try row.text("state")) else {
            throw GatehouseError(.internalFailure, "A review is in the unknown state '\(try row.text("state"))'.")
        }
        let evidence = try (row.json("evidence_opened").objectValue ?? [:]).compactMap { name, time in
            Panel(rawValue: name).flatMap { panel in time.integerValue.map { (panel, Timestamp(milliseconds: $0)) } }
        }
        self.init(
            id: try row.text("id"), promotion: try row.text("promotion_id"), model: try ModelName(row.text("model")),
            version: try VersionNumber(row.integer("version")), reviewer: Principal(stored: try row.text("reviewer")),
            state: state, bindingDigest: try row.digest("binding_digest"), questionnaire: try row.text("questionnaire"),
            limitations: try (row.json("limitations").arrayValue ?? []).compactMap(\.stringValue),
            requestedAt: try row.timestamp("requested_at"), expiresAt: try row.timestamp("expires_at"),
            openedAt: try row.optional("opened_at", row.timestamp), answeredAt: try row.optional("answered_at", row.timestamp),
            decidedAt: try row.optional("decided_at", row.timestamp),
            evidenceOpened: Dictionary(uniqueKeysWithValues: evidence),
            answersDigest: try row.optional("answers_digest", row.digest),
            answersSalt: try row.optional("answers_salt", row.bytes),
            tokenDigest: try row.optional("token_digest", row.digest), wrongTokens: Int(try row.integer("wrong_tokens")),
            flags: try (row.json("flags").arrayValue ?? []).compactMap(\.stringValue).compactMap { ReviewFlag(rawValue: $0) },
            reason: try row.optional("reason", row.text), voidBecause: try row.optional("void_because", row.text))
    }
}
