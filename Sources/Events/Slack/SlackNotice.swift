import GatehouseCore
import Storage

/// The one message that a review has in Slack, and whether it says what is so. The row is written with the change it reports;
/// what it says is put together when it is sent.
struct SlackNotice: Sendable, Equatable {
    let review: String
    /// The same at every attempt to post it.
    let messageID: String
    /// Counts the changes that it should show.
    let revision: Int64
    let attempts: Int64
    /// Since when an attempt to post it is under way or ended without an answer.
    let postingSince: Timestamp?
    let posted: SlackPosted?
}

extension SQLTransaction {
    /// Notes that a review was asked for.
    func requestSlackNotice(of review: String, messageID: String, at now: Timestamp) throws {
        try execute(
            """
            INSERT INTO slack_notice (review, message_id, revision, due_at, attempts, noted_at)
            VALUES (\(review), \(messageID), 1, \(now), 0, \(now)) ON CONFLICT (review) DO NOTHING
            """)
    }

    /// Notes that something about a review changed. Says whether it has a message at all.
    func renewSlackNotice(of review: String, at now: Timestamp) throws -> Bool {
        try execute(
            """
            UPDATE slack_notice SET revision = revision + 1, due_at = \(now), attempts = 0, noted_at = \(now)
            WHERE review = \(review)
            """) > 0
    }

    /// The one that has been due longest.
    func dueSlackNotice(at now: Timestamp) throws -> SlackNotice? {
        try first(
            "SELECT * FROM slack_notice WHERE due_at <= \(now) ORDER BY due_at, review LIMIT 1", SlackNotice.init(row:))
    }

    func nextSlackNoticeTime(after now: Timestamp) throws -> Timestamp? {
        try first("SELECT MIN(due_at) AS next FROM slack_notice WHERE due_at > \(now)") {
            try $0.optional("next", $0.timestamp)
        } ?? nil
    }

    /// Before the first byte of an attempt: a crash in the middle of it leaves a trace.
    func beginPosting(_ notice: SlackNotice, at now: Timestamp) throws {
        try execute(
            """
            UPDATE slack_notice SET posting_since = \(now) WHERE review = \(notice.review) AND posting_since IS NULL
            """)
    }

    /// Nothing of an attempt arrived, so that the next one need not look for it.
    func endPosting(_ notice: SlackNotice) throws {
        try execute("UPDATE slack_notice SET posting_since = NULL WHERE review = \(notice.review)")
    }

    /// It shows `notice.revision` now; due again at once when there is a newer one. `posted` nil: there is nothing to show.
    func settle(_ notice: SlackNotice, _ posted: SlackPosted?, at now: Timestamp) throws {
        try execute(
            """
            UPDATE slack_notice SET channel = \(posted?.channel), message_time = \(posted?.timestamp), posting_since = NULL,
                attempts = 0, failure = NULL, due_at = CASE WHEN revision = \(notice.revision) THEN NULL ELSE \(now) END
            WHERE review = \(notice.review)
            """)
    }

    /// It was posted, and may say something old by now.
    func foundPosted(_ notice: SlackNotice, _ posted: SlackPosted, at now: Timestamp) throws {
        try execute(
            """
            UPDATE slack_notice SET channel = \(posted.channel), message_time = \(posted.timestamp), posting_since = NULL,
                due_at = \(now) WHERE review = \(notice.review)
            """)
    }

    /// `due` nil: given up.
    func postpone(_ notice: SlackNotice, to due: Timestamp?, because failure: String) throws {
        try execute(
            """
            UPDATE slack_notice SET attempts = attempts + 1, failure = \(failure),
                due_at = CASE WHEN revision = \(notice.revision) THEN \(due) ELSE due_at END
            WHERE review = \(notice.review)
            """)
    }

    func hasOldSlack(before time: Timestamp, requestsBefore: Timestamp) throws -> Bool {
        try first(
            """
            SELECT 1 AS found WHERE EXISTS (SELECT 1 FROM slack_request WHERE received_at < \(requestsBefore))
                OR EXISTS (SELECT 1 FROM slack_notice WHERE due_at IS NULL AND noted_at < \(time))
            """
        ) { _ in true } ?? false
    }

    /// Forgets what was last changed before `time` and is not due.
    func forgetSlack(before time: Timestamp, requestsBefore: Timestamp) throws {
        try execute("DELETE FROM slack_notice WHERE due_at IS NULL AND noted_at < \(time)")
        try execute("DELETE FROM slack_request WHERE received_at < \(requestsBefore)")
    }
}

extension SlackNotice {
    fileprivate init(row: SQLRow) throws {
        let channel = try row.optional("channel", row.text)
        let time = try row.optional("message_time", row.text)
        self.init(
            review: try row.text("review"), messageID: try row.text("message_id"), revision: try row.integer("revision"),
            attempts: try row.integer("attempts"), postingSince: try row.optional("posting_since", row.timestamp),
            posted: channel.flatMap { channel in time.map { SlackPosted(channel: channel, timestamp: $0) } })
    }
}
