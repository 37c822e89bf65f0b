package import GatehouseCore

/// What the record holds for a requirement.
package enum EvidenceContent: Sendable, Equatable {
    /// Names and values, in order.
    case facts([Fact])
    case table(Table)
    case statements([String])
    /// Nothing is there, and why.
    case notRecorded(String)

    package struct Fact: Sendable, Equatable {
        package let name: String
        package let value: JSONValue

        init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    package struct Table: Sendable, Equatable {
        package let columns: [String]
        /// As many cells per row as there are columns.
        package let rows: [[JSONValue]]
        /// What a reader should know beside the numbers.
        package let notes: [String]

        init(_ columns: [String], _ rows: [[JSONValue]], notes: [String] = []) {
            self.columns = columns
            self.rows = rows
            self.notes = notes
        }
    }

    /// A table, or that there is nothing to put into it.
    static func table(_ table: Table, orNotRecorded reason: String) -> EvidenceContent {
        table.rows.isEmpty ? .notRecorded(reason) : .table(table)
    }

    var json: JSONValue {
        switch self {
        case .facts(let facts):
            [
                "status": "recorded",
                "facts": .array(facts.map { ["name": .string($0.name), "value": $0.value] }),
            ]
        case .statements(let lines): ["status": "recorded", "statements": .array(lines.map { .string($0) })]
        case .table(let table):
            [
                "status": "recorded", "columns": .array(table.columns.map { .string($0) }),
                "rows": .array(table.rows.map { .array($0) }), "notes": .array(table.notes.map { .string($0) }),
            ]
        case .notRecorded(let reason): ["status": "not_recorded", "reason": .string(reason)]
        }
    }
}
