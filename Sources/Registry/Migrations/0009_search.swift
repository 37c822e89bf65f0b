import Storage

extension Migration {
    /// Indexes in the order that a search of versions has by default, for all models and within one; and where the files of a
    /// version are, as it was known when it was registered.
    static let search = Migration("registry_0009_search") { _ in
        [
            "ALTER TABLE model_version ADD COLUMN storage_location TEXT",
            "DROP INDEX model_version_by_update",
            "CREATE INDEX model_version_newest ON model_version (updated_at DESC, model, number DESC)",
            "CREATE INDEX model_version_newest_of_model ON model_version (model, updated_at DESC, number DESC)",
        ]
    }
}
