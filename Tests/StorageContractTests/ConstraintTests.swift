import GatehouseCore
import Storage
import Testing

@Suite("A store's constraints")
struct ConstraintTests {
    private static let rule: [(statement: SQLStatement, code: ErrorCode)] = [
        ("INSERT INTO child (id, parent, name, size) VALUES (1, 1, 'other', 1)", .alreadyExists),
        ("INSERT INTO child (id, parent, name, size) VALUES (2, 1, 'taken', 1)", .alreadyExists),
        ("INSERT INTO child (id, parent, name, size) VALUES (2, 99, 'other', 1)", .conflict),
        ("INSERT INTO child (id, parent, name, size) VALUES (2, 1, 'other', -1)", .conflict),
        ("INSERT INTO child (id, parent, name, size) VALUES (2, 1, NULL, 1)", .conflict),
        ("DELETE FROM parent WHERE id = 1", .conflict),
        ("INSERT INTO nowhere (id) VALUES (1)", .internalFailure),
    ]

    @Test("each broken constraint has its class of failure", arguments: Backend.available)
    func classes(_ backend: Backend) async throws {
        try await backend.withStore { store in
            try await store.write { tx in
                try tx.execute("CREATE TABLE parent (id BIGINT PRIMARY KEY)")
                try tx.execute(
                    """
                    CREATE TABLE child (id BIGINT PRIMARY KEY, parent BIGINT NOT NULL REFERENCES parent (id),
                        name TEXT NOT NULL UNIQUE, size BIGINT NOT NULL CHECK (size >= 0))
                    """)
                try tx.execute("INSERT INTO parent (id) VALUES (1)")
                try tx.execute("INSERT INTO child (id, parent, name, size) VALUES (1, 1, 'taken', 1)")
            }
            for (statement, code) in Self.rule {
                let error = await #expect(throws: GatehouseError.self) {
                    try await store.write { tx in _ = try tx.execute(statement) }
                }
                #expect(error?.code == code, "\(statement.text(placeholder: { "$\($0)" }))")
            }
            let children = try await store.read { tx in try tx.rows("SELECT name FROM child") { try $0.text("name") } }
            #expect(children == ["taken"])
        }
    }

    @Test("an append-only table takes rows and refuses to change or lose one", arguments: Backend.available)
    func appendOnly(_ backend: Backend) async throws {
        try await backend.withStore { store in
            try await store.write { tx in
                try tx.execute("CREATE TABLE fact (id BIGINT PRIMARY KEY, text TEXT NOT NULL)")
                for statement in tx.dialect.appendOnly(table: "fact") { try tx.execute(statement) }
                try tx.execute("INSERT INTO fact (id, text) VALUES (1, 'so it was')")
            }
            for statement: SQLStatement in ["UPDATE fact SET text = 'otherwise'", "DELETE FROM fact"] {
                let error = await #expect(throws: GatehouseError.self) {
                    try await store.write { tx in _ = try tx.execute(statement) }
                }
                #expect(error?.code == .conflict)
                #expect(error?.message.contains("append-only") == true)
            }
            let texts = try await store.read { tx in try tx.rows("SELECT text FROM fact") { try $0.text("text") } }
            #expect(texts == ["so it was"])
        }
    }
}
