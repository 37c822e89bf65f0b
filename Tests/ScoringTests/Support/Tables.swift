import Scoring

extension Table {
    /// Columns of numbers, by name and in order.
    static func numbers(_ columns: KeyValuePairs<String, [Double]>) -> Table {
        Table(
            rowCount: columns.first?.value.count ?? 0,
            columns: columns.map { TableColumn(name: $0.key, values: .numeric($0.value)) })
    }
}
