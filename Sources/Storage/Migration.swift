package import GatehouseCore

/// One step of the schema. Released steps never change: their checksum is stored, and a mismatch stops the start.
package struct Migration: Sendable {
    /// `0001_models`: a number that orders and a word that explains.
    package let id: String
    package let statements: @Sendable (any SQLDialect) -> [SQLStatement]

    package init(_ id: String, _ statements: @escaping @Sendable (any SQLDialect) -> [SQLStatement]) {
        self.id = id
        self.statements = statements
    }

    /// FNV-1a over the text; tells an edited migration from a released one. Not a security measure.
    package func checksum(_ dialect: any SQLDialect) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for statement in statements(dialect) {
            for byte in statement.text(placeholder: { "?\($0)" }).utf8 {
                hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
            }
        }
        let hex = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - hex.count) + hex
    }
}

extension SQLStore {
    /// Brings the schema to the newest step, all in one transaction: it is done or it did not happen.
    /// Fails with `conflict` when a step was changed after it was applied, or the database is newer than this program.
    @discardableResult
    package func migrate(_ migrations: [Migration], at now: Timestamp) async throws -> [String] {
        try await write { tx in
            try tx.execute(
                "CREATE TABLE IF NOT EXISTS gatehouse_migration (id TEXT PRIMARY KEY, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)"
            )
            let applied = try tx.rows("SELECT id, checksum FROM gatehouse_migration ORDER BY id") {
                (id: try $0.text("id"), checksum: try $0.text("checksum"))
            }
            for step in applied {
                guard let known = migrations.first(where: { $0.id == step.id }) else {
                    throw GatehouseError(
                        .conflict, "The database has the migration '\(step.id)', which this program does not know.",
                        hint: "It was written by a newer Gatehouse: start that one, or restore a backup.")
                }
                guard known.checksum(tx.dialect) == step.checksum else {
                    throw GatehouseError(.conflict, "The migration '\(step.id)' was changed after it was applied.")
                }
            }
            let pending = migrations.filter { migration in !applied.contains { $0.id == migration.id } }
            for migration in pending {
                for statement in migration.statements(tx.dialect) { try tx.execute(statement) }
                try tx.execute(
                    "INSERT INTO gatehouse_migration (id, checksum, applied_at) VALUES (\(migration.id), \(migration.checksum(tx.dialect)), \(now))"
                )
            }
            return pending.map(\.id)
        }
    }
}
