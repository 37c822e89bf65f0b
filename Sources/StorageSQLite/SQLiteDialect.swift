package import Storage

/// SQLite's spelling of what differs between the databases.
package struct SQLiteDialect: SQLDialect {
    package init() {}

    /// Without the number: SQLite looks numbered ones up in a list, which takes quadratic time.
    package func placeholder(_ number: Int) -> String { "?" }
    package var bytesType: SQLStatement { "BLOB" }

    package func appendOnly(table: String) -> [SQLStatement] {
        ["UPDATE", "DELETE"].map { verb in
            SQLStatement(
                stringLiteral: """
                    CREATE TRIGGER \(table)_refuses_\(verb.lowercased()) BEFORE \(verb) ON \(table)
                    BEGIN SELECT RAISE(ABORT, '\(table) is append-only'); END
                    """)
        }
    }

    package func contains(_ column: SQLStatement, _ bytes: SQLValue) -> SQLStatement { "instr(\(column), \(bytes)) > 0" }

    package func explain(_ statement: SQLStatement) -> SQLStatement { "EXPLAIN QUERY PLAN \(statement)" }
    package var planColumn: String { "detail" }
}
