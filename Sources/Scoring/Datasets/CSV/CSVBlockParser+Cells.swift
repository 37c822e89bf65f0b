import GatehouseCore

extension CSVBlockParser {
    /// Takes the next cell, whatever it is: a number, a boolean as 0 or 1, a text's code, NaN for missing.
    mutating func carefulCell(_ index: Int) throws(RowProblem) -> Double {
        let cell: CSVCell
        let line = cursor.line
        do {
            cell = try cursor.cell()
        } catch {
            throw located(error, steps[index].column)
        }
        guard cell.doubledQuotes > 0 else { return try value(of: cell.text, isQuoted: cell.isQuoted, index, line) }
        var room: [UInt8] = []
        swap(&room, &unescaped)
        defer { swap(&room, &unescaped) }
        let count = cell.unescape(into: &room)
        let outcome = room.withUnsafeBufferPointer { bytes in
            Result { () throws(RowProblem) in
                try value(of: UnsafeBufferPointer(rebasing: bytes[..<count]), isQuoted: true, index, line)
            }
        }
        return try outcome.get()
    }

    /// Takes a text that was met before, or a missing one, and tells its code if it stands plainly: without doubled quotes
    /// or line feeds. Where it does not, and for a new text, `position` stays and `carefulCell` decides.
    @inline(__always)
    func knownText(_ index: Int, _ position: inout UnsafePointer<UInt8>) -> Double? {
        let isQuoted = position.pointee == quote
        let start = isQuoted ? position + 1 : position
        let end = isQuoted ? CSVCursor.endOfPlainQuoted(from: start) : CSVCursor.endOfUnquoted(from: start)
        // The byte behind a quote is there: at the latest it is the line feed that ends the block.
        let behind = isQuoted ? end + 1 : end
        guard (end.pointee == quote) == isQuoted, CSVCursor.endsCell(behind.pointee), end - start <= DatasetLimit.cellBytesMax
        else { return nil }
        let text = UnsafeBufferPointer(start: start, count: end - start)
        if CellMeaning.isMissing(text, isQuoted: isQuoted) {
            position = behind
            return .nan
        }
        guard let code = contents[index].dictionary.code(of: text) else { return nil }
        position = behind
        return Double(code)
    }

    func located(_ problem: RowProblem, _ column: Int) -> RowProblem {
        var problem = problem
        problem.row = row
        problem.column = column
        problem.columnName = names[column]
        return problem
    }

    @inline(__always)
    private mutating func value(
        of text: UnsafeBufferPointer<UInt8>, isQuoted: Bool, _ index: Int, _ line: Int
    ) throws(RowProblem) -> Double {
        let mode = steps[index].mode
        if mode == .text || mode == .declaredText {
            if CellMeaning.isMissing(text, isQuoted: isQuoted) { return .nan }
            if let code = contents[index].dictionary.code(of: text) { return Double(code) }
            if mode == .declaredText { return try newCode(of: text, index, line) }
        }
        return try typedValue(of: text, isQuoted: isQuoted, index, line)
    }

    private mutating func typedValue(
        of text: UnsafeBufferPointer<UInt8>, isQuoted: Bool, _ index: Int, _ line: Int
    ) throws(RowProblem) -> Double {
        let meaning = CellMeaning(text, isQuoted: isQuoted)
        guard let kind = meaning.kind else { return .nan }
        let column = steps[index].column
        if contents[index].first?.kind != kind {
            let here = FirstCell(kind: kind, row: row, line: line, text: excerpt(text))
            if let first = contents[index].first {
                throw .mixed(here, in: first.kind, column: column, name: names[column])
            }
            contents[index].first = here
            steps[index].mode =
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
        case .text: return try newCode(of: text, index, line)
        case .infinite:
            throw located(.infinite(FirstCell(kind: kind, row: row, line: line, text: excerpt(text))), column)
        case .beyondExactIntegers:
            let here = FirstCell(kind: kind, row: row, line: line, text: excerpt(text))
            throw located(.beyondExactIntegers(here, name: names[column]), column)
        }
    }

    private mutating func newCode(
        of text: UnsafeBufferPointer<UInt8>, _ index: Int, _ line: Int
    ) throws(RowProblem) -> Double {
        if contents[index].first == nil {
            contents[index].first = FirstCell(kind: .text, row: row, line: line, text: excerpt(text))
        }
        guard text.isUTF8 else {
            throw located(
                RowProblem(
                    row: row, line: line, what: "the cell '\(excerpt(text))' is not UTF-8", hint: "Save the file as UTF-8."),
                steps[index].column)
        }
        return Double(contents[index].dictionary.insert(text))
    }
}

extension UnsafeBufferPointer<UInt8> {
    fileprivate var isUTF8: Bool { allSatisfy { $0 < 128 } || String(validating: self, as: UTF8.self) != nil }
}
