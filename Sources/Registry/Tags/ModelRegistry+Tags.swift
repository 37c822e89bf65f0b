import AuditLog
package import GatehouseCore
import Storage

extension ModelRegistry {
    /// Sets a tag of a version. Fails with `forbidden` for a client that names a protected key, with `invalidArgument` for a
    /// key or value out of bounds, with `notFound`.
    package func setTag(
        _ key: TagKey, _ value: String, of number: VersionNumber, model: ModelName, writer: TagWriter = .client,
        by principal: Principal
    ) async throws {
        try Tag.check(key, value: value)
        try await store.write { tx in
            _ = try tx.requiredVersion(number, of: model)
            try requireFree([key], of: model, writer: writer, tx)
            try tx.setTag(key, value, of: number, model: model)
            try record(
                .tagSet, in: tx, by: principal, model: model, version: number, texts: Self.texts(value),
                facts: Self.facts(key, value))
        }
    }

    /// Sets a tag of a model, under the same rules.
    package func setTag(_ key: TagKey, _ value: String, of model: ModelName, by principal: Principal) async throws {
        try Tag.check(key, value: value)
        try await store.write { tx in
            _ = try tx.requiredModel(model)
            try requireFree([key], of: model, writer: .client, tx)
            try tx.setTag(key, value, of: model)
            try record(
                .tagSet, in: tx, by: principal, model: model, texts: Self.texts(value), facts: Self.facts(key, value))
        }
    }

    /// Takes a tag of a version away; one that is not there is no error. Fails with `forbidden` and `notFound` (no version).
    package func deleteTag(
        _ key: TagKey, of number: VersionNumber, model: ModelName, writer: TagWriter = .client, by principal: Principal
    ) async throws {
        try await store.write { tx in
            _ = try tx.requiredVersion(number, of: model)
            try requireFree([key], of: model, writer: writer, tx)
            guard try tx.deleteTag(key, of: number, model: model) else { return }
            try record(
                .tagDeleted, in: tx, by: principal, model: model, version: number, facts: ["key": .string(key.text)])
        }
    }

    /// Takes a tag of a model away, under the same rules.
    package func deleteTag(_ key: TagKey, of model: ModelName, by principal: Principal) async throws {
        try await store.write { tx in
            _ = try tx.requiredModel(model)
            try requireFree([key], of: model, writer: .client, tx)
            guard try tx.deleteTag(key, of: model) else { return }
            try record(.tagDeleted, in: tx, by: principal, model: model, facts: ["key": .string(key.text)])
        }
    }

    /// Fails with `forbidden` when a client names a tag that Gatehouse alone writes.
    func requireFree(_ keys: [TagKey], of model: ModelName, writer: TagWriter, _ tx: SQLTransaction) throws {
        switch writer {
        case .gatehouse: return
        case .client:
            guard let key = keys.first(where: \.isProtected), try protects(tx, model) else { return }
            throw Tag.isProtected(key)
        }
    }

    /// A value is what somebody wrote, so the record holds it as a text; a long one by its digest alone.
    private static func texts(_ value: String) -> [String: String] { isShort(value) ? ["value": value] : [:] }

    private static func facts(_ key: TagKey, _ value: String) -> JSONValue {
        var facts: [String: JSONValue] = ["key": .string(key.text)]
        if !isShort(value) { facts["value_digest"] = .string(Digest.sha256(of: Array(value.utf8)).description) }
        return .object(facts)
    }

    private static func isShort(_ value: String) -> Bool { value.utf8.count <= 1000 }
}
