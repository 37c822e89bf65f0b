import AuditLog
import Foundation
import GatehouseCore
import Registry
import Storage
import StorageSQLite
import Synchronization

/// A registry on a fresh database file, with a clock that is set by hand and ids that count.
struct RegistryFixture {
    let store: any SQLStore
    let registry: ModelRegistry
    let clock: HandClock

    static let ada = Principal.user("ada")
    static let start = Timestamp(milliseconds: 1_700_000_000_000)

    var ada: Principal { Self.ada }

    static func run<T>(protects: Bool = true, _ body: (RegistryFixture) async throws -> T) async throws -> T {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gatehouse-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try await SQLiteStore.open(path: folder.appendingPathComponent("gatehouse.db").path)
        try await store.migrate(AuditMigrations.all + RegistryMigrations.all, at: start)
        let clock = HandClock(start)
        let counter = Mutex(0)
        let registry = ModelRegistry(
            store: store, now: { clock.now },
            ids: {
                counter.withLock {
                    $0 += 1
                    return "id-\($0)"
                }
            }, protects: { _, _ in protects })
        let result = try await body(RegistryFixture(store: store, registry: registry, clock: clock))
        try await store.close()
        return result
    }

    func model(_ name: String = "credit-risk") async throws -> ModelName {
        let name = try ModelName(name)
        return try await registry.createModel(name, by: ada).name
    }

    /// Registers a version whose one file has these bytes.
    @discardableResult
    func version(of model: ModelName, bytes: String = "tree", tags: [String: String] = [:]) async throws -> ModelVersion {
        try await registry.createVersion(
            VersionRequest(model: model, source: "runs:/1/model", manifest: try Self.manifest(bytes), tags: tags), by: ada)
    }

    func setAlias(_ alias: Alias, of model: ModelName, to number: VersionNumber) async throws {
        try await store.write { [registry] tx in try registry.setAlias(alias, of: model, to: number, by: Self.ada, in: tx) }
    }

    func deleteAlias(_ alias: Alias, of model: ModelName) async throws {
        try await store.write { [registry] tx in try registry.deleteAlias(alias, of: model, by: Self.ada, in: tx) }
    }

    static func manifest(_ bytes: String) throws -> ArtifactManifest {
        let bytes = Array(bytes.utf8)
        return try ArtifactManifest([
            ArtifactFile(path: "model/model.txt", digest: .sha256(of: bytes), bytes: Int64(bytes.count))
        ])
    }

    /// The actions in the log, oldest first.
    func actions() async throws -> [AuditAction] {
        try await store.read { tx in try tx.auditEntries(after: 0, limit: 1000).map(\.action) }
    }

    /// The version moves straight to a stage, as the promotion that decided it would do.
    func move(_ version: ModelVersion, to stage: Stage) async throws {
        try await store.write { [clock] tx in
            let current = try tx.requiredVersion(version.number, of: version.model)
            try tx.changeStage(
                of: version.number, model: version.model, from: current.stage, to: stage, at: clock.now)
        }
    }
}

/// A class because registry and test share one: the test moves it on.
final class HandClock: Sendable {
    private let time: Mutex<Timestamp>

    init(_ start: Timestamp) { time = Mutex(start) }
    var now: Timestamp { time.withLock { $0 } }
    func advance(by duration: Duration) { time.withLock { $0 = $0.adding(duration) } }
}
