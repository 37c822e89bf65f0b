/// All that differs between the databases. Anything not named here is written once, in the common dialect: TEXT, BIGINT,
/// DOUBLE PRECISION, time as BIGINT milliseconds, JSON as TEXT of canonical bytes, `ON CONFLICT … RETURNING`, CTEs.
/// `LIKE` minds the letter case; compare `lower(…)` of both sides where it must not.
package protocol SQLDialect: Sendable {
    func placeholder(_ number: Int) -> String
    /// The column type of bytes: BLOB or BYTEA.
    var bytesType: SQLStatement { get }
    /// A condition: the bytes of a column hold these somewhere.
    func contains(_ column: SQLStatement, _ bytes: SQLValue) -> SQLStatement
    /// Statements that make a table refuse UPDATE and DELETE with `conflict`. The name is ours, never a user's.
    func appendOnly(table: String) -> [SQLStatement]
    /// The statement that shows how `statement` would run, and the column of its answer that holds the text.
    func explain(_ statement: SQLStatement) -> SQLStatement
    var planColumn: String { get }
}

extension SQLTransaction {
    /// How the database would run a statement, as text in which an index's name can be looked for. Does not run it.
    package func plan(of statement: SQLStatement) throws -> String {
        try rows(dialect.explain(statement)) { try $0.text(dialect.planColumn) }.joined(separator: "\n")
    }
}
