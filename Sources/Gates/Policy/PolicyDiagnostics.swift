package import GatehouseCore

/// One finding about a policy's text: where, what is wrong, and what was probably meant.
package struct PolicyDiagnostic: Sendable, Equatable {
    /// From 1.
    package let line: Int
    /// From 1, in Unicode scalars.
    package let column: Int
    /// The place in the document, `gates.accuracy.min_absolute_auc`; empty for the document itself.
    package let path: String
    package let message: String
    package let suggestion: String?

    package init(line: Int, column: Int, path: String, message: String, suggestion: String? = nil) {
        self.line = line
        self.column = column
        self.path = path
        self.message = message
        self.suggestion = suggestion
    }

    /// `policy.yaml:7:5: gates.fairness: unknown key 'max_disparity'. Did you mean 'max_demographic_disparity'?`
    package func rendered(file: String) -> String {
        let subject = path.isEmpty ? "" : "\(path): "
        return "\(file):\(line):\(column): \(subject)\(message)." + (suggestion.map { " \($0)" } ?? "")
    }

    package var json: JSONValue {
        .object([
            "line": .integer(Int64(line)), "column": .integer(Int64(column)), "path": .string(path),
            "message": .string(message), "suggestion": suggestion.map { .string($0) } ?? .null,
        ])
    }
}

/// Everything that is wrong with a policy, in the order of the text. Never empty.
package struct PolicyDiagnostics: Error, Sendable, Equatable {
    package static let reportedMax = 100

    package let file: String
    package let list: [PolicyDiagnostic]
    /// Findings beyond `reportedMax`, which are counted only.
    package let unreportedCount: Int
    /// What kind of document it is: `policy`.
    private let kind: String

    package init(file: String, _ found: [PolicyDiagnostic], of kind: String = "policy") {
        self.file = file
        self.kind = kind
        let sorted = found.sorted { ($0.line, $0.column, $0.path) < ($1.line, $1.column, $1.path) }
        list = Array(sorted.prefix(Self.reportedMax))
        unreportedCount = max(0, sorted.count - Self.reportedMax)
    }

    package var lines: [String] { list.map { $0.rendered(file: file) } }

    /// What a client sees: the count as the message, one located line per finding.
    package var error: GatehouseError {
        let count = list.count + unreportedCount
        return GatehouseError(
            .invalidArgument, count == 1 ? "The \(kind) has a problem." : "The \(kind) has \(count) problems.",
            hint: "Correct the lines named above; 'gatehouse \(kind) check FILE' checks one without storing it.",
            details: lines + (unreportedCount == 0 ? [] : ["… and \(unreportedCount) more"]))
    }
}
