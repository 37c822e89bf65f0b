package import Storage

package enum AuditMigrations {
    /// In the order in which they run. A released one never changes.
    package static let all: [Migration] = [
        .auditEntry, .auditPeopleAndTexts, .checkpoints, .auditEntriesByVersion, .witnessedLogs, .auditEntriesByObject,
        .auditEntriesByOutcome,
    ]
}
