import Storage

extension Migration {
    /// `event_counter.fanned_out`: the last event whose deliveries are made; those after it have none. It takes the place of the lists
    /// of receivers: what one of these still held goes to those that want it now.
    static let fannedOut = Migration("events_0006_fanned_out") { _ in
        [
            "ALTER TABLE event_counter ADD COLUMN fanned_out BIGINT NOT NULL DEFAULT 0",
            "UPDATE event_counter SET fanned_out = COALESCE((SELECT MIN(event) - 1 FROM event_receivers), last)",
            "DROP TABLE event_receivers",
        ]
    }
}
