import AuditLog
package import GatehouseCore
package import Storage

extension ModelRegistry {
    /// Points an alias at a version. Fails with `notFound`. That the alias is free to move is decided above, in the same
    /// transaction.
    package func setAlias(
        _ alias: Alias, of model: ModelName, to number: VersionNumber, by principal: Principal, reason: String = "",
        in tx: SQLTransaction
    ) throws {
        _ = try tx.requiredSummary(number, of: model)
        let previous = try tx.setAlias(alias, of: model, to: number)
        try record(
            .aliasSet, in: tx, by: principal, model: model, version: number, reason: reason,
            facts: ["alias": .string(alias.text), "previous_version": previous.map { .integer($0.value) } ?? .null])
    }

    /// Takes an alias away; one that is not there is no error. Fails with `notFound` (no model).
    package func deleteAlias(
        _ alias: Alias, of model: ModelName, by principal: Principal, reason: String = "", in tx: SQLTransaction
    ) throws {
        _ = try tx.requiredModel(model)
        guard let previous = try tx.deleteAlias(alias, of: model) else { return }
        try record(
            .aliasDeleted, in: tx, by: principal, model: model, version: previous, reason: reason,
            facts: ["alias": .string(alias.text)])
    }

    /// Records that an alias stays because it stands for Production, and returns the refusal to be thrown when that is
    /// committed. Fails with `notFound` (no model).
    package func refuseToDelete(
        _ alias: Alias, of model: ModelName, by principal: Principal, in tx: SQLTransaction
    ) throws -> GatehouseError {
        _ = try tx.requiredModel(model)
        let error = GatehouseError(
            .blockedByPolicy, "The alias '\(alias)' stands for Production and moves only with it.",
            hint: "Archive the version it points at: gatehouse version stage '\(model)' VERSION archived --reason …")
        try record(
            .aliasDeleted, in: tx, by: principal, outcome: .refused, model: model, reason: error.message,
            facts: ["alias": .string(alias.text)])
        return error
    }
}

extension Alias {
    /// MLflow's answer to an alias that is not there: no 404.
    package static func notFound(_ alias: String) -> GatehouseError {
        GatehouseError(.invalidArgument, "Registered model alias \(alias) not found.")
    }
}
