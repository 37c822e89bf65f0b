import GatehouseCore
import Storage
import Testing

@Suite("A store's transactions")
struct TransactionTests {
    private struct Interruption: Error, Equatable {}

    private func counter(in store: any SQLStore) async throws -> Int64? {
        try await store.read { tx in try tx.first("SELECT n FROM counter") { try $0.integer("n") } }
    }

    private func makeCounter(in store: any SQLStore) async throws {
        try await store.write { tx in
            try tx.execute("CREATE TABLE counter (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)")
            try tx.execute("INSERT INTO counter (id, n) VALUES (1, 0)")
        }
    }

    @Test("what a transaction wrote is there for the next one", arguments: Backend.available)
    func commit(_ backend: Backend) async throws {
        try await backend.withStore { store in
            try await makeCounter(in: store)
            let changed = try await store.write { tx in try tx.execute("UPDATE counter SET n = \(5)") }
            #expect(changed == 1)
            #expect(try await counter(in: store) == 5)
        }
    }

    @Test("an error of the body comes out unchanged and takes everything back", arguments: Backend.available)
    func rollback(_ backend: Backend) async throws {
        try await backend.withStore { store in
            try await makeCounter(in: store)
            await #expect(throws: Interruption()) {
                try await store.write { tx in
                    try tx.execute("UPDATE counter SET n = 7")
                    throw Interruption()
                }
            }
            let refusal = await #expect(throws: GatehouseError.self) {
                try await store.write { tx in
                    try tx.execute("UPDATE counter SET n = 8")
                    throw GatehouseError(.blockedByPolicy, "no", hint: "ask")
                }
            }
            #expect(refusal?.code == .blockedByPolicy)
            #expect(refusal?.hint == "ask")
            #expect(try await counter(in: store) == 0)
        }
    }

    @Test("what is tried and does not stay is neither written nor announced", arguments: Backend.available)
    func tentatively(_ backend: Backend) async throws {
        try await backend.withStore { store in
            try await makeCounter(in: store)
            let announced = try await store.write { tx in
                for number in [1, 2, 3] {
                    let written = try tx.tentatively {
                        tx.announce(number)
                        tx.announce("not a number")
                        return try tx.execute("UPDATE counter SET n = n + \(number)")
                    } stays: { _ in
                        number != 2
                    }
                    #expect(written == 1)
                }
                return tx.announced(Int.self)
            }
            #expect(announced == [1, 3])
            #expect(try await counter(in: store) == 4)
            #expect(try await store.write { tx in tx.announced(Int.self) } == [])
        }
    }

    @Test("sixty-four writers at once lose no update and never see the same number", arguments: Backend.available)
    func counterRace(_ backend: Backend) async throws {
        try await backend.withStore { store in
            try await makeCounter(in: store)
            let numbers = try await withThrowingTaskGroup(of: Int64?.self) { group in
                for _ in 0..<64 {
                    group.addTask {
                        try await store.write { tx in
                            let seen = try tx.first("SELECT n FROM counter WHERE id = 1") { try $0.integer("n") } ?? -1
                            try tx.execute("UPDATE counter SET n = \(seen + 1) WHERE id = 1")
                            return seen + 1
                        }
                    }
                }
                return try await group.reduce(into: [Int64]()) { $0.append($1 ?? -1) }
            }
            #expect(numbers.sorted() == Array(1...64))
            #expect(try await counter(in: store) == 64)
        }
    }

    @Test("a read sees one moment, whatever is written meanwhile", arguments: Backend.available)
    func snapshot(_ backend: Backend) async throws {
        try await backend.withStore { store in
            try await makeCounter(in: store)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask { _ = try await store.write { tx in try tx.execute("UPDATE counter SET n = n + 1") } }
                    group.addTask {
                        let (before, after) = try await store.read { tx in
                            let before = try tx.first("SELECT n FROM counter") { try $0.integer("n") }
                            // Long enough for a writer to come between.
                            _ = try tx.rows(
                                """
                                WITH RECURSIVE t (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < 20000)
                                SELECT MAX(i) AS last FROM t
                                """
                            ) { try $0.integer("last") }
                            return (before, try tx.first("SELECT n FROM counter") { try $0.integer("n") })
                        }
                        #expect(before == after)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await counter(in: store) == 20)
        }
    }

    @Test("a read cannot write", arguments: Backend.available)
    func readOnly(_ backend: Backend) async throws {
        try await backend.withStore { store in
            try await makeCounter(in: store)
            let error = await #expect(throws: GatehouseError.self) {
                try await store.read { tx in _ = try tx.execute("UPDATE counter SET n = 9") }
            }
            #expect(error?.code == .internalFailure)
            #expect(try await counter(in: store) == 0)
        }
    }

    @Test("a statement holds one command: nothing after a semicolon runs", arguments: Backend.available)
    func oneCommand(_ backend: Backend) async throws {
        try await backend.withStore { store in
            try await makeCounter(in: store)
            await #expect(throws: GatehouseError.self) {
                try await store.write { tx in _ = try tx.execute("UPDATE counter SET n = 1; DROP TABLE counter") }
            }
            #expect(try await counter(in: store) == 0)
        }
    }
}
