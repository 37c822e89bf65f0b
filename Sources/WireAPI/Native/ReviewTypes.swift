package import GatehouseCore

/// What one reviewer was asked, as a line of a list.
package struct ReviewSummary: Codable, Sendable {
    package let id: String
    package let promotionID: String
    package let modelName: String
    package let modelVersion: Int64
    package let reviewer: String
    /// `requested`, `opened`, `answered`, `approved`, `rejected`, `voided`, `expired` or `withdrawn`.
    package let state: String
    package let requestedAt: String
    package let expiresAt: String
    package let decidedAt: String?
    package let flags: [String]
    /// Why it was rejected, or what ended it from outside.
    package let reason: String?

    package init(
        id: String, promotionID: String, modelName: String, modelVersion: Int64, reviewer: String, state: String,
        requestedAt: String, expiresAt: String, decidedAt: String?, flags: [String], reason: String?
    ) {
        self.id = id
        self.promotionID = promotionID
        self.modelName = modelName
        self.modelVersion = modelVersion
        self.reviewer = reviewer
        self.state = state
        self.requestedAt = requestedAt
        self.expiresAt = expiresAt
        self.decidedAt = decidedAt
        self.flags = flags
        self.reason = reason
    }

    enum CodingKeys: String, CodingKey {
        case id, reviewer, state, flags, reason
        case promotionID = "promotion_id"
        case modelName = "model_name"
        case modelVersion = "model_version"
        case requestedAt = "requested_at"
        case expiresAt = "expires_at"
        case decidedAt = "decided_at"
    }
}

/// A review with all that belongs to it.
package struct ReviewAnswer: Codable, Sendable {
    package struct Question: Codable, Sendable {
        package let key: String
        package let text: String
        /// Nil until answered.
        package let answer: String?

        package init(key: String, text: String, answer: String?) {
            self.key = key
            self.text = text
            self.answer = answer
        }
    }

    package struct Comment: Codable, Sendable {
        package let author: String
        package let text: String
        package let at: String

        package init(author: String, text: String, at: String) {
            self.author = author
            self.text = text
            self.at = at
        }
    }

    package let review: ReviewSummary
    package let requestedBy: String
    package let requestReason: String?
    package let slot: String
    /// What an approval is about; a change in any of it voids the review.
    package let binding: JSONValue
    package let bindingDigest: String
    package let questionnaire: String
    package let questions: [Question]
    /// To be ticked one by one.
    package let limitations: [String]
    package let openedAt: String?
    package let answeredAt: String?
    /// From the first opening to the decision; nil when undecided, never opened, or a clock ran backwards.
    package let secondsAfterOpening: Double?
    package let secondsAfterRequest: Double?
    package let evidenceOpened: [String]
    package let evidenceUnopened: [String]
    package let edgeCasesTried: Int
    package let comments: [Comment]
    package let promotionState: String
    package let promotionReason: String

    package init(
        review: ReviewSummary, requestedBy: String, requestReason: String?, slot: String, binding: JSONValue,
        bindingDigest: String, questionnaire: String, questions: [Question], limitations: [String], openedAt: String?,
        answeredAt: String?, secondsAfterOpening: Double?, secondsAfterRequest: Double?, evidenceOpened: [String],
        evidenceUnopened: [String], edgeCasesTried: Int, comments: [Comment], promotionState: String, promotionReason: String
    ) {
        self.review = review
        self.requestedBy = requestedBy
        self.requestReason = requestReason
        self.slot = slot
        self.binding = binding
        self.bindingDigest = bindingDigest
        self.questionnaire = questionnaire
        self.questions = questions
        self.limitations = limitations
        self.openedAt = openedAt
        self.answeredAt = answeredAt
        self.secondsAfterOpening = secondsAfterOpening
        self.secondsAfterRequest = secondsAfterRequest
        self.evidenceOpened = evidenceOpened
        self.evidenceUnopened = evidenceUnopened
        self.edgeCasesTried = edgeCasesTried
        self.comments = comments
        self.promotionState = promotionState
        self.promotionReason = promotionReason
    }

    enum CodingKeys: String, CodingKey {
        case review, slot, binding, questionnaire, questions, limitations, comments
        case requestedBy = "requested_by"
        case requestReason = "request_reason"
        case bindingDigest = "binding_digest"
        case openedAt = "opened_at"
        case answeredAt = "answered_at"
        case secondsAfterOpening = "seconds_after_opening"
        case secondsAfterRequest = "seconds_after_request"
        case evidenceOpened = "evidence_opened"
        case evidenceUnopened = "evidence_unopened"
        case edgeCasesTried = "edge_cases_tried"
        case promotionState = "promotion_state"
        case promotionReason = "promotion_reason"
    }
}

/// One panel of the evidence.
package struct ReviewEvidenceAnswer: Codable, Sendable {
    package let panel: String
    package let title: String
    package let lines: [String]
    package let checks: [String: JSONValue]

    package init(panel: String, title: String, lines: [String], checks: [String: JSONValue]) {
        self.panel = panel
        self.title = title
        self.lines = lines
        self.checks = checks
    }
}

/// The answers of a questionnaire: a text per question, and the limitations that are ticked.
package struct ReviewAnswersCall: Codable, Sendable {
    package let answers: [String: String]
    package let limitations: [String]

    package init(answers: [String: String], limitations: [String]) {
        self.answers = answers
        self.limitations = limitations
    }
}

/// The completed questionnaire's token, shown this once.
package struct ReviewTokenAnswer: Codable, Sendable {
    package let review: ReviewSummary
    package let token: String

    package init(review: ReviewSummary, token: String) {
        self.review = review
        self.token = token
    }
}

package struct ApproveCall: Codable, Sendable {
    package let token: String

    package init(token: String) { self.token = token }
}

package struct RejectCall: Codable, Sendable {
    package let reason: String

    package init(reason: String) { self.reason = reason }
}

package struct CommentCall: Codable, Sendable {
    package let text: String

    package init(text: String) { self.text = text }
}
