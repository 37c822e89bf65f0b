import GatehouseCore

/// Parses the rows of one block straight into columns. A column's kind is what this block's first value says; whether
/// the blocks agree is judged when they are put together.
struct CSVBlockParser {
    /// What is done with the next cell of a column.
    private enum Mode: UInt8 {
        case skipped, undecided, number, boolean, text, declaredText
    }

    /// What has been met in a column so far.
    private struct Contents {
        var first: FirstCell?
        var dictionary = CategoryDictionary()
    }

    private let columns: CSVColumns
    private let rowsMax: Int
    private var cursor: CSVCursor
    private var row = 0
    /// Where the current row begins; quoted cells may take it over several lines.
    private var firstLine = 0
    private var modes: [Mode]
    /// Where each column's cells begin.
    private let bases: [Int]
    private var contents: [Contents]

    static func parse(_ block: TextBlock, _ columns: CSVColumns) -> TableSegment {
        guard block.start < block.bytes.count else {
            return TableSegment(
                index: block.index, rowCount: 0, lineCount: 0, bytesRead: block.bytesRead, columns: [], problem: nil)
        }
        return block.bytes.withUnsafeBufferPointer { bytes in
            var parser = CSVBlockParser(bytes, block, columns)
            return parser.segment(block)
        }
    }

    private init(_ bytes: UnsafeBufferPointer<UInt8>, _ block: TextBlock, _ columns: CSVColumns) {
        self.columns = columns
        cursor = CSVCursor(bytes, from: block.start)
        // A row takes a line and at least a byte per column, so cells hardly outnumber the bytes of the block however
        // many line feeds hide in quotes. One row more, because a row that turns out too short is written until then.
        var lineFeeds = 0
        for byte in bytes { lineFeeds &+= byte == lineFeed ? 1 : 0 }
        rowsMax = min(lineFeeds, bytes.count / columns.names.count) + 1
        modes = columns.roles.map { role in
            switch role {
            case .skipped: .skipped
            case .typed: .undecided
            case .text: .declaredText
            }
        }
        var kept = 0
        bases = columns.roles.map { role in
            guard role != .skipped else { return 0 }
            kept += 1
            return kept - 1
        }
        contents = Array(repeating: Contents(), count: columns.names.count)
    }

    private mutating func segment(_ block: TextBlock) -> TableSegment {
        var problem: RowProblem?
        let kept = modes.count { $0 != .skipped }
        let rowsMax = rowsMax
        let cells = [Double](unsafeUninitializedCapacity: kept * rowsMax) { buffer, initializedCount in
            problem = parseRows(into: buffer)
            // The rows were fewer than there is room for: close the gaps between the columns.
            for column in 1..<max(kept, 1) where row < rowsMax {
                for index in 0..<row { buffer[column * row + index] = buffer[column * rowsMax + index] }
            }
            initializedCount = kept * row
        }
        if block.isCutOff, problem == nil {
            let row = max(row - 1, 0)
            problem = RowProblem(row: row, line: row, what: "the row is longer than \(DatasetLimit.rowBytesMax) bytes")
        }
        let segments = columns.names.indices.filter { modes[$0] != .skipped }.map { column in
            ColumnSegment(
                name: columns.names[column], cells: cells[bases[column] * row..<(bases[column] + 1) * row],
                categories: contents[column].dictionary.categories, first: contents[column].first)
        }
        return TableSegment(
            index: block.index, rowCount: row, lineCount: cursor.line, bytesRead: block.bytesRead, columns: segments,
            problem: problem)
    }

    private mutating func parseRows(into cells: UnsafeMutableBufferPointer<Double>) -> RowProblem? {
        do {
            while !cursor.isAtEnd {
                // Where a row has several cells, an empty line is no row; where it has one, it is a missing value.
                if modes.count > 1, cursor.skipLineEnd() { continue }
                try parseRow(into: cells)
                row += 1
            }
            return nil
        } catch {
            return error
        }
    }

    private mutating func parseRow(into cells: UnsafeMutableBufferPointer<Double>) throws(RowProblem) {
        precondition(row < rowsMax, "no block holds more rows than it has lines and bytes for")
        let last = modes.count - 1
        firstLine = cursor.line
        for column in 0...last {
            let value = try cell(of: column)
            if modes[column] != .skipped { cells[bases[column] * rowsMax + row] = value }
            if column < last, !cursor.skip(comma) { throw wrongCellCount(column + 1) }
        }
        guard cursor.skipLineEnd() else { throw wrongCellCount(last + 1) }
    }

    private func wrongCellCount(_ taken: Int) -> RowProblem {
        var count = taken
        var probe = cursor
        while probe.skip(comma), (try? probe.cell()) != nil { count += 1 }
        guard probe.skip(comma) || probe.skipLineEnd() else { return probe.bareCarriageReturn(row: row) }
        return RowProblem(
            row: row, line: firstLine,
            what: "the row has \(count) \(count == 1 ? "cell" : "cells"), but the header names \(modes.count) columns",
            hint: "A cell that contains a comma must stand in quotes.")
    }

    // MARK: - Cells

    /// Takes the next cell: a number, a boolean as 0 or 1, a text's code, NaN for missing.
    @inline(__always)
    private mutating func cell(of column: Int) throws(RowProblem) -> Double {
        if modes[column] == .number, let number = cursor.number() { return number }
        return try carefulCell(of: column)
    }

    private mutating func carefulCell(of column: Int) throws(RowProblem) -> Double {
        let cell: CSVCell
        let line = cursor.line
        do {
            cell = try cursor.cell()
        } catch {
            throw located(error, column)
        }
        let outcome = cell.withText { text in
            Result { () throws(RowProblem) in try value(of: text, isQuoted: cell.isQuoted, column, line) }
        }
        return try outcome.get()
    }

    private func located(_ problem: RowProblem, _ column: Int) -> RowProblem {
        var problem = problem
        problem.row = row
        problem.column = column
        problem.columnName = columns.names[column]
        return problem
    }

    private mutating func value(
        of text: UnsafeBufferPointer<UInt8>, isQuoted: Bool, _ column: Int, _ line: Int
    ) throws(RowProblem) -> Double {
        switch modes[column] {
        case .skipped: return .nan
        case .declaredText, .text:
            if CellMeaning.isMissing(text, isQuoted: isQuoted) { return .nan }
            if let code = contents[column].dictionary.code(of: text) { return Double(code) }
        case .undecided, .number, .boolean: break
        }
        if modes[column] == .declaredText { return try newCode(of: text, column, line) }
        let meaning = CellMeaning(text, isQuoted: isQuoted)
        guard let kind = meaning.kind else { return .nan }
        let here = FirstCell(kind: kind, row: row, line: line, text: excerpt(text))
        if let columnKind = contents[column].first?.kind, columnKind != kind {
            throw .mixed(here, in: columnKind, column: column, name: columns.names[column])
        }
        if contents[column].first == nil {
            contents[column].first = here
            modes[column] =
                switch kind {
                case .number: .number
                case .boolean: .boolean
                case .text: .text
                }
        }
        switch meaning {
        case .missing: return .nan
        case .number(let number): return number
        case .boolean(let flag): return flag ? 1 : 0
        case .text: return try newCode(of: text, column, line)
        case .infinite: throw located(.infinite(here), column)
        case .beyondExactIntegers: throw located(.beyondExactIntegers(here, name: columns.names[column]), column)
        }
    }

    private mutating func newCode(of text: UnsafeBufferPointer<UInt8>, _ column: Int, _ line: Int) throws(RowProblem) -> Double {
        if contents[column].first == nil {
            contents[column].first = FirstCell(kind: .text, row: row, line: line, text: excerpt(text))
        }
        guard let code = contents[column].dictionary.insert(text) else {
            throw located(
                RowProblem(
                    row: row, line: line, what: "the cell '\(excerpt(text))' is not UTF-8", hint: "Save the file as UTF-8."),
                column)
        }
        return Double(code)
    }
}
