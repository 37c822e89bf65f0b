import Storage

extension Migration {
    /// `webhook.rests_until`: nothing is sent to it before, because it failed too often in a row or asked for patience. Null, or
    /// past: it does not rest.
    static let rests = Migration("events_0005_rests") { _ in ["ALTER TABLE webhook ADD COLUMN rests_until BIGINT"] }
}
