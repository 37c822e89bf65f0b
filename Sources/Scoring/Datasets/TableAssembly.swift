import GatehouseCore

/// Puts the segments of a file together in the file's order, whatever order they are finished in, and judges whether
/// they agree. The first error in the file is the one that is reported, so the outcome does not depend on the blocks.
struct TableAssembly: Sendable {
    private let source: String
    private let options: DatasetOptions
    private let bytesTotal: Int64
    private var waiting: [Int: TableSegment] = [:]
    private var nextIndex = 0
    private var columns: [ColumnAssembly] = []
    private var positions: [String: Int] = [:]
    private var rowCount = 0
    private var lineCount: Int
    private var bytesRead: Int64 = 0
    private(set) var failure: GatehouseError?
    /// Arrays that segments have been copied out of, for the cells of further blocks.
    private var spareRooms: [[Double]] = []

    /// `linesBefore`: of the header.
    init(source: String, options: DatasetOptions, bytesTotal: Int64, linesBefore: Int) {
        self.source = source
        self.options = options
        self.bytesTotal = bytesTotal
        lineCount = linesBefore
    }

    mutating func add(_ segment: TableSegment) {
        waiting[segment.index] = segment
        while failure == nil, let next = waiting.removeValue(forKey: nextIndex) {
            do {
                try append(next)
                spareRooms.append(next.room)
            } catch {
                failure = error
            }
            nextIndex += 1
        }
    }

    /// Room for the cells of a block, to be filled in any way.
    mutating func room() -> [Double] { spareRooms.popLast() ?? [] }

    mutating func fail(_ error: GatehouseError) { failure = failure ?? error }

    private mutating func append(_ segment: TableSegment) throws(GatehouseError) {
        var first = segment.problem
        var targets: [Int] = []
        for (index, part) in segment.columns.enumerated() {
            // At one place the conflict comes first: that the cell is, say, infinite matters in a column of numbers only.
            let target = position(of: part.name, near: index)
            targets.append(target)
            // In JSON Lines the names order the cells of a line, and no column has a position.
            let place = part.rows == nil ? index : 0
            if let conflict = columns[target].conflict(with: part, column: place), first.map({ !$0.precedes(conflict) }) ?? true {
                first = conflict
            }
        }
        if let first { throw first.error(in: source, rowsBefore: rowCount, linesBefore: lineCount) }
        guard rowCount + segment.rowCount <= DatasetLimit.rowsMax else {
            throw GatehouseError(.tooLarge, "\(source) has more than \(DatasetLimit.rowsMax) rows.", hint: "Take a sample.")
        }
        guard columns.count <= DatasetLimit.columnsMax else {
            throw GatehouseError(.tooLarge, "\(source) has more than \(DatasetLimit.columnsMax) columns.")
        }
        let expected = nextIndex == 0 ? expectedRows(from: segment) : 0
        for (target, part) in zip(targets, segment.columns) {
            if expected > 0 { columns[target].expectedRows = expected }
            try columns[target].append(part, at: rowCount, source: source)
        }
        rowCount += segment.rowCount
        lineCount += segment.lineCount
        bytesRead = segment.bytesRead
    }

    private mutating func position(of name: String, near index: Int) -> Int {
        if index < columns.count, columns[index].name == name { return index }
        if let known = positions[name] { return known }
        positions[name] = columns.count
        columns.append(ColumnAssembly(name: name))
        return columns.count - 1
    }

    /// How many rows the file has if it goes on like this, and a little more. Room that is never used is never touched,
    /// hence costs no memory.
    private func expectedRows(from segment: TableSegment) -> Int {
        guard segment.bytesRead > 0, bytesTotal > segment.bytesRead else { return segment.rowCount }
        let rows = Double(segment.rowCount) * Double(bytesTotal) / Double(segment.bytesRead) * 1.02
        return Int(min(rows, Double(DatasetLimit.rowsMax)))
    }

    /// The table once every block has been added. Fails with the first error of the file.
    consuming func table(isSparse: Bool) throws(GatehouseError) -> Table {
        if let failure { throw failure }
        guard rowCount > 0 else {
            throw GatehouseError(.invalidArgument, "\(source) holds no rows of data.", hint: "Was the right file exported?")
        }
        if !options.allowsAbsentColumns, let absent = (options.columns ?? []).subtracting(columns.map(\.name)).sorted().first {
            throw GatehouseError(
                .invalidArgument, "\(source) has no column '\(absent)'.",
                hint: "No row has this key; upper and lower case matter.")
        }
        if isSparse {
            let cellsMax = max(1_000_000, Int(bytesRead) * DatasetLimit.sparseCellsPerByteMax)
            guard rowCount * columns.count <= cellsMax else {
                throw GatehouseError(
                    .tooLarge,
                    "\(source) has \(columns.count) different keys in \(rowCount) rows, most of them missing in most rows.",
                    hint: "Name the columns that are needed, or give every row the same keys.")
            }
        }
        let rowCount = rowCount
        let texts = options.textColumns
        var finished: [TableColumn] = []
        finished.reserveCapacity(columns.count)
        // From the last to the first, each let go before the next is made: sparse columns are copied once here.
        while let column = columns.popLast() {
            finished.append(column.finished(rowCount: rowCount, isText: texts.contains(column.name)))
        }
        return Table(rowCount: rowCount, columns: finished.reversed())
    }
}

/// One column as it grows. Dense columns take every row in turn; sparse ones remember which rows have a value.
struct ColumnAssembly: Sendable {
    let name: String
    var expectedRows = 0
    private var kind: CellKind?
    private var numbers: [Double] = []
    private var codes: [Int32] = []
    private var categories = CategoryDictionary()
    /// Rows before the first value, which decides where they are stored.
    private var missingBefore = 0
    private var sparseRows: [Int32] = []

    init(name: String) { self.name = name }

    func conflict(with part: ColumnSegment, column: Int) -> RowProblem? {
        guard let kind, let first = part.first, first.kind != kind else { return nil }
        return .mixed(first, in: kind, column: column, name: name)
    }

    /// Fails with `tooLarge` when the column has too many different texts.
    mutating func append(_ part: ColumnSegment, at rowsBefore: Int, source: String) throws(GatehouseError) {
        if let rows = part.rows { sparseRows.append(contentsOf: rows.lazy.map { $0 + Int32(rowsBefore) }) }
        guard let kind = kind ?? part.first?.kind else {
            missingBefore += part.cells.count
            return
        }
        if self.kind == nil { decide(kind) }
        switch kind {
        case .number, .boolean: numbers.append(contentsOf: part.cells)
        case .text:
            let translation = try translation(of: part.categories, source)
            // Codes come from the segment's own dictionary; they are whole numbers that `translation` has a place for.
            codes.append(contentsOf: part.cells.lazy.map { $0.isNaN ? -1 : translation[Int($0)] })
        }
    }

    private mutating func decide(_ kind: CellKind) {
        self.kind = kind
        switch kind {
        case .number, .boolean:
            numbers.reserveCapacity(max(expectedRows, missingBefore))
            numbers.adviseLargePages()
            numbers.append(contentsOf: repeatElement(.nan, count: missingBefore))
        case .text:
            codes.reserveCapacity(max(expectedRows, missingBefore))
            codes.adviseLargePages()
            codes.append(contentsOf: repeatElement(-1, count: missingBefore))
        }
    }

    /// The column's code for each code of a segment.
    private mutating func translation(of local: CategoryDictionary, _ source: String) throws(GatehouseError) -> [Int32] {
        var codes: [Int32] = []
        codes.reserveCapacity(local.count)
        for localCode in 0..<Int32(local.count) {
            let known = local.withText(of: localCode) { categories.code(of: $0) }
            guard known != nil || categories.count < DatasetLimit.categoriesMax else {
                throw GatehouseError(
                    .tooLarge, "\(source), column '\(name)': more than \(DatasetLimit.categoriesMax) different texts.",
                    hint: "Leave the column out; one text per row says nothing about the next row.")
            }
            codes.append(known ?? local.withText(of: localCode) { categories.insert($0) })
        }
        return codes
    }

    /// A column without any value is numeric unless it was declared text.
    func finished(rowCount: Int, isText: Bool) -> TableColumn {
        let values: TableColumn.Values =
            switch kind ?? (isText ? .text : .number) {
            case .number, .boolean: .numeric(spread(numbers, missing: .nan, rowCount))
            case .text: .categorical(codes: spread(codes, missing: -1, rowCount), categories: categories.texts)
            }
        return TableColumn(name: name, values: values)
    }

    private func spread<Value>(_ present: [Value], missing: Value, _ rowCount: Int) -> [Value] {
        guard present.count != rowCount else { return present }
        var cells = Array(repeating: missing, count: rowCount)
        for (row, value) in zip(sparseRows, present) { cells[Int(row)] = value }
        return cells
    }
}
