import AuditLog
import GatehouseCore
import Storage

extension SQLTransaction {
    /// Notes what these audit entries mean for the messages of reviews. Says whether there is something to send.
    func noteReviewsForSlack(_ entries: [AuditEntry], ids: () -> String) throws -> Bool {
        var isTold = false
        for entry in entries {
            guard let isFirst = Self.slackActions[entry.action], let review = entry.facts["review"]?.stringValue else {
                continue
            }
            if isFirst {
                try requestSlackNotice(of: review, messageID: ids(), at: entry.time)
                isTold = true
            } else if try renewSlackNotice(of: review, at: entry.time) {
                isTold = true
            }
        }
        return isTold
    }

    /// What a message shows, and whether it begins one. Openings and answers are the reviewer's own matter.
    private static let slackActions: [AuditAction: Bool] = [
        .reviewRequested: true, .reviewApproved: false, .reviewRejected: false, .reviewVoided: false, .reviewExpired: false,
        .reviewWithdrawn: false,
    ]
}
