package import Statistics

/// Runs a model over rows. Implemented by the native tree models, by a model server behind a URL and by a column of
/// predictions in the data.
package protocol ModelRunner: Sendable {
    /// How the model is run, for the record: `native lightgbm`, `endpoint http://…`, `predictions column score`.
    var summary: String { get }
    /// The columns the model reads, in its order; nil when the runner cannot know (an endpoint).
    var featureNames: [String]? { get }
    /// Columns to read as text although their cells may look like numbers: categories that the model knows by name.
    var textColumns: Set<String> { get }

    /// One row of outputs per row of `table`: probabilities or values, as the model's own library predicts.
    ///
    /// `progress` is called now and then with the number of rows done so far. Fails with `invalidArgument` naming the
    /// columns when the table lacks features or holds text where the model needs numbers; with `unavailable` when a
    /// model server does not answer or answers nonsense.
    func predict(_ table: Table, progress: @Sendable (Int) -> Void) async throws -> ScoreMatrix
}

extension ModelRunner {
    package var textColumns: Set<String> { [] }
}
