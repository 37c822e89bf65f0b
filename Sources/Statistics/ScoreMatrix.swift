/// What a model answered: `rows` × `outputs` numbers, row by row. One output for binary scores and regression, one per
/// class for multiclass.
package struct ScoreMatrix: Sendable, Equatable {
    package let outputs: Int
    package let values: [Double]
    package var rows: Int { values.count / outputs }

    package init(outputs: Int = 1, values: [Double]) {
        precondition(outputs > 0 && values.count % outputs == 0, "a score matrix has whole rows")
        self.outputs = outputs
        self.values = values
    }
}
