package import GatehouseCore
package import Storage

extension SQLTransaction {
    /// Points an alias at a version and returns what it pointed at before. Whether the alias is protected, and what its move
    /// means for stages, is decided above; the audit entry is the caller's.
    @discardableResult
    package func setAlias(_ alias: Alias, of model: ModelName, to number: VersionNumber) throws -> VersionNumber? {
        let previous = try aliasTarget(alias, of: model)
        try execute(
            """
            INSERT INTO model_alias (model, alias, version) VALUES (\(model), \(alias), \(number))
            ON CONFLICT (model, alias) DO UPDATE SET version = excluded.version
            """)
        return previous
    }

    /// Takes an alias away and returns what it pointed at; nil when there was none.
    @discardableResult
    package func deleteAlias(_ alias: Alias, of model: ModelName) throws -> VersionNumber? {
        let previous = try aliasTarget(alias, of: model)
        try execute("DELETE FROM model_alias WHERE model = \(model) AND alias = \(alias)")
        return previous
    }

    private func aliasTarget(_ alias: Alias, of model: ModelName) throws -> VersionNumber? {
        try first("SELECT version FROM model_alias WHERE model = \(model) AND alias = \(alias)") {
            try VersionNumber($0.integer("version"))
        }
    }
}
