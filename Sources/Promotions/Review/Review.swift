import AuditLog
package import GatehouseCore
package import Gates

/// What one reviewer is asked about one promotion, and what came of it.
package struct Review: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        case requested
        case opened
        /// The questionnaire is complete and its token was shown.
        case answered
        case approved
        case rejected
        /// What it was bound to changed, or the promotion was decided without it.
        case voided
        case expired
        /// The reviewer may not answer for this any more; somebody else was asked.
        case withdrawn

        /// Whether the reviewer can still decide.
        package var isOpen: Bool {
            switch self {
            case .requested, .opened, .answered: true
            case .approved, .rejected, .voided, .expired, .withdrawn: false
            }
        }
    }

    /// What a reviewer should look at before deciding.
    package enum Panel: String, Sendable, CaseIterable {
        case gates, groups, champion, shadow, limitations, rollout
        /// Edge cases that the reviewer tries.
        case trials
    }

    package let id: String
    package let promotion: String
    package let model: ModelName
    package let version: VersionNumber
    package let reviewer: Principal
    package var state: State
    /// Of the promotion's `ReviewBinding`.
    package let bindingDigest: Digest
    /// `default@1`
    package let questionnaire: String
    /// What the model card said about its limits when the review was asked for.
    package let limitations: [String]
    package let requestedAt: Timestamp
    package let expiresAt: Timestamp
    /// When it was opened first.
    package var openedAt: Timestamp?
    package var answeredAt: Timestamp?
    package var decidedAt: Timestamp?
    /// When each panel was looked at first.
    package var evidenceOpened: [Panel: Timestamp]
    /// Tells whether a reviewer gave the same answers before. Goes nowhere else: short answers could be guessed from it.
    package var answersDigest: Digest?
    var answersSalt: [UInt8]?
    var tokenDigest: Digest?
    var wrongTokens: Int
    package var flags: [ReviewFlag]
    /// Why it was rejected, in the reviewer's words.
    package var reason: String?
    package var voidBecause: String?

    package var clocks: ReviewClocks? {
        decidedAt.map { ReviewClocks(requested: requestedAt, opened: openedAt, decided: $0) }
    }

    /// What the log holds of the answers as a whole: the same in the entries of answering and of deciding.
    var answersCommitment: AuditCommitment? {
        guard let answersDigest, let answersSalt else { return nil }
        return AuditCommitment(of: answersDigest.description, salt: answersSalt)
    }

    package func isOverdue(at now: Timestamp) -> Bool { now > expiresAt }
}

/// A remark on a review, by anybody who may read it.
package struct ReviewComment: Sendable, Equatable {
    package let id: String
    package let author: Principal
    package let text: String
    package let writtenAt: Timestamp
}
