import Foundation
import GatehouseCore
import Storage
import StorageSQLite
import Testing

/// Transactions that wait together share a commit; nobody must notice but by the clock.
@Suite("Transactions that share a commit")
struct SharedCommitTests {
    private struct Interruption: Error, Equatable { let number: Int }

    private func makeTable(in store: any SQLStore) async throws {
        try await store.write { tx in _ = try tx.execute("CREATE TABLE item (id BIGINT PRIMARY KEY, text TEXT NOT NULL)") }
    }

    private func ids(in store: any SQLStore) async throws -> [Int64] {
        try await store.read { tx in try tx.rows("SELECT id FROM item ORDER BY id") { try $0.integer("id") } }
    }

    @Test("one that fails is taken back alone, whoever is beside it", arguments: Backend.available)
    func failsAlone(_ backend: Backend) async throws {
        try await backend.withStore { store in
            try await makeTable(in: store)
            let failed = try await withThrowingTaskGroup(of: Int?.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        do {
                            try await store.write { tx in
                                try tx.execute("INSERT INTO item (id, text) VALUES (\(number), \("a"))")
                                if number.isMultiple(of: 3) { throw Interruption(number: number) }
                            }
                            return nil
                        } catch let error as Interruption {
                            #expect(error.number == number)
                            return number
                        }
                    }
                }
                return try await group.reduce(into: Set<Int>()) { if let number = $1 { $0.insert(number) } }
            }
            #expect(failed == Set((0..<200).filter { $0.isMultiple(of: 3) }))
            let expected = (0..<200).filter { !$0.isMultiple(of: 3) }.map(Int64.init)
            #expect(try await ids(in: store) == expected)
        }
    }

    @Test("a statement that a constraint refuses hurts only its own transaction", arguments: Backend.available)
    func constraint(_ backend: Backend) async throws {
        try await backend.withStore { store in
            try await makeTable(in: store)
            let granted = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<64 {
                    group.addTask {
                        do {
                            try await store.write { tx in
                                try tx.execute("INSERT INTO item (id, text) VALUES (\(number / 2), \("a"))")
                                try tx.execute("INSERT INTO item (id, text) VALUES (\(number + 1000), \("b"))")
                            }
                            return true
                        } catch let error as GatehouseError {
                            #expect(error.code == .alreadyExists)
                            return false
                        }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(granted == 32)
            #expect(try await ids(in: store).count == 64)
        }
    }

    @Test("what was acknowledged is seen by the next read", arguments: Backend.available)
    func readYourWrites(_ backend: Backend) async throws {
        try await backend.withStore { store in
            try await makeTable(in: store)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<32 {
                    group.addTask {
                        for step in 0..<10 {
                            let id = writer * 100 + step
                            try await store.write { tx in
                                _ = try tx.execute("INSERT INTO item (id, text) VALUES (\(id), \("a"))")
                            }
                            let found = try await store.read { tx in
                                try tx.first("SELECT id FROM item WHERE id = \(id)") { try $0.integer("id") }
                            }
                            #expect(found == Int64(id))
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("a caller that was cancelled takes nobody with it", arguments: Backend.available)
    func cancellation(_ backend: Backend) async throws {
        try await backend.withStore { store in
            try await makeTable(in: store)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        try await store.write { tx in
                            _ = try tx.execute("INSERT INTO item (id, text) VALUES (\(number), \("a"))")
                        }
                    }
                }
                await withTaskGroup(of: Void.self) { cancelled in
                    for number in 100..<150 {
                        cancelled.addTask {
                            _ = try? await store.write { tx in
                                _ = try tx.execute("INSERT INTO item (id, text) VALUES (\(number), \("a"))")
                            }
                        }
                    }
                    cancelled.cancelAll()
                }
                try await group.waitForAll()
            }
            #expect(try await ids(in: store).filter { $0 < 100 }.count == 100)
        }
    }

    @Test("commits are counted, reads and what was taken back are not", arguments: Backend.available)
    func count(_ backend: Backend) async throws {
        try await backend.withStore { store in
            try await makeTable(in: store)
            let before = store.commitCount
            _ = try await ids(in: store)
            #expect(store.commitCount == before)
            try await store.write { tx in _ = try tx.execute("INSERT INTO item (id, text) VALUES (1, 'a')") }
            #expect(try #require(store.commitCount) > #require(before))
        }
    }

    @Test("a full database fails those it cannot hold and loses nobody's acknowledged write")
    func fullDatabase() async throws {
        try await withTemporaryFolder { folder in
            let store = try await SQLiteStore.open(path: "\(folder)/gatehouse.db")
            try await makeTable(in: store)
            // SQLite's own limit stands for a full disk: the error is the same.
            try await store.write { tx in _ = try tx.rows("PRAGMA max_page_count = 200") { _ in 0 } }
            let text = String(repeating: "x", count: 20_000)
            let acknowledged = await withTaskGroup(of: Int64?.self) { group in
                for number in 0..<128 {
                    group.addTask {
                        do {
                            try await store.write { tx in
                                _ = try tx.execute("INSERT INTO item (id, text) VALUES (\(number), \(text))")
                            }
                            return Int64(number)
                        } catch {
                            #expect((error as? GatehouseError)?.code == .unavailable, "\(error)")
                            return nil
                        }
                    }
                }
                return await group.reduce(into: [Int64]()) { if let id = $1 { $0.append(id) } }
            }
            #expect(acknowledged.count < 128, "the limit was not reached")
            #expect(try await ids(in: store) == acknowledged.sorted())
            try await store.write { tx in _ = try tx.execute("DELETE FROM item") }
            try await store.write { tx in _ = try tx.execute("INSERT INTO item (id, text) VALUES (1, 'works again')") }
            #expect(try await ids(in: store) == [1])
            try await store.close()
        }
    }
}
