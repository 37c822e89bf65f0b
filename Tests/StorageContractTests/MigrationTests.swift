import GatehouseCore
import Storage
import Testing

@Suite("Migrations")
struct MigrationTests {
    private let now = Timestamp(milliseconds: 1_700_000_000_000)
    private let first = Migration("0001_a") { _ in ["CREATE TABLE a (id BIGINT PRIMARY KEY)"] }
    private let second = Migration("0002_b") { _ in ["CREATE TABLE b (id BIGINT PRIMARY KEY)"] }

    private func tableExists(_ name: SQLStatement, in store: any SQLStore) async -> Bool {
        await (try? store.read { tx in try tx.rows("SELECT 1 AS one FROM \(name)") { _ in true } }) != nil
    }

    @Test("run once, in order, and again only what is new", arguments: Backend.available)
    func idempotent(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let runs = [
                try await store.migrate([first], at: now), try await store.migrate([first], at: now),
                try await store.migrate([first, second], at: now),
            ]
            #expect(runs == [["0001_a"], [], ["0002_b"]])
            #expect(await tableExists("b", in: store))
        }
    }

    @Test("one that was changed after it ran stops the start", arguments: Backend.available)
    func changed(_ backend: Backend) async throws {
        try await backend.withStore { store in
            try await store.migrate([first], at: now)
            let edited = Migration("0001_a") { _ in ["CREATE TABLE a (id BIGINT PRIMARY KEY, extra TEXT)"] }
            let error = await #expect(throws: GatehouseError.self) { try await store.migrate([edited, second], at: now) }
            #expect(error?.code == .conflict)
            #expect(error?.message.contains("0001_a") == true)
            #expect(await !tableExists("b", in: store))
        }
    }

    @Test("one of a newer program stops the start and says which program to use", arguments: Backend.available)
    func newer(_ backend: Backend) async throws {
        try await backend.withStore { store in
            try await store.migrate([first, second], at: now)
            let error = await #expect(throws: GatehouseError.self) { try await store.migrate([first], at: now) }
            #expect(error?.code == .conflict)
            #expect(error?.message.contains("0002_b") == true)
            #expect(error?.hint?.contains("newer") == true)
        }
    }

    @Test("one that fails at any statement leaves nothing, and runs when it is mended", arguments: Backend.available)
    func halfWay(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let sound: [SQLStatement] = [
                "CREATE TABLE c (id BIGINT PRIMARY KEY)", "INSERT INTO c (id) VALUES (1)", "CREATE INDEX c_by_id ON c (id)",
            ]
            for place in 0...sound.count {
                let broken = Migration("0001_c") { _ in sound[..<place] + ["THIS IS NO SQL"] + sound[place...] }
                await #expect(throws: GatehouseError.self) { try await store.migrate([broken], at: now) }
                #expect(await !tableExists("c", in: store), "stopped at statement \(place)")
            }
            let mended = Migration("0001_c") { _ in sound }
            let applied = try await store.migrate([mended], at: now)
            #expect(applied == ["0001_c"])
        }
    }

    @Test("two programs that start at once migrate once", arguments: Backend.available)
    func concurrent(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let runs = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<8 { group.addTask { try await store.migrate([first, second], at: now) } }
                return try await group.reduce(into: [[String]]()) { $0.append($1) }
            }
            #expect(runs.flatMap { $0 }.sorted() == ["0001_a", "0002_b"])
        }
    }
}
