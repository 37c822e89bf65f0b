import Storage

extension Migration {
    /// For questions about one version, whatever else is in the log: a few entries per kind of decision are found by index,
    /// however many tags were set. And for pages of a stretch of time.
    static let auditEntriesByVersion = Migration("audit_0004_entries_by_version") { _ in
        [
            "CREATE INDEX audit_entry_by_version ON audit_entry (model, version, action, sequence)",
            "CREATE INDEX audit_entry_by_time ON audit_entry (time, sequence)",
        ]
    }
}
