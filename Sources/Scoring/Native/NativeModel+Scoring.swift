import GatehouseCore

extension NativeModel {
    private static let columnsListedMax = 20

    /// The columns of `table` that the model reads, in its order: by name where it knows names, else by position.
    ///
    /// Fails with `invalidArgument` naming every missing column, every text column, or both counts of columns.
    func columns(of table: Table) throws(GatehouseError) -> [[Double]] {
        let chosen =
            if let featureNames { try Self.columns(named: featureNames, of: table) } else { try columnsByPosition(of: table) }
        var numbers: [[Double]] = []
        var texts: [String] = []
        for column in chosen {
            switch column.values {
            case .numeric(let values): numbers.append(values)
            case .categorical: texts.append(column.name)
            }
        }
        guard texts.isEmpty else {
            throw GatehouseError(
                .invalidArgument, "The model needs numbers, but \(Self.list(texts)) \(texts.count == 1 ? "holds" : "hold") text.",
                hint: "Correct the cells that are not numbers, or encode the text the way it was encoded for training.")
        }
        return numbers
    }

    private static func columns(named names: [String], of table: Table) throws(GatehouseError) -> [TableColumn] {
        let missing = names.filter { table[$0] == nil }
        guard missing.isEmpty else {
            let known = table.columns.map(\.name)
            let details = missing.prefix(columnsListedMax).map { name in
                "'\(name)' is missing" + (Suggestion.nearest(to: name, in: known).map { "; the table has '\($0)'" } ?? "")
            }
            throw GatehouseError(
                .invalidArgument,
                "The table lacks \(missing.count) of the \(names.count) columns that the model reads: "
                    + "\(list(missing)).",
                hint: "Add the columns, or rename them to the names the model was trained with.", details: details)
        }
        return names.compactMap { table[$0] }
    }

    private func columnsByPosition(of table: Table) throws(GatehouseError) -> [TableColumn] {
        guard table.columns.count == featureCount else {
            throw GatehouseError(
                .invalidArgument,
                "The model knows no column names and reads \(featureCount) columns by position; "
                    + "the table has \(table.columns.count).",
                hint: "Pass exactly the feature columns in training order, or train the model with column names.")
        }
        return table.columns
    }

    private static func list(_ names: [String]) -> String {
        let quoted = names.prefix(columnsListedMax).map { "'\($0)'" }.joined(separator: ", ")
        return names.count > columnsListedMax ? "\(quoted) and \(names.count - columnsListedMax) more" : quoted
    }

    /// The answers for some rows of the chosen columns, row by row.
    ///
    /// Fails with `invalidArgument`, naming row and column, at an infinite number or one beyond XGBoost's 32 bits.
    func scores(columns: [[Double]], rows: Range<Int>, raw: Bool) throws(GatehouseError) -> [Double] {
        switch trees {
        case .double(let ensemble, let divisor):
            var sums = [Double](repeating: 0, count: rows.count * margins)
            ensemble.addLeaves(rows: try gather(columns, rows), to: &sums, outputs: margins)
            if raw { return sums }
            if divisor != 1 { sums = sums.map { $0 / divisor } }
            return transform.apply(to: sums, margins: margins)
        case .single(let ensemble, let base):
            var sums = [Float]()
            sums.reserveCapacity(rows.count * margins)
            for _ in rows { sums.append(contentsOf: base) }
            ensemble.addLeaves(rows: try gather(columns, rows), to: &sums, outputs: margins)
            return raw ? sums.map { Double($0) } : transform.apply(to: sums, margins: margins)
        }
    }

    /// Columns into rows, in the number type of the trees.
    private func gather<Scalar: TreeScalar>(
        _ columns: [[Double]], _ rows: Range<Int>
    ) throws(GatehouseError) -> [Scalar] {
        var gathered = [Scalar](repeating: 0, count: rows.count * columns.count)
        for (position, column) in columns.enumerated() {
            var target = position
            for row in rows {
                let value = Scalar(column[row])
                guard !value.isInfinite else { throw unreadable(column[row], row: row, position: position) }
                gathered[target] = value
                target += columns.count
            }
        }
        return gathered
    }

    private func unreadable(_ value: Double, row: Int, position: Int) -> GatehouseError {
        let column = featureNames.map { "'\($0[position])'" } ?? "\(position + 1)"
        return GatehouseError(
            .invalidArgument,
            "Row \(row + 1) of column \(column) holds \(value), which a model of \(format.library) cannot take.",
            hint: "Correct the cell, or leave it empty for a missing value.")
    }
}
