import GatehouseCore
package import Statistics

/// Takes the model's answers from a column of the data: predictions made elsewhere, beside the labels.
package struct PredictionsRunner: ModelRunner {
    private let column: String

    package init(column: String) { self.column = column }

    package var summary: String { "predictions column \(column)" }
    package var featureNames: [String]? { [column] }

    package func predict(_ table: Table, progress: @Sendable (Int) -> Void) async throws -> ScoreMatrix {
        guard let found = table[column] else {
            throw GatehouseError(
                .invalidArgument, "The data have no column '\(column)' with predictions.",
                hint: Suggestion.nearest(to: column, in: table.columns.map(\.name)).map { "Did you mean '\($0)'?" })
        }
        guard case .numeric(let scores) = found.values else {
            throw GatehouseError(
                .invalidArgument, "The column '\(column)' holds text; predictions are numbers.",
                hint: "Give the column with the scores or probabilities, not the one with class names.")
        }
        let unusable = scores.indices.filter { !scores[$0].isFinite }
        if let first = unusable.first {
            throw GatehouseError(
                .invalidArgument,
                "\(unusable.count) of \(scores.count) predictions in the column '\(column)' are missing or infinite, "
                    + "the first in row \(first + 1).",
                hint: "Score every row, or leave out the rows that have no score.")
        }
        progress(scores.count)
        return ScoreMatrix(values: scores)
    }
}
