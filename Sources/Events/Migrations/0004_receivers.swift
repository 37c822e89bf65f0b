import Storage

extension Migration {
    /// `event_receivers` holds the webhooks that wanted an event when it happened, as a JSON list, until each of them has its
    /// delivery. Events of before have theirs already.
    static let receivers = Migration("events_0004_receivers") { _ in
        ["CREATE TABLE event_receivers (event BIGINT PRIMARY KEY REFERENCES event (sequence), webhooks TEXT NOT NULL)"]
    }
}
