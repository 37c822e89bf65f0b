import AuditLog
package import GatehouseCore
import Storage

extension ModelRegistry {
    /// Adds a model. Fails with `alreadyExists`, and as `setTag` does for its tags.
    package func createModel(
        _ name: ModelName, description: String = "", tags: [String: String] = [:], by principal: Principal
    ) async throws -> RegisteredModel {
        try Self.check(description, bytesMax: Self.descriptionBytesMax, what: "The description")
        let tags = try Tag.checked(tags)
        return try await store.write { tx in
            try requireFree(tags.map(\.key), of: name, writer: .client, tx)
            try tx.insertModel(name, description: description, by: principal, at: now())
            for tag in tags { try tx.setTag(tag.key, tag.value, of: name) }
            try record(.modelCreated, in: tx, by: principal, model: name)
            return try tx.requiredModel(name)
        }
    }

    /// Replaces the description. Fails with `notFound`.
    package func updateModel(
        _ name: ModelName, description: String, by principal: Principal
    ) async throws -> RegisteredModel {
        try Self.check(description, bytesMax: Self.descriptionBytesMax, what: "The description")
        return try await store.write { tx in
            _ = try tx.requiredModel(name)
            try tx.updateModel(name, description: description, at: now())
            try record(.modelUpdated, in: tx, by: principal, model: name)
            return try tx.requiredModel(name)
        }
    }

    /// Gives a model another name. Fails with `notFound`, `alreadyExists`, and with `conflict` when a version of it was ever
    /// active in a slot: the record of production keeps the name that it was written with. Where nothing is enforced the model
    /// moves with what is active, and only the history stays behind.
    package func renameModel(
        _ name: ModelName, to newName: ModelName, by principal: Principal
    ) async throws -> RegisteredModel {
        try await decide { tx in
            _ = try tx.requiredModel(name)
            if try tx.hasSlotHistory(name), try protects(tx, name) {
                let error = GatehouseError(
                    .conflict, "\(name) has been in production, so its name stays.",
                    hint: "Register the next version under the new name: gatehouse version create \(newName) --model PATH")
                return try refuse(
                    .modelRenamed, error, in: tx, by: principal, model: name, facts: ["to": .string(newName.text)])
            }
            let now = now()
            let entry = try record(
                .modelRenamed, in: tx, by: principal, model: newName, facts: ["from": .string(name.text)])
            let active = try tx.vacateAll(of: name, at: now, auditSequence: entry.sequence)
            try tx.renameModel(name, to: newName, at: now)
            for occupancy in active {
                let slot = Slot(
                    model: newName, environment: occupancy.slot.environment, segment: occupancy.slot.segment,
                    role: occupancy.slot.role)
                try tx.occupy(
                    slot, with: occupancy.version, at: now, auditSequence: entry.sequence, isAdopted: occupancy.isAdopted)
            }
            return .granted(try tx.requiredModel(newName))
        }
    }

    /// Hides a model and its versions; the record stays. Fails with `notFound`, and with `conflict` when one of its versions
    /// may not be deleted yet.
    package func deleteModel(
        _ name: ModelName, reason: String = "", retention: Duration = productionRetentionDefault, by principal: Principal
    ) async throws {
        try Self.check(reason, bytesMax: Self.reasonBytesMax, what: "The reason")
        try await decide { tx -> Decision<Void> in
            let now = now()
            _ = try tx.requiredModel(name)
            if let number = try tx.protectedVersion(of: name, number: nil, leftProductionAfter: now.adding(.zero - retention)),
                try protects(tx, name)
            {
                return try refuse(
                    .modelDeleted, Self.isKept(number, of: name, retention: retention), in: tx, by: principal, model: name,
                    version: number)
            }
            try tx.buryModel(name, at: now)
            let entry = try record(.modelDeleted, in: tx, by: principal, model: name, reason: reason)
            _ = try tx.vacateAll(of: name, at: now, auditSequence: entry.sequence)
            return .granted(())
        }
    }

    static func isKept(_ number: VersionNumber, of model: ModelName, retention: Duration) -> GatehouseError {
        GatehouseError(
            .conflict,
            "\(model)/\(number) is or was in Production; such a version is kept for \(retention.shortText) after it left.",
            hint: "Archive it instead: gatehouse version stage \(model) \(number) archived --reason …")
    }
}
