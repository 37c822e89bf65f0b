import AuditLog
import Foundation
import GatehouseCore
import Storage
import StorageSQLite

/// Gives `body` a fresh database with the log's tables and removes it afterwards.
func withAuditStore<T>(_ body: (SQLiteStore) async throws -> T) async throws -> T {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gatehouse-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try await SQLiteStore.open(path: folder.appendingPathComponent("gatehouse.db").path)
    try await store.migrate(AuditMigrations.all, at: Timestamp(milliseconds: 0))
    let result = try await body(store)
    try await store.close()
    return result
}
