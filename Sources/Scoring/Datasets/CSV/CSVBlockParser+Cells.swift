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
        cell.unescape(into: &room)
        let outcome = room.withUnsafeBufferPointer { bytes in
            Result { () throws(RowProblem) in
                try value(of: UnsafeBufferPointer(rebasing: bytes.dropLast()), isQuoted: true, index, line)
            }
        }
        return try outcome.get()
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
