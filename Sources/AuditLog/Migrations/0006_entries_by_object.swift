import Storage

extension Migration {
    /// For the newest entries about one model, whichever version and action: what open pages look for each second.
    static let auditEntriesByObject = Migration("audit_0006_entries_by_object") { _ in
        ["CREATE INDEX audit_entry_by_object ON audit_entry (model, sequence)"]
    }
}
