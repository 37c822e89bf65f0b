import Storage

extension Migration {
    /// For the newest refusals: a handful among many grants.
    static let auditEntriesByOutcome = Migration("audit_0007_entries_by_outcome") { _ in
        ["CREATE INDEX audit_entry_by_outcome ON audit_entry (outcome, sequence)"]
    }
}
