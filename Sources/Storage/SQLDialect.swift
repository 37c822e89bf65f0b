/// All that differs between the databases. Anything not named here is written once, in the common dialect: TEXT, BIGINT,
/// DOUBLE PRECISION, time as BIGINT milliseconds, JSON as TEXT of canonical bytes, `ON CONFLICT … RETURNING`, CTEs.
package protocol SQLDialect: Sendable {
    func placeholder(_ number: Int) -> String
    /// The column type of bytes: BLOB or BYTEA.
    var bytesType: String { get }
    /// `BIGINT` column that counts upwards by itself and is the primary key.
    var sequenceColumn: String { get }
    /// Statements that make a table refuse UPDATE and DELETE.
    func appendOnly(table: String) -> [String]
    /// Turns `EXPLAIN` output of a statement into text in which an index's name can be looked for.
    func explain(_ statement: SQLStatement) -> SQLStatement
}
