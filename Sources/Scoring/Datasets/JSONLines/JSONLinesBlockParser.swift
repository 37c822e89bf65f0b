import GatehouseCore

/// Parses a block of JSON Lines: one object per line, whose keys are columns. A key that is absent or null is a missing
/// value, and so is NaN, which Python writes. Blank lines are no rows.
struct JSONLinesBlockParser {
    private struct Column {
        let name: String
        var first: FirstCell?
        var cells: [Double] = []
        var rows: [Int32] = []
        var categories = CategoryDictionary()
    }

    private let options: DatasetOptions
    private var columns: [Column] = []
    private var positions: [String: Int] = [:]
    private var row = 0
    private var line = 0

    static func parse(_ block: TextBlock, _ options: DatasetOptions) -> TableSegment {
        var parser = JSONLinesBlockParser(options: options)
        var problem: RowProblem?
        do {
            try block.withBytes { bytes in
                Result { () throws(RowProblem) in try parser.parseLines(bytes, from: block.start, isCutOff: block.isCutOff) }
            }.get()
        } catch {
            problem = error
        }
        let segments = parser.columns.map { column in
            ColumnSegment(
                name: column.name, cells: column.cells[...], rows: column.rows, categories: column.categories,
                first: column.first)
        }
        return TableSegment(
            index: block.index, rowCount: parser.row, lineCount: parser.line, bytesRead: block.bytesRead, columns: segments,
            problem: problem)
    }

    private init(options: DatasetOptions) { self.options = options }

    private mutating func parseLines(
        _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, isCutOff: Bool
    ) throws(RowProblem) {
        guard !isCutOff else { throw problem("the line is longer than \(DatasetLimit.rowBytesMax) bytes") }
        var position = start
        while let end = bytes[position...].firstIndex(of: lineFeed) {
            let text = UnsafeBufferPointer(rebasing: bytes[position..<end])
            if text.contains(where: { $0 > 32 }) {
                try parseRow(text)
                row += 1
            }
            line += 1
            position = end + 1
        }
    }

    private mutating func parseRow(_ text: UnsafeBufferPointer<UInt8>) throws(RowProblem) {
        let value: JSONValue
        do {
            value = try JSONParser.parse(buffer: text, allowsNonFinite: true)
        } catch {
            // The parser's sentence ends with a full stop, as will this one.
            throw problem(String(error.message.dropLast()), hint: "Every line holds one JSON object.")
        }
        guard let members = value.objectValue else {
            throw problem(
                "the line is not a JSON object", hint: "Every line holds one object: {\"age\": 41, \"region\": \"north\"}")
        }
        // Objects have no order; columns that appear in the same line first are ordered by name.
        for (name, member) in members.sorted(by: { $0.key < $1.key }) {
            if let wanted = options.columns, !wanted.contains(name) { continue }
            try add(member, to: name)
        }
    }

    private mutating func add(_ value: JSONValue, to name: String) throws(RowProblem) {
        let isDeclaredText = options.textColumns.contains(name)
        switch value {
        case .null: try addMissing(to: name)
        case .number(let number) where number.isNaN: try addMissing(to: name)
        case .number where isDeclaredText, .integer where isDeclaredText, .bool where isDeclaredText:
            try addText(value.canonicalText, to: name)
        case .number(let number):
            guard number.isFinite else { throw located(.infinite(cell(.number, value)), name) }
            try add(number, .number, value, to: name)
        case .integer(let number):
            guard number.magnitude <= 1 << 53 else {
                throw located(.beyondExactIntegers(cell(.number, value), name: name), name)
            }
            try add(Double(number), .number, value, to: name)
        case .bool(let flag): try add(flag ? 1 : 0, .boolean, value, to: name)
        case .string(let text): try addText(text, to: name)
        case .array, .object:
            throw located(problem("the value is nested", hint: "Flatten it: one key per number, boolean or text."), name)
        }
    }

    private func cell(_ kind: CellKind, _ value: JSONValue) -> FirstCell {
        let text: String =
            if case .number(let number) = value, number.isInfinite {
                number < 0 ? "-Infinity" : "Infinity"
            } else {
                value.canonicalText
            }
        return FirstCell(kind: kind, row: row, line: line, text: text.count > 60 ? text.prefix(60) + "…" : text)
    }

    private mutating func addText(_ text: String, to name: String) throws(RowProblem) {
        guard text.utf8.count <= DatasetLimit.cellBytesMax else {
            throw located(problem("the text is longer than \(DatasetLimit.cellBytesMax) bytes"), name)
        }
        // The empty text is a missing value, as in CSV.
        guard !text.isEmpty else { return try addMissing(to: name) }
        let position = try position(of: name)
        var bytes = text
        let code = bytes.withUTF8 { bytes in
            columns[position].categories.code(of: bytes) ?? columns[position].categories.insert(bytes)
        }
        try add(Double(code), .text, .string(text), to: name)
    }

    /// A key whose value is always missing is a column all the same.
    private mutating func addMissing(to name: String) throws(RowProblem) { _ = try position(of: name) }

    private mutating func add(
        _ value: Double, _ kind: CellKind, _ written: JSONValue, to name: String
    ) throws(RowProblem) {
        let position = try position(of: name)
        if let first = columns[position].first {
            guard first.kind == kind else { throw .mixed(cell(kind, written), in: first.kind, column: 0, name: name) }
        } else {
            columns[position].first = cell(kind, written)
        }
        columns[position].cells.append(value)
        columns[position].rows.append(Int32(row))
    }

    private mutating func position(of name: String) throws(RowProblem) -> Int {
        if let known = positions[name] { return known }
        guard !name.isEmpty, name.utf8.count <= DatasetLimit.columnNameBytesMax else {
            throw problem("a key is empty or longer than \(DatasetLimit.columnNameBytesMax) bytes")
        }
        positions[name] = columns.count
        columns.append(Column(name: name))
        return columns.count - 1
    }

    private func problem(_ what: String, hint: String? = nil) -> RowProblem {
        RowProblem(row: row, line: line, column: 0, what: what, hint: hint)
    }

    private func located(_ problem: RowProblem, _ name: String) -> RowProblem {
        var problem = problem
        problem.column = 0
        problem.columnName = name
        return problem
    }
}
