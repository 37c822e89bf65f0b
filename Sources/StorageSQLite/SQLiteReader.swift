import Foundation
import GRDB
import GatehouseCore
package import Storage

/// Another program's SQLite file, opened to read: nothing is claimed, migrated or written.
package struct SQLiteReader: Sendable {
    package static let busyTimeoutSeconds = 30

    private let queue: DatabaseQueue
    private let spliced = SplicedStatements()

    /// Fails with `notFound`, `unavailable` when the file cannot be opened, and `integrity` when it is no database.
    package static func open(path: String) async throws -> SQLiteReader {
        guard FileManager.default.fileExists(atPath: path) else {
            throw GatehouseError(.notFound, "There is no file '\(path)'.")
        }
        var configuration = Configuration()
        configuration.label = "gatehouse-reader"
        configuration.readonly = true
        configuration.busyMode = .timeout(Double(busyTimeoutSeconds))
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            // Opening reads nothing yet: only this tells a database from another file.
            _ = try await queue.read { connection in try Int64.fetchOne(connection, sql: "SELECT COUNT(*) FROM sqlite_master") }
            return SQLiteReader(queue: queue)
        } catch {
            throw SQLiteFailure.translate(error, in: .reading)
        }
    }

    /// Runs `body` on a consistent snapshot.
    package func read<T: Sendable>(_ body: @escaping @Sendable (SQLTransaction) throws -> T) async throws -> T {
        do {
            return try await queue.read { connection in
                try body(SQLTransaction(SQLiteConnection(connection: connection, spliced: spliced, purpose: .reading)))
            }
        } catch {
            throw SQLiteFailure.translate(error, in: .reading)
        }
    }

    package func close() async throws {
        do { try queue.close() } catch { throw SQLiteFailure.translate(error, in: .reading) }
    }
}
