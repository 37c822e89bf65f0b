import GatehouseCore

/// Parses the rows of one block straight into columns. A column's kind is what this block's first value says; whether
/// the blocks agree is judged when they are put together.
struct CSVBlockParser {
    /// What is done with the next cell of a column.
    enum Mode: UInt8 {
        case skipped, undecided, number, boolean, text, declaredText
    }

    /// What a row is walked over in: a column, or a run of neighbouring columns that nobody wants.
    struct Step {
        var mode: Mode
        /// The position of the first column in the file.
        let column: Int
        let columnCount: Int
        /// Where the column's cells go, one per row.
        let cells: UnsafeMutablePointer<Double>
    }

    /// What has been met in a column so far.
    struct Contents {
        var first: FirstCell?
        var dictionary = CategoryDictionary()
    }

    let names: [String]
    var cursor: CSVCursor
    var row = 0
    /// Where the current row begins; quoted cells may take it over several lines.
    private var firstLine = 0
    private let rowsMax: Int
    /// Lives as long as one `parse`. The loop over cells works on it without the checks of an array; it is never used
    /// beyond `stepCount`.
    let steps: UnsafeMutablePointer<Step>
    private let stepCount: Int
    /// One for each step, and as long-lived: a cell of text is looked up without asking who else holds an array.
    let contents: UnsafeMutablePointer<Contents>
    /// The content of a quoted cell that has quotes in it.
    var unescaped: [UInt8] = []

    /// `room` will hold the cells; it comes from an earlier block, to save making it anew.
    static func parse(_ block: TextBlock, _ columns: CSVColumns, room: consuming [Double]) -> TableSegment {
        guard block.start < block.end else {
            return TableSegment(
                index: block.index, rowCount: 0, lineCount: 0, bytesRead: block.bytesRead, columns: [], problem: nil)
        }
        // A row takes a line and at least a byte per column, so cells hardly outnumber the bytes of the block however
        // many line feeds hide in quotes. One row more, because a row that turns out too short is written until then.
        let lines = block.withBytes { $0.occurrences(of: lineFeed) }
        let rowsMax = min(lines, block.end / columns.names.count) + 1
        let wanted = columns.stretches.count { $0.role != .skipped }
        if room.count < max(1, wanted * rowsMax) { room = Array(repeating: 0, count: max(1, wanted * rowsMax)) }
        let (parser, problem, contents) = block.withBytes { bytes in
            room.withUnsafeMutableBufferPointer { cells in
                var parser = CSVBlockParser(bytes, block.start, columns, rowsMax, cells)
                let problem = parser.parseRows(isCutOff: block.isCutOff)
                return (parser, problem, parser.takeContents())
            }
        }
        return TableSegment(
            index: block.index, rowCount: parser.row, lineCount: parser.cursor.line, bytesRead: block.bytesRead,
            columns: parser.segments(columns, contents, room), problem: problem, room: room)
    }

    private init(
        _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ columns: CSVColumns, _ rowsMax: Int,
        _ cells: UnsafeMutableBufferPointer<Double>
    ) {
        guard let first = cells.baseAddress else { preconditionFailure("the room for cells is never empty") }
        names = columns.names
        cursor = CSVCursor(bytes, from: start)
        self.rowsMax = rowsMax
        stepCount = columns.stretches.count
        steps = .allocate(capacity: stepCount)
        contents = .allocate(capacity: stepCount)
        contents.initialize(repeating: Contents(), count: stepCount)
        var next = first
        for (index, stretch) in columns.stretches.enumerated() {
            let mode: Mode =
                switch stretch.role {
                case .skipped: .skipped
                case .typed: .undecided
                case .text: .declaredText
                }
            let step = Step(mode: mode, column: stretch.columns.lowerBound, columnCount: stretch.columns.count, cells: next)
            (steps + index).initialize(to: step)
            if mode != .skipped { next += rowsMax }
        }
    }

    /// Ends the lives of `steps` and `contents`, and hands on what the latter held.
    private func takeContents() -> [Contents] {
        defer {
            steps.deallocate()
            contents.deinitialize(count: stepCount)
            contents.deallocate()
        }
        return Array(UnsafeBufferPointer(start: contents, count: stepCount))
    }

    private func segments(_ columns: CSVColumns, _ contents: [Contents], _ cells: [Double]) -> [ColumnSegment] {
        var start = 0
        return columns.stretches.enumerated().compactMap { index, stretch in
            guard stretch.role != .skipped else { return nil }
            defer { start += rowsMax }
            return ColumnSegment(
                name: names[stretch.columns.lowerBound], cells: cells[start..<start + row],
                categories: contents[index].dictionary, first: contents[index].first)
        }
    }

    private mutating func parseRows(isCutOff: Bool) -> RowProblem? {
        do {
            let hasSeveralColumns = names.count > 1
            while !cursor.isAtEnd {
                // Where a row has several cells, an empty line is no row; where it has one, it is a missing value.
                if hasSeveralColumns, cursor.skipLineEnd() { continue }
                try parseRow()
                row += 1
            }
        } catch {
            // Where the block was cut off, a row that seems too short is one that is too long.
            guard isCutOff, error.column == Int.max else { return error }
        }
        guard isCutOff else { return nil }
        return RowProblem(row: 0, line: 0, what: "the row is longer than \(DatasetLimit.rowBytesMax) bytes")
    }

    /// The cells that most files consist of are taken on the spot; `cursor` is only brought up to date for the others.
    private mutating func parseRow() throws(RowProblem) {
        precondition(row < rowsMax, "no block holds more rows than it has lines and bytes for")
        firstLine = cursor.line
        let row = row
        var position = cursor.position
        for index in 0..<stepCount {
            let step = steps[index]
            if step.mode == .number, let number = PlainNumber(at: position) {
                step.cells[row] = number.value
                position = number.end
            } else if step.mode == .number || step.mode == .text, CSVCursor.endsCell(position.pointee) {
                step.cells[row] = .nan
            } else if step.mode == .text || step.mode == .declaredText, let code = knownText(index, &position) {
                step.cells[row] = code
            } else {
                cursor.position = position
                try otherCell(index)
                position = cursor.position
            }
            guard index < stepCount - 1 else { break }
            guard position.pointee == comma else {
                cursor.position = position
                throw wrongCellCount(step.column + step.columnCount)
            }
            position += 1
        }
        cursor.position = position
        guard cursor.skipLineEnd() else { throw wrongCellCount(names.count) }
    }

    private mutating func otherCell(_ index: Int) throws(RowProblem) {
        let step = steps[index]
        switch step.mode {
        case .number: step.cells[row] = if let number = cursor.number() { number } else { try carefulCell(index) }
        case .boolean: step.cells[row] = if let flag = cursor.boolean() { flag ? 1 : 0 } else { try carefulCell(index) }
        case .undecided, .text, .declaredText: step.cells[row] = try carefulCell(index)
        case .skipped: try skip(step)
        }
    }

    private mutating func skip(_ step: Step) throws(RowProblem) {
        var skipped = cursor.skipPlainCells(step.columnCount)
        while skipped < step.columnCount {
            do {
                _ = try cursor.cell()
            } catch {
                throw located(error, step.column + skipped)
            }
            skipped += 1
            guard skipped < step.columnCount else { return }
            guard cursor.skip(comma) else { throw wrongCellCount(step.column + skipped) }
            skipped += cursor.skipPlainCells(step.columnCount - skipped)
        }
    }

    private func wrongCellCount(_ taken: Int) -> RowProblem {
        var count = taken
        var probe = cursor
        var isWhole = true
        while isWhole, probe.skip(comma) {
            isWhole = (try? probe.cell()) != nil
            count += 1
        }
        // Behind a cell that is wrong in itself stands nothing that could be judged.
        if isWhole, !probe.skipLineEnd() { return probe.bareCarriageReturn(row: row) }
        return RowProblem(
            row: row, line: firstLine,
            what: "the row has \(count) \(count == 1 ? "cell" : "cells"), but the header names \(names.count) columns",
            hint: "A cell that contains a comma must stand in quotes.")
    }
}
