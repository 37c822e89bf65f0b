import GatehouseCore
import Storage
import Testing

@Suite("A store's values")
struct ValueTests {
    private func roundTrip(_ value: SQLValue, as type: SQLStatement, in store: any SQLStore) async throws -> SQLValue? {
        try await store.write { tx in
            try tx.execute("DROP TABLE IF EXISTS kept")
            try tx.execute("CREATE TABLE kept (value \(type))")
            try tx.execute("INSERT INTO kept (value) VALUES (\(value))")
        }
        return try await store.read { tx in try tx.first("SELECT value FROM kept") { try $0.value("value") } }
    }

    @Test("every value comes back as it went in", arguments: Backend.available)
    func identity(_ backend: Backend) async throws {
        try await backend.withStore { store in
            for text in ["", "plain", "Zoë 日本語 🏦 e\u{301}", "it's \"quoted\"; DROP TABLE kept; --", "\u{1}\n\t\u{7F}"] {
                #expect(try await roundTrip(.text(text), as: "TEXT", in: store) == .text(text))
            }
            for integer: Int64 in [0, -1, .max, .min, (1 << 53) + 1] {
                #expect(try await roundTrip(.integer(integer), as: "BIGINT", in: store) == .integer(integer))
            }
            for double in [0.1, -0.5, Double.leastNonzeroMagnitude, Double.greatestFiniteMagnitude, .infinity, -.infinity] {
                #expect(try await roundTrip(.double(double), as: "DOUBLE PRECISION", in: store) == .double(double))
            }
            let bytesType = try await store.read { tx in tx.dialect.bytesType }
            for bytes: [UInt8] in [[], [0], [0, 255, 0, 1], Array(0...255)] {
                #expect(try await roundTrip(.bytes(bytes), as: bytesType, in: store) == .bytes(bytes))
            }
            #expect(try await roundTrip(.null, as: "TEXT", in: store) == .null)
        }
    }

    @Test("what a database would store as something else is refused", arguments: Backend.available)
    func refused(_ backend: Backend) async throws {
        try await backend.withStore { store in
            for (value, type): (SQLValue, SQLStatement) in [(.double(.nan), "DOUBLE PRECISION"), (.text("a\0b"), "TEXT")] {
                let error = await #expect(throws: GatehouseError.self) { try await roundTrip(value, as: type, in: store) }
                #expect(error?.code == .invalidArgument)
            }
        }
    }

    @Test("a value of another type than the reader's is a fault that names the column", arguments: Backend.available)
    func wrongType(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let error = await #expect(throws: GatehouseError.self) {
                try await store.read { tx in _ = try tx.first("SELECT 'x' AS word") { try $0.integer("word") } }
            }
            #expect(error?.code == .internalFailure)
            #expect(error?.message.contains("'word'") == true)
        }
    }

    @Test("LIKE minds the letter case and lower() makes it not", arguments: Backend.available)
    func like(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let found = try await store.read { tx in
                try tx.first(
                    """
                    SELECT CASE WHEN 'Credit' LIKE \("credit%") THEN 1 ELSE 0 END AS exact,
                        CASE WHEN lower('Credit') LIKE lower(\("CREDIT%")) THEN 1 ELSE 0 END AS loose
                    """
                ) { [try $0.bool("exact"), try $0.bool("loose")] }
            }
            #expect(found == [false, true])
        }
    }
}

@Suite("A statement")
struct StatementTests {
    @Test("an interpolated value becomes a parameter, never text")
    func parameters() {
        let name = "x'; DROP TABLE model; --"
        let missing: String? = nil
        let statement: SQLStatement = "SELECT * FROM model WHERE name = \(name) AND stage = \(missing) LIMIT \(10)"
        #expect(statement.text { "$\($0)" } == "SELECT * FROM model WHERE name = $1 AND stage = $2 LIMIT $3")
        #expect(statement.values == [.text(name), .null, .integer(10)])
        #expect(statement.isFixed)
    }

    @Test("a spliced statement brings its values, numbered in order, and is told from a fixed one")
    func splice() {
        let condition: SQLStatement = "stage = \("Staging")"
        let statement: SQLStatement = "SELECT 1 WHERE a = \(1) AND \(condition) AND b IN (\(SQLStatement.list([2, 3])))"
        #expect(statement.text { "$\($0)" } == "SELECT 1 WHERE a = $1 AND stage = $2 AND b IN ($3, $4)")
        #expect(statement.values == [.integer(1), .text("Staging"), .integer(2), .integer(3)])
        #expect(!statement.isFixed)
    }
}
