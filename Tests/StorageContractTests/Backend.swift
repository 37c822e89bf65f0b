import Foundation
import GatehouseCore
import Storage
import StorageSQLite

/// A database that keeps the contract. Another one joins with a case here.
enum Backend: CaseIterable, Sendable {
    case sqlite

    static var available: [Backend] { allCases }

    /// Gives `body` a fresh, empty database and removes it afterwards.
    func withStore<T>(_ body: (any SQLStore) async throws -> T) async throws -> T {
        switch self {
        case .sqlite:
            return try await withTemporaryFolder { folder in
                let store = try await SQLiteStore.open(path: "\(folder)/gatehouse.db")
                let result = try await body(store)
                try await store.close()
                return result
            }
        }
    }
}

func withTemporaryFolder<T>(_ body: (String) async throws -> T) async throws -> T {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gatehouse-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder.path)
}
