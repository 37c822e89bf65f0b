import GatehouseCore

/// The columns of a CSV file and what is wanted of them.
struct CSVColumns: Sendable {
    enum Role: Sendable {
        case typed, text, skipped
    }

    /// One column, or a run of neighbouring columns that are skipped.
    struct Stretch: Sendable {
        let role: Role
        let columns: Range<Int>
    }

    let names: [String]
    let stretches: [Stretch]

    /// Reads the header from the first block and moves the block's start behind it. Fails with `invalidArgument` for a
    /// header that is empty, names a column twice or not at all, and for a wanted column that is not there.
    init(headerOf block: inout TextBlock, options: DatasetOptions, source: String) throws(GatehouseError) {
        let (names, end) = try Self.header(block, source)
        guard names.count <= DatasetLimit.columnsMax else {
            throw GatehouseError(.tooLarge, "\(source) has more than \(DatasetLimit.columnsMax) columns.")
        }
        var seen: Set<String> = []
        for (index, name) in names.enumerated() {
            guard !name.allSatisfy(\.isWhitespace) else {
                throw GatehouseError(
                    .invalidArgument, "\(source), line 1: column \(index + 1) has no name.",
                    hint: index == 0
                        ? "pandas writes its index like this: use to_csv(…, index=False)."
                        : "Give every column a name in the first line.")
            }
            guard name.utf8.count <= DatasetLimit.columnNameBytesMax else {
                throw GatehouseError(
                    .tooLarge,
                    "\(source), line 1: the name of column \(index + 1) is longer than "
                        + "\(DatasetLimit.columnNameBytesMax) bytes.", hint: "Is the first line a header?")
            }
            guard seen.insert(name).inserted else {
                throw GatehouseError(
                    .invalidArgument, "\(source), line 1: the column '\(name)' stands twice.", hint: "Rename one of the two.")
            }
        }
        if !options.allowsAbsentColumns { try Self.check(options.columns ?? [], present: names, source) }
        self.names = names
        var stretches: [Stretch] = []
        for (column, name) in names.enumerated() {
            if let wanted = options.columns, !wanted.contains(name) {
                let start =
                    if let last = stretches.last, last.role == .skipped { stretches.removeLast().columns.lowerBound } else {
                        column
                    }
                stretches.append(Stretch(role: .skipped, columns: start..<column + 1))
            } else {
                let role: Role = options.textColumns.contains(name) ? .text : .typed
                stretches.append(Stretch(role: role, columns: column..<column + 1))
            }
        }
        self.stretches = stretches
        block.start = end
    }

    private static func header(_ block: TextBlock, _ source: String) throws(GatehouseError) -> ([String], end: Int) {
        let outcome = block.withBytes { bytes in
            Result { () throws(RowProblem) in
                var cursor = CSVCursor(bytes, from: block.start)
                var cells: [String] = []
                repeat {
                    let cell = try cursor.cell()
                    guard let text = cell.string else {
                        throw RowProblem(row: 0, line: 0, what: "a column's name is not UTF-8", hint: "Save the file as UTF-8.")
                    }
                    cells.append(text)
                } while cells.count <= DatasetLimit.columnsMax && cursor.skip(comma)
                guard cells.count > DatasetLimit.columnsMax || cursor.skipLineEnd() else {
                    throw cursor.bareCarriageReturn(row: 0)
                }
                return (cells, cursor.offset)
            }
        }
        switch outcome {
        case .success(let header): return header
        case .failure(let problem):
            throw GatehouseError(.invalidArgument, "\(source), line \(problem.line + 1): \(problem.what).", hint: problem.hint)
        }
    }

    /// Fails with `invalidArgument` naming a wanted column that is not among those present, and the nearest that is.
    private static func check(_ wanted: Set<String>, present: [String], _ source: String) throws(GatehouseError) {
        guard let name = wanted.subtracting(present).sorted().first else { return }
        let shown = present.prefix(20).joined(separator: ", ") + (present.count > 20 ? ", …" : "")
        throw GatehouseError(
            .invalidArgument, "\(source) has no column '\(name)'.",
            hint: Suggestion.nearest(to: name, in: present).map { "Did you mean '\($0)'?" } ?? "Its columns are: \(shown).")
    }
}
