import GatehouseCore
import Storage

/// Which of its tables and columns a database of MLflow's has: they grew with its releases.
struct MLflowSchema: Sendable {
    let tables: Set<String>
    let hasStorageLocation: Bool
    let hasOutputSteps: Bool
    private let tablesWithWorkspace: Set<String>

    init(_ tx: SQLTransaction) throws {
        let columns = try tx.rows(
            """
            SELECT m.name AS table_name, p.name AS column_name FROM sqlite_master m JOIN pragma_table_info(m.name) p
            WHERE m.type = 'table' LIMIT 10000
            """
        ) { (table: try $0.text("table_name"), column: try $0.text("column_name")) }
        tables = Set(columns.map(\.table))
        tablesWithWorkspace = Set(columns.filter { $0.column == "workspace" }.map(\.table))
        hasStorageLocation = columns.contains { $0.table == "model_versions" && $0.column == "storage_location" }
        hasOutputSteps = columns.contains { $0.table == "inputs" && $0.column == "step" }
    }

    /// The rows that every client sees, of a table that may also hold those of other workspaces.
    func isOurs(_ table: String) -> SQLStatement {
        tablesWithWorkspace.contains(table) ? "workspace = 'default'" : "1 = 1"
    }

    func hasWorkspaces(_ table: String) -> Bool { tablesWithWorkspace.contains(table) }
}

extension SQLTransaction {
    /// What an import has no place for, with how many there are.
    func strangers(_ schema: MLflowSchema) throws -> [(name: String, count: Int64)] {
        func count(_ statement: SQLStatement) throws -> Int64 { try first(statement) { try $0.integer("n") } ?? 0 }
        var found: [(name: String, count: Int64)] = []
        let kinds: [(table: String, name: String, statement: SQLStatement)] = [
            ("trace_info", "traces", "SELECT COUNT(*) AS n FROM trace_info"),
            ("assessments", "assessments", "SELECT COUNT(*) AS n FROM assessments"),
            ("evaluation_datasets", "evaluation datasets", "SELECT COUNT(*) AS n FROM evaluation_datasets"),
            ("scorers", "scorers", "SELECT COUNT(*) AS n FROM scorers"),
            ("webhooks", "webhooks", "SELECT COUNT(*) AS n FROM webhooks"),
        ]
        for kind in kinds where schema.tables.contains(kind.table) { found.append((kind.name, try count(kind.statement))) }
        if schema.hasWorkspaces("experiments") {
            found.append(
                (
                    "experiments of other workspaces",
                    try count("SELECT COUNT(*) AS n FROM experiments WHERE workspace <> 'default'")
                ))
        }
        if schema.hasWorkspaces("registered_models") {
            found.append(
                (
                    "models of other workspaces",
                    try count("SELECT COUNT(*) AS n FROM registered_models WHERE workspace <> 'default'")
                ))
        }
        return found.filter { $0.count > 0 }
    }
}
