package import GatehouseCore
package import Registry
import Scoring

/// Names uploaded bytes as versions of a dataset, after reading them once: a file that cannot be evaluated on is refused now
/// rather than in the middle of an evaluation.
package struct DatasetService: Sendable {
    private let registry: ModelRegistry
    private let artifacts: any ArtifactStore

    package init(registry: ModelRegistry, artifacts: any ArtifactStore) {
        self.registry = registry
        self.artifacts = artifacts
    }

    /// Fails with `notFound` when the bytes were not uploaded and `invalidArgument` when they are not a table.
    package func add(
        name: String, digest: Digest, format word: String, textColumns: Set<String> = [], by principal: Principal
    ) async throws -> DatasetVersion {
        guard let format = DatasetFormat(rawValue: word) else {
            throw GatehouseError(
                .invalidArgument, "There is no dataset format '\(word)'.",
                hint: "Formats are: \(DatasetFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        guard let blob = try await artifacts.keep(digest) else {
            throw GatehouseError(
                .notFound, "The bytes \(digest.short) have not been uploaded.", hint: "Upload them first: gatehouse dataset add.")
        }
        let options = DatasetOptions(textColumns: textColumns)
        let dataset = try await DatasetReader.read(
            contentsOf: try await artifacts.path(of: digest), format: format, options: options, name: name)
        return try await registry.addDataset(
            DatasetRequest(
                name: NamedVersion(name: name, version: nil).name, digest: digest, format: format.rawValue, bytes: blob.bytes,
                rowCount: Int64(dataset.table.rowCount), columns: .array(dataset.table.columns.map(\.json))),
            by: principal)
    }
}

extension TableColumn {
    fileprivate var json: JSONValue {
        let type: String
        switch values {
        case .numeric: type = "numeric"
        case .categorical: type = "text"
        }
        return .object(["name": .string(name), "type": .string(type)])
    }
}
