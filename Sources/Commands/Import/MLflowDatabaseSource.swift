import Foundation
import GatehouseCore
import Storage
import StorageSQLite
import WireAPI

/// The SQLite file of MLflow's server, 2.22 or 3, and, where it is given, the folder of its artifacts.
struct MLflowDatabaseSource: ImportSource {
    static let pageRowsMax = 100
    static let pointsMax = 10_000

    let database: SQLiteReader
    let file: String
    /// The root of the artifacts; nothing outside it is read.
    let artifacts: String?
    /// What this release of MLflow has.
    let schema: MLflowSchema

    /// Fails with `invalidArgument` when the file is a database of something else.
    static func open(_ file: String, artifacts: String?) async throws -> MLflowDatabaseSource {
        let database = try await SQLiteReader.open(path: file)
        let schema = try await database.read { tx in try MLflowSchema(tx) }
        guard schema.tables.isSuperset(of: ["experiments", "runs", "metrics", "registered_models", "model_versions"]) else {
            throw GatehouseError(
                .invalidArgument, "'\(file)' is not a database of MLflow's.",
                hint: "Name the file behind 'mlflow server --backend-store-uri sqlite:///…'.")
        }
        return MLflowDatabaseSource(database: database, file: file, artifacts: artifacts, schema: schema)
    }

    var name: String { "sqlite:\(file)" }

    func experiments(after token: String?) async throws -> MLflowPage<MLflowExperiment> {
        let last = token.flatMap { Int64($0) } ?? -1
        let schema = schema
        let found = try await database.read { tx in
            let experiments = try tx.rows(
                """
                SELECT * FROM experiments WHERE experiment_id > \(last) AND \(schema.isOurs("experiments"))
                ORDER BY experiment_id LIMIT \(Self.pageRowsMax)
                """, MLflowExperiment.init(row:))
            let tags = try tx.tags(
                "SELECT experiment_id AS owner, key, value FROM experiment_tags WHERE experiment_id", experiments.map(\.id))
            return experiments.map { experiment in
                var experiment = experiment
                experiment.tags = tags[experiment.id, default: []]
                return experiment
            }
        }
        return MLflowPage(items: found, next: found.count == Self.pageRowsMax ? found.last?.id : nil)
    }

    func runs(of experiment: String, after token: String?) async throws -> MLflowPage<MLflowRun> {
        let schema = schema
        let found = try await database.read { tx in
            let infos = try tx.rows(
                """
                SELECT * FROM runs WHERE experiment_id = \(Int64(experiment) ?? -1) AND run_uuid > \(token ?? "")
                ORDER BY run_uuid LIMIT \(Self.pageRowsMax)
                """, MLflowRunInfo.init(row:))
            return try tx.mlflowRuns(infos, schema)
        }
        return MLflowPage(items: found, next: found.count == Self.pageRowsMax ? found.last?.info.id : nil)
    }

    /// In the order of the index that newer releases have; the token is the last point.
    func metrics(of run: MLflowRun, after token: String?) async throws -> MLflowPage<MLflowMetric> {
        let last = try token.map { try JSONParser.parse($0).arrayValue ?? [] }
        let found = try await database.read { tx in
            var after: SQLStatement = "1 = 1"
            if let last, last.count == 5 {
                after = """
                    (key, step, timestamp, value, is_nan) > (\(last[0].stringValue ?? ""), \(last[1].integerValue ?? 0),
                        \(last[2].integerValue ?? 0), \(last[3].doubleValue ?? 0), \(last[4].integerValue ?? 0))
                    """
            }
            return try tx.rows(
                """
                SELECT * FROM metrics WHERE run_uuid = \(run.info.id) AND \(after)
                ORDER BY key, step, timestamp, value, is_nan LIMIT \(Self.pointsMax)
                """, MLflowMetric.init(row:))
        }
        guard found.count == Self.pointsMax, let end = found.last else { return MLflowPage(items: found, next: nil) }
        let place: JSONValue = [
            .string(end.key), .integer(end.step), .integer(end.timestamp), .number(end.value.isNaN ? 0 : end.value),
            .integer(end.value.isNaN ? 1 : 0),
        ]
        return MLflowPage(items: found, next: place.canonicalText)
    }

    func loggedModels(of experiment: String, after token: String?) async throws -> MLflowPage<ImportedLoggedModel> {
        guard schema.tables.contains("logged_models") else { return MLflowPage(items: [], next: nil) }
        let found = try await database.read { tx in
            let models = try tx.rows(
                """
                SELECT * FROM logged_models WHERE experiment_id = \(Int64(experiment) ?? -1) AND model_id > \(token ?? "")
                ORDER BY model_id LIMIT \(Self.pageRowsMax)
                """, ImportedLoggedModel.init(row:))
            return try tx.completed(models)
        }
        return MLflowPage(items: found, next: found.count == Self.pageRowsMax ? found.last?.model.id : nil)
    }

    func models(after token: String?) async throws -> MLflowPage<MLflowRegisteredModel> {
        let schema = schema
        let found = try await database.read { tx in
            let models = try tx.rows(
                """
                SELECT * FROM registered_models WHERE name > \(token ?? "") AND \(schema.isOurs("registered_models"))
                ORDER BY name LIMIT \(Self.pageRowsMax)
                """, MLflowRegisteredModel.init(row:))
            return try tx.completed(models, schema)
        }
        return MLflowPage(items: found, next: found.count == Self.pageRowsMax ? found.last?.name : nil)
    }

    /// Without those that were deleted, of which MLflow keeps little more than the number.
    func versions(of model: MLflowRegisteredModel, after token: String?) async throws -> MLflowPage<MLflowModelVersion> {
        let (schema, last) = (schema, token.flatMap { Int64($0) } ?? 0)
        let found = try await database.read { tx in
            let versions = try tx.rows(
                """
                SELECT * FROM model_versions WHERE name = \(model.name) AND version > \(last)
                    AND current_stage <> 'Deleted_Internal' AND \(schema.isOurs("model_versions"))
                ORDER BY version LIMIT \(Self.pageRowsMax)
                """, MLflowModelVersion.init(row:))
            let tags = try tx.tags(
                """
                SELECT version AS owner, key, value FROM model_version_tags
                WHERE name = \(model.name) AND \(schema.isOurs("model_version_tags")) AND version
                """, versions.map(\.version))
            return versions.map { version in
                var version = version
                version.tags = tags[version.version, default: []]
                return version
            }
        }
        return MLflowPage(items: found, next: found.count == Self.pageRowsMax ? found.last?.version : nil)
    }

    func run(_ id: String) async throws -> MLflowRunInfo? {
        try await database.read { tx in
            try tx.first("SELECT * FROM runs WHERE run_uuid = \(id)", MLflowRunInfo.init(row:))
        }
    }

    func storageLocation(of version: MLflowModelVersion) async throws -> String? {
        guard schema.hasStorageLocation else { return nil }
        let schema = schema
        let found = try await database.read { tx in
            try tx.first(
                """
                SELECT storage_location FROM model_versions WHERE name = \(version.name)
                    AND version = \(Int64(version.version) ?? -1) AND \(schema.isOurs("model_versions"))
                """
            ) { try $0.optional("storage_location", $0.text) }
        }
        return found.flatMap(\.self)
    }

    func strangers() async throws -> [(name: String, count: Int64)] {
        let schema = schema
        return try await database.read { tx in try tx.strangers(schema) }
    }
}
