import AuditLog
package import GatehouseCore
import Storage

extension ModelRegistry {
    /// Points an alias at a version. Fails with `notFound`, and with `blockedByPolicy` when the alias stands for a stage: then
    /// it moves with the stage only.
    package func setAlias(
        _ alias: Alias, of model: ModelName, to number: VersionNumber, isProtected: Bool, by principal: Principal
    ) async throws {
        try await decide { tx -> Decision<Void> in
            _ = try tx.requiredVersion(number, of: model)
            guard !isProtected else {
                return try refuse(
                    .aliasSet, Self.isProtected(alias, hint: "gatehouse promote \(model) \(number) --to production"), in: tx,
                    by: principal, model: model, version: number, facts: ["alias": .string(alias.text)])
            }
            let previous = try tx.setAlias(alias, of: model, to: number)
            try record(
                .aliasSet, in: tx, by: principal, model: model, version: number,
                facts: ["alias": .string(alias.text), "previous_version": previous.map { .integer($0.value) } ?? .null])
            return .granted(())
        }
    }

    /// Takes an alias away; one that is not there is no error. Fails with `notFound` (no model) and `blockedByPolicy`.
    package func deleteAlias(
        _ alias: Alias, of model: ModelName, isProtected: Bool, by principal: Principal
    ) async throws {
        try await decide { tx -> Decision<Void> in
            _ = try tx.requiredModel(model)
            guard !isProtected else {
                return try refuse(
                    .aliasDeleted, Self.isProtected(alias, hint: Self.archiveHint(model)), in: tx,
                    by: principal, model: model, facts: ["alias": .string(alias.text)])
            }
            guard let previous = try tx.deleteAlias(alias, of: model) else { return .granted(()) }
            try record(
                .aliasDeleted, in: tx, by: principal, model: model, version: previous, facts: ["alias": .string(alias.text)])
            return .granted(())
        }
    }

    private static func archiveHint(_ model: ModelName) -> String {
        "Archive the version it points at: gatehouse version stage '\(model)' VERSION archived --reason …"
    }

    private static func isProtected(_ alias: Alias, hint: String) -> GatehouseError {
        GatehouseError(
            .blockedByPolicy, "The alias '\(alias)' stands for Production and moves only with it.", hint: hint)
    }
}
