import Foundation
import GatehouseCore
import Glibc
import Storage
import StorageSQLite
import Testing

@Suite("The SQLite file")
struct SQLiteFileTests {
    private func open(_ path: String) async throws { try await SQLiteStore.open(path: path).close() }

    @Test("only its owner may read it, its log and its index")
    func permissions() async throws {
        try await withTemporaryFolder { folder in
            let store = try await SQLiteStore.open(path: "\(folder)/g.db")
            try await store.write { tx in _ = try tx.execute("CREATE TABLE t (id BIGINT)") }
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                var status = stat()
                #expect(stat("\(folder)/\(name)", &status) == 0)
                #expect(status.st_mode & 0o777 == 0o600, "\(name)")
            }
            try await store.close()
        }
    }

    @Test("a commit is synchronised, the journal is a write-ahead log, foreign keys count")
    func pragmas() async throws {
        try await withTemporaryFolder { folder in
            let store = try await SQLiteStore.open(path: "\(folder)/g.db")
            let found = try await store.write { tx in
                [
                    try tx.first("PRAGMA synchronous") { try $0.value("synchronous") },
                    try tx.first("PRAGMA journal_mode") { try $0.value("journal_mode") },
                    try tx.first("PRAGMA foreign_keys") { try $0.value("foreign_keys") },
                ]
            }
            // https://www.sqlite.org/pragma.html#pragma_synchronous: 2 is FULL.
            #expect(found == [.integer(2), .text("wal"), .integer(1)])
            try await store.close()
        }
    }

    @Test("what was committed is there after opening the file again")
    func reopen() async throws {
        try await withTemporaryFolder { folder in
            let first = try await SQLiteStore.open(path: "\(folder)/g.db")
            try await first.write { tx in
                try tx.execute("CREATE TABLE t (id BIGINT)")
                try tx.execute("INSERT INTO t (id) VALUES (42)")
            }
            try await first.close()
            let second = try await SQLiteStore.open(path: "\(folder)/g.db")
            let id = try await second.read { tx in try tx.first("SELECT id FROM t") { try $0.integer("id") } }
            #expect(id == 42)
            try await second.close()
        }
    }

    @Test("two processes on one file wait for each other and lose no update")
    func twoStores() async throws {
        try await withTemporaryFolder { folder in
            // Two stores share nothing but the file, as two processes do.
            let stores = [
                try await SQLiteStore.open(path: "\(folder)/g.db"), try await SQLiteStore.open(path: "\(folder)/g.db"),
            ]
            try await stores[0].write { tx in
                try tx.execute("CREATE TABLE counter (n BIGINT NOT NULL)")
                try tx.execute("INSERT INTO counter (n) VALUES (0)")
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<64 {
                    group.addTask {
                        try await stores[number % 2].write { tx in
                            let seen = try tx.first("SELECT n FROM counter") { try $0.integer("n") } ?? -1
                            try tx.execute("UPDATE counter SET n = \(seen + 1)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            let counts = try await [
                stores[0].read { tx in try tx.first("SELECT n FROM counter") { try $0.integer("n") } },
                stores[1].read { tx in try tx.first("SELECT n FROM counter") { try $0.integer("n") } },
            ]
            #expect(counts == [64, 64])
            for store in stores { try await store.close() }
        }
    }

    @Test("another program's database is left alone")
    func foreign() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/g.db"
            let store = try await SQLiteStore.open(path: path)
            try await store.write { tx in _ = try tx.execute("CREATE TABLE notes (id BIGINT)") }
            _ = try await store.write { tx in try tx.rows("PRAGMA application_id = 7") { _ in 0 } }
            try await store.close()
            let error = await #expect(throws: GatehouseError.self) { try await open(path) }
            #expect(error?.code == .conflict)
        }
    }

    @Test("a file that is no database is damage, a folder that is not there is a wrong place")
    func unusable() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/g.db"
            try Data(repeating: 0x41, count: 8192).write(to: URL(fileURLWithPath: path))
            let damaged = await #expect(throws: GatehouseError.self) { try await open(path) }
            #expect(damaged?.code == .integrity)
            let absent = await #expect(throws: GatehouseError.self) { try await open("\(folder)/nowhere/g.db") }
            #expect(absent?.code == .unavailable)
            #expect(absent?.hint != nil)
        }
    }

    @Test("a database that is full says so, and the transaction did not happen")
    func full() async throws {
        try await withTemporaryFolder { folder in
            let store = try await SQLiteStore.open(path: "\(folder)/g.db")
            try await store.write { tx in _ = try tx.execute("CREATE TABLE t (data BLOB)") }
            let error = await #expect(throws: GatehouseError.self) {
                try await store.write { tx in
                    // The page limit stands for the disk's: both are SQLITE_FULL.
                    _ = try tx.rows("PRAGMA max_page_count = 3") { _ in 0 }
                    for _ in 0..<100 { try tx.execute("INSERT INTO t (data) VALUES (\([UInt8](repeating: 1, count: 4000)))") }
                }
            }
            #expect(error?.code == .unavailable)
            #expect(error?.hint?.contains("free space") == true)
            let count = try await store.read { tx in try tx.first("SELECT COUNT(*) AS n FROM t") { try $0.integer("n") } }
            #expect(count == 0)
            try await store.close()
        }
    }
}
