import Storage

/// What changes of records are counted by, so that whoever remembers what they came to knows when to read them anew.
enum RecordScope {
    /// What became of an endpoint's predictions, under one label.
    case outcomes(endpoint: String, label: String)
    /// Records that are over their time.
    case deletions

    fileprivate var text: String {
        switch self {
        case .outcomes(let endpoint, let label): "outcomes/\(endpoint)/\(label)"
        case .deletions: "deletions"
        }
    }
}

extension SQLTransaction {
    func changes(of scope: RecordScope) throws -> Int64 {
        try first("SELECT changes FROM record_change WHERE scope = \(scope.text)") { try $0.integer("changes") } ?? 0
    }

    func countChange(of scope: RecordScope) throws {
        try execute(
            """
            INSERT INTO record_change (scope, changes) VALUES (\(scope.text), 1)
            ON CONFLICT (scope) DO UPDATE SET changes = record_change.changes + 1
            """)
    }
}
