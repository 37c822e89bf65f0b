import GatehouseCore

/// What was parsed of one block: columns typed by this block alone. `TableAssembly` puts the segments together.
struct TableSegment: Sendable {
    let index: Int
    let rowCount: Int
    let lineCount: Int
    let bytesRead: Int64
    let columns: [ColumnSegment]
    /// What ended the parsing early; the rows before it are there.
    let problem: RowProblem?
    /// The array that all cells of CSV are a part of, to be used again for another block.
    var room: [Double] = []
}

struct ColumnSegment: Sendable {
    let name: String
    /// Numbers; codes of `categories` for text; 0 and 1 for booleans. Missing is NaN. The columns of CSV share one array.
    let cells: ArraySlice<Double>
    /// The row each of `cells` stands in, nil when there is one for every row.
    var rows: [Int32]?
    let categories: CategoryDictionary
    /// The first cell with a value: its kind is the column's. Nil when none has one.
    let first: FirstCell?
}

struct FirstCell: Sendable {
    let kind: CellKind
    let row: Int
    let line: Int
    /// The beginning of the cell, for an error.
    let text: String
}

/// A place in a data file, counted from 0 at the beginning of a block until `TableAssembly` knows what precedes it.
struct RowProblem: Error {
    var row: Int
    let line: Int
    /// The column's position in CSV; `Int.max` when the row as a whole is wrong, which comes after its cells.
    var column = Int.max
    var columnName: String?
    let what: String
    var hint: String?

    static func mixed(_ cell: FirstCell, in columnKind: CellKind, column: Int, name: String) -> RowProblem {
        RowProblem(
            row: cell.row, line: cell.line, column: column, columnName: name,
            what: "the column holds \(columnKind.plural), but this cell, '\(cell.text)', is \(cell.kind.singular)",
            hint: "Correct the cell, or declare '\(name)' as a text column.")
    }

    static func infinite(_ cell: FirstCell) -> RowProblem {
        RowProblem(
            row: cell.row, line: cell.line, what: "'\(cell.text)' is not a finite number",
            hint: "Leave the cell empty if the value is missing.")
    }

    static func beyondExactIntegers(_ cell: FirstCell, name: String) -> RowProblem {
        RowProblem(
            row: cell.row, line: cell.line,
            what: "'\(cell.text)' is a whole number beyond 2^53, which a double cannot hold exactly",
            hint: "Declare '\(name)' as a text column if it identifies something, or write it with an exponent.")
    }

    /// Whether reading row by row, left to right, meets this problem first. Within a line of JSON, names have an order.
    func precedes(_ other: RowProblem) -> Bool {
        (row, column, columnName ?? "") < (other.row, other.column, other.columnName ?? "")
    }

    /// Rows of data and lines of the file are counted from 1.
    func error(in source: String, rowsBefore: Int, linesBefore: Int) -> GatehouseError {
        let place = "\(source), row \(rowsBefore + row + 1) (line \(linesBefore + line + 1))"
        let cell = columnName.map { ", column '\($0)'" } ?? ""
        return GatehouseError(.invalidArgument, "\(place)\(cell): \(what).", hint: hint)
    }
}

/// The beginning of a cell as it is quoted in an error.
func excerpt(_ cell: UnsafeBufferPointer<UInt8>) -> String {
    let text = String(decoding: cell.prefix(60), as: UTF8.self)
    return cell.count > 60 ? text + "…" : text
}
