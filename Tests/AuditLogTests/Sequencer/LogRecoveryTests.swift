import Foundation
import GatehouseCore
import Storage
import StorageSQLite
import Testing

@testable import AuditLog

@Suite("Putting a log right")
struct LogRecoveryTests {
    private func recovery(_ bench: LogBench) throws -> LogRecovery {
        try LogKeyFiles(directory: bench.directory).write(bench.key, to: LogKeyFiles.secretName)
        return try LogRecovery(store: bench.store, directory: bench.directory, now: { Timestamp(milliseconds: 9) })
    }

    /// Runs `body` with the database of the first `older` entries beside the folder of all `newer`.
    private func withOldDatabase(_ older: Int, _ newer: Int, _ body: (LogBench, Checkpoint) async throws -> Void) async throws {
        try await LogBench.with { log in
            try await log.append(0..<older)
            let backup = try await log.rows()
            try await log.catchUp()
            try await log.append(older..<newer)
            let signed = try await log.catchUp()
            try await LogBench.with { bench in
                try FileManager.default.copyItem(atPath: log.directory.path, toPath: bench.directory.path)
                try await bench.restore(backup)
                try await body(bench, signed)
            }
        }
    }

    @Test("after an old database was restored the missing entries come back from the tiles, and the log says so and goes on")
    func oldDatabase() async throws {
        try await withOldDatabase(300, 700) { bench, signed in
            let recovery = try recovery(bench)
            let plan = try await recovery.plan()
            #expect(plan == .putBack(first: 301, last: 700))
            #expect(try recovery.entries(of: plan, limit: 3).map(\.id) == ["e300", "e301", "e302"])
            // Saying so changed nothing.
            #expect(try await bench.store.read { tx in try tx.auditEntryCount() } == 300)
            #expect(try await recovery.carryOut(plan, by: .system("audit"), id: "r1") == 701)
            let entry = try #require(try await bench.store.read { tx in try tx.auditEntry(sequence: 701) })
            #expect(entry.action == .auditRecovered)
            #expect(entry.facts == ["case": "table-behind-checkpoint", "first": 301, "last": 700])
            let after = try #require(bench.published)
            #expect(after.size == 701)
            let log = PublishedLog(directory: bench.directory, key: bench.key.verifier)
            #expect(try log.consistencyProof(from: signed.size).proves(oldRoot: signed.root, newRoot: after.root))
            #expect(try await bench.verdict().findings == [])
            // What was appended after that is the same history still.
            try await bench.append(900..<910)
            #expect(try await bench.catchUp().size == 711)
            #expect(try await recovery.plan() == .notNeeded)
        }
    }

    @Test("nothing is put back where it would hide a change, and nothing is written then")
    func refusals() async throws {
        let cases: [(SQLStatement?, String?, String)] = [
            ("UPDATE audit_entry SET body = CAST('{}' AS BLOB) WHERE sequence = 2", nil, "entries-differ"),
            ("DELETE FROM audit_entry WHERE sequence = 2", nil, "entries-differ"),
            (nil, "tile/entries/000.p/9", "does not hold either"),
            (nil, "tile/0/000.p/9", "does not hold either"),
            (nil, "checkpoint", "checkpoint-damaged"),
        ]
        for (statement, file, name) in cases {
            try await withOldDatabase(5, 9) { bench, _ in
                if let statement { try await bench.tamper(statement) }
                if let file {
                    var bytes = try Data(contentsOf: bench.file(file))
                    bytes[bytes.startIndex + 30] ^= 1
                    try bytes.write(to: bench.file(file))
                }
                let recovery = try recovery(bench)
                let error = await #expect(throws: GatehouseError.self) { try await recovery.plan() }
                #expect(error?.code == .integrity, "\(name)")
                #expect(error?.message.contains(name) == true, "\(String(describing: error))")
                #expect(try await bench.store.read { tx in try tx.auditEntryCount() } == 5)
            }
        }
    }

    @Test("a damaged checkpoint file is published again from the database, and kept beside it")
    func damagedCheckpoint() async throws {
        try await LogBench.with { bench in
            try await bench.append(0..<300)
            try await bench.catchUp()
            let damaged = Data("nothing\n".utf8)
            try damaged.write(to: bench.file("checkpoint"))
            let recovery = try recovery(bench)
            let plan = try await recovery.plan()
            #expect(plan == .publishAgain(size: 300))
            #expect(try Data(contentsOf: bench.file("checkpoint")) == damaged)
            #expect(try await recovery.carryOut(plan, by: .system("audit"), id: "r1") == 301)
            #expect(try Data(contentsOf: bench.file(LogRecovery.damagedName)) == damaged)
            #expect(bench.published?.size == 301)
            #expect(try await bench.verdict().findings == [])
        }
    }

    @Test("a log in which nothing is wrong is left alone, and one without its key as well")
    func nothing() async throws {
        try await LogBench.with { bench in
            #expect(throws: GatehouseError.self) {
                try LogRecovery(store: bench.store, directory: bench.directory, now: { Timestamp(milliseconds: 9) })
            }
            try await bench.append(0..<3)
            try await bench.catchUp()
            let recovery = try recovery(bench)
            #expect(try await recovery.plan() == .notNeeded)
            #expect(try await recovery.carryOut(.notNeeded, by: .system("audit"), id: "r1") == nil)
            #expect(bench.published?.size == 3)
        }
    }
}

extension LogBench {
    /// The rows of a backup: entries, and the people they name.
    fileprivate struct Backup: Sendable {
        let leaves: [AuditLeaf]
        let people: [[SQLValue]]
    }

    fileprivate func rows() async throws -> Backup {
        try await store.read { tx in
            Backup(
                leaves: try tx.rows("SELECT * FROM audit_entry ORDER BY sequence LIMIT 10000", AuditLeaf.init(row:)),
                people: try tx.rows("SELECT reference, principal, salt FROM audit_person LIMIT 100") {
                    [try $0.value("reference"), try $0.value("principal"), try $0.value("salt")]
                })
        }
    }

    fileprivate func restore(_ backup: Backup) async throws {
        try await store.write { tx in
            for leaf in backup.leaves { try tx.insert(leaf) }
            for person in backup.people {
                try tx.execute(
                    "INSERT INTO audit_person (reference, principal, salt) VALUES (\(person[0]), \(person[1]), \(person[2]))")
            }
            try tx.execute("UPDATE audit_counter SET last = \(Int64(backup.leaves.count)) WHERE id = 1")
        }
    }
}
