import GatehouseCore
import Storage
import Testing

@Suite("Statements that are run again, and the columns of their rows")
struct PreparedStatementTests {
    @Test("columns of like names are told apart, and the first of two with one name counts", arguments: Backend.available)
    func columns(_ backend: Backend) async throws {
        try await backend.withStore { store in
            // Same length, same first and last letter.
            let found = try await store.read { tx in
                try tx.first("SELECT 1 AS step_a_at, 2 AS step_b_at, 3 AS step_c_at, 4 AS other, 5 AS other, 6 AS x") { row in
                    try ["step_a_at", "step_b_at", "step_c_at", "other", "x"].map { try row.integer($0) }
                }
            }
            #expect(found == [1, 2, 3, 4, 6])
        }
    }

    @Test("every row of a result has its own values", arguments: Backend.available)
    func rows(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let found = try await store.read { tx in
                try tx.rows("SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, NULL UNION ALL SELECT 3, '' ORDER BY a") {
                    "\(try $0.integer("a"))\(try $0.optional("b", $0.text) ?? "-")"
                }
            }
            #expect(found == ["1x", "2-", "3"])
        }
    }

    @Test("a statement that was run before sees the columns of a table made anew", arguments: Backend.available)
    func schemaChange(_ backend: Backend) async throws {
        try await backend.withStore { store in
            func columns() async throws -> [SQLValue] {
                try await store.write { tx in
                    try tx.first("SELECT * FROM kept") { row in try [row.value("a"), (try? row.value("b")) ?? .null] } ?? []
                }
            }
            try await store.write { tx in
                try tx.execute("CREATE TABLE kept (a BIGINT)")
                try tx.execute("INSERT INTO kept (a) VALUES (1)")
            }
            #expect(try await columns() == [.integer(1), .null])
            try await store.write { tx in
                try tx.execute("DROP TABLE kept")
                try tx.execute("CREATE TABLE kept (b BIGINT, a BIGINT)")
                try tx.execute("INSERT INTO kept (a, b) VALUES (1, 2)")
            }
            #expect(try await columns() == [.integer(1), .integer(2)])
        }
    }

    @Test("statements of ever new texts give the right rows, also those used again", arguments: Backend.available)
    func manyTexts(_ backend: Backend) async throws {
        try await backend.withStore { store in
            for count in Array(1...400) + [1, 7, 400] {
                let sum = try await store.read { tx in
                    let numbers = SQLStatement.joined((1...count).map { "SELECT \($0) AS n" }, by: " UNION ALL ")
                    return try tx.first("SELECT SUM(n) AS total FROM (\(numbers)) numbers") { try $0.integer("total") }
                }
                #expect(sum == Int64(count * (count + 1) / 2))
            }
        }
    }

    @Test("ever new texts in the middle of a transaction leave it as it was", arguments: Backend.available)
    func manyTextsInsideAWrite(_ backend: Backend) async throws {
        try await backend.withStore { store in
            try await store.write { tx in _ = try tx.execute("CREATE TABLE kept (id BIGINT PRIMARY KEY)") }
            try await store.write { tx in
                try tx.execute("INSERT INTO kept (id) VALUES (0)")
                for count in 1...200 {
                    let ids = SQLStatement.joined((1...count).map { "(\(count * 1000 + $0))" }, by: ", ")
                    #expect(try tx.execute("INSERT INTO kept (id) VALUES \(ids)") == count)
                }
                try tx.execute("DELETE FROM kept WHERE id = 0")
            }
            let count = try await store.read { tx in try tx.first("SELECT COUNT(*) AS n FROM kept") { try $0.integer("n") } }
            // 1 + 2 + … + 200
            let expected: Int64 = 20_100
            #expect(count == expected)
        }
    }

    @Test("a statement that failed works the next time", arguments: Backend.available)
    func afterFailure(_ backend: Backend) async throws {
        try await backend.withStore { store in
            try await store.write { tx in _ = try tx.execute("CREATE TABLE kept (id BIGINT PRIMARY KEY)") }
            @Sendable func insert(_ id: Int) async throws {
                try await store.write { tx in _ = try tx.execute("INSERT INTO kept (id) VALUES (\(id))") }
            }
            try await insert(1)
            for _ in 0..<3 {
                let error = await #expect(throws: GatehouseError.self) { try await insert(1) }
                #expect(error?.code == .alreadyExists)
            }
            try await insert(2)
            let count = try await store.read { tx in try tx.first("SELECT COUNT(*) AS n FROM kept") { try $0.integer("n") } }
            #expect(count == 2)
        }
    }

    @Test("a query inside the reading of another of the same text gets its own rows", arguments: Backend.available)
    func nested(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let found = try await store.read { tx in
                func numbers() throws -> [Int64] {
                    try tx.rows("SELECT 1 AS n UNION ALL SELECT 2 ORDER BY n") { try $0.integer("n") }
                }
                return try tx.rows("SELECT 1 AS n UNION ALL SELECT 2 ORDER BY n") { row in
                    try numbers() + [try row.integer("n")]
                }
            }
            #expect(found == [[1, 2, 1], [1, 2, 2]])
        }
    }
}
