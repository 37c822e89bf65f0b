import AuditLog
package import GatehouseCore
import Storage

extension ModelRegistry {
    package static let columnsBytesMax = 4_000_000

    /// Adds a dataset version; its bytes are in the artifact store already. The same bytes under the same name,
    /// read the same way, give the version that has them. Fails with `invalidArgument` and `tooLarge`.
    package func addDataset(_ request: DatasetRequest, by principal: Principal) async throws -> DatasetVersion {
        _ = try NamedVersion(name: request.name, version: nil)
        guard request.bytes >= 0, request.rowCount ?? 0 >= 0 else {
            throw GatehouseError(.invalidArgument, "A dataset cannot have fewer than 0 bytes or rows.")
        }
        try Self.check(request.columns.canonicalText, bytesMax: Self.columnsBytesMax, what: "The list of columns")
        return try await store.write { tx in
            if let existing = try tx.dataset(like: request) { return existing }
            let dataset = try tx.insertDataset(request, by: principal, at: now())
            try record(
                .datasetAdded, in: tx, by: principal,
                facts: [
                    "dataset": .string(dataset.reference), "digest": .string(dataset.digest.description),
                    "bytes": .integer(dataset.bytes), "rows": dataset.rowCount.map(JSONValue.integer) ?? .null,
                ])
            return dataset
        }
    }
}
