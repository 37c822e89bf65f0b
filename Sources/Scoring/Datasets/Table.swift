/// Rows in columns. Columns are contiguous: numbers as doubles, text as codes into a list of categories.
package struct Table: Sendable {
    package let rowCount: Int
    package let columns: [TableColumn]
    private let indexByName: [String: Int]

    package init(rowCount: Int, columns: [TableColumn]) {
        precondition(columns.allSatisfy { $0.count == rowCount }, "every column of a table has as many rows as the table")
        self.rowCount = rowCount
        self.columns = columns
        indexByName = Dictionary(columns.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    package subscript(name: String) -> TableColumn? { indexByName[name].map { columns[$0] } }

    /// At most `rowsMax` rows, spread evenly from the first on.
    package func sample(rowsMax: Int) -> Table {
        precondition(rowsMax > 0, "a sample has at least one row")
        let step = max(1, (rowCount + rowsMax - 1) / rowsMax)
        let indices = Array(stride(from: 0, to: rowCount, by: step))
        return Table(rowCount: indices.count, columns: columns.map { $0.rows(at: indices) })
    }

    /// The rows in `range` as a table of their own.
    package func rows(_ range: Range<Int>) -> Table {
        Table(rowCount: range.count, columns: columns.map { $0.rows(range) })
    }
}

package struct TableColumn: Sendable {
    package enum Values: Sendable {
        /// Missing is NaN.
        case numeric([Double])
        /// Missing is -1; other codes index `categories`.
        case categorical(codes: [Int32], categories: [String])
    }

    package let name: String
    package let values: Values

    package init(name: String, values: Values) {
        self.name = name
        self.values = values
    }

    package var count: Int {
        switch values {
        case .numeric(let numbers): numbers.count
        case .categorical(let codes, _): codes.count
        }
    }

    func rows(at indices: [Int]) -> TableColumn {
        switch values {
        case .numeric(let numbers): TableColumn(name: name, values: .numeric(indices.map { numbers[$0] }))
        case .categorical(let codes, let categories):
            TableColumn(name: name, values: .categorical(codes: indices.map { codes[$0] }, categories: categories))
        }
    }

    package func rows(_ range: Range<Int>) -> TableColumn {
        switch values {
        case .numeric(let numbers): TableColumn(name: name, values: .numeric(Array(numbers[range])))
        case .categorical(let codes, let categories):
            TableColumn(name: name, values: .categorical(codes: Array(codes[range]), categories: categories))
        }
    }
}
