/// What an auditor should look at. A flag refuses nothing unless the policy says so.
package enum ReviewFlag: String, Sendable, CaseIterable {
    case fasterThanAfterOpening = "faster_than_after_opening"
    case fasterThanAfterRequest = "faster_than_after_request"
    case evidenceNeverOpened = "evidence_never_opened"
    case answersIdentical = "answers_identical"
    case approvalRate = "approval_rate"
    case sameReviewerInRow = "same_reviewer_in_row"
    /// The server's clock was set back: how long the review took is not known.
    case clockSetBack = "clock_set_back"
}

extension ReviewFlag {
    /// For people.
    package var words: String {
        switch self {
        case .fasterThanAfterOpening: "decided sooner after opening than the policy expects"
        case .fasterThanAfterRequest: "decided sooner after the request than the policy expects"
        case .evidenceNeverOpened: "decided without opening any evidence"
        case .answersIdentical: "the answers are the same as in an earlier review"
        case .approvalRate: "approves nearly everything, over 20 reviews or more"
        case .sameReviewerInRow: "approved this model more than 3 times in a row"
        case .clockSetBack: "the server's clock was set back meanwhile, so how long it took is not known"
        }
    }
}
