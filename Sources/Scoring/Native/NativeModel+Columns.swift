import GatehouseCore

extension NativeModel {
    private static let columnsListedMax = 20

    /// The columns whose cells are the model's categories and must be read as text: `007` is not 7.
    package var textColumns: Set<String> {
        guard let featureNames, case .byFeature(let codes) = categories.names else { return [] }
        return Set(codes.filter { $0.value.areTexts }.map { featureNames[$0.key] })
    }

    /// The columns of `table` that the model reads, in its order: by name where it knows names, else by position. A
    /// categorical feature whose categories the model knows is turned into their codes.
    ///
    /// Fails with `invalidArgument` naming every missing column, every text column that is no category, both counts of
    /// columns, or a category that the model does not know and may not guess.
    func columns(of table: Table) throws(GatehouseError) -> [FeatureColumn] {
        let chosen =
            if let featureNames { try Self.columns(named: featureNames, of: table) } else { try columnsByPosition(of: table) }
        let codes = try categoryCodes(for: chosen)
        var columns: [FeatureColumn] = []
        var texts: [String] = []
        for (feature, column) in chosen.enumerated() {
            switch (column.values, codes[feature]) {
            case (.numeric(let numbers), nil): columns.append(.numbers(numbers))
            case (.numeric(let numbers), .some(let codes)):
                columns.append(.numbers(try coded(numbers, by: codes, in: column.name)))
            case (.categorical(let rows, let categories), .some(let codes)):
                columns.append(.texts(codes: rows, meanings: try meanings(of: categories, by: codes, in: column)))
            // A column without any value may have been read as text.
            case (.categorical(let rows, _), nil) where rows.allSatisfy({ $0 < 0 }):
                columns.append(.texts(codes: rows, meanings: []))
            case (.categorical, nil): texts.append(column.name)
            }
        }
        guard texts.isEmpty else {
            throw GatehouseError(
                .invalidArgument, "The model needs numbers, but \(Self.list(texts)) \(texts.count == 1 ? "holds" : "hold") text.",
                hint:
                    "Correct the cells that are not numbers, or encode the text the way it was encoded for training: the model's "
                    + "file does not hold the names of these categories.")
        }
        return columns
    }

    // MARK: - Which columns

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

    // MARK: - Which categories

    private func categoryCodes(for columns: [TableColumn]) throws(GatehouseError) -> [Int: CategoryCodes] {
        switch categories.names {
        case .none: return [:]
        case .byFeature(let codes): return codes
        case .inOrder(let lists):
            let texts = columns.indices.filter { index in
                if case .categorical = columns[index].values { true } else { false }
            }
            guard texts.count == lists.count else {
                throw GatehouseError(
                    .invalidArgument,
                    "The model was trained with \(lists.count) columns of categories, but \(texts.count) of the columns it reads "
                        + "hold text.",
                    hint: "Pass the categories themselves, not their codes, and mark columns of numbers as text (--text-column).")
            }
            return Dictionary(uniqueKeysWithValues: zip(texts, lists))
        }
    }

    /// What each text means to the model: its code, or NaN. Only texts that occur in a row can be refused.
    private func meanings(
        of texts: [String], by codes: CategoryCodes, in column: TableColumn
    ) throws(GatehouseError) -> [Double] {
        let meanings = texts.map { text in codes.code(of: text).map { Double($0) } ?? .nan }
        switch categories.unknown {
        case .isMissing: return meanings
        case .isRefused:
            guard let unknown = meanings.firstIndex(where: \.isNaN), case .categorical(let rows, _) = column.values,
                let row = rows.firstIndex(of: Int32(unknown))
            else { return meanings }
            throw Self.unknownCategory("'\(texts[unknown])'", row: row, column: column.name)
        }
    }

    private func coded(_ numbers: [Double], by codes: CategoryCodes, in column: String) throws(GatehouseError) -> [Double] {
        let coded = numbers.map { number in codes.code(of: number).map { Double($0) } ?? .nan }
        switch categories.unknown {
        case .isMissing: return coded
        case .isRefused:
            guard let row = coded.indices.first(where: { coded[$0].isNaN && !numbers[$0].isNaN }) else { return coded }
            throw Self.unknownCategory("\(numbers[row])", row: row, column: column)
        }
    }

    private static func unknownCategory(_ category: String, row: Int, column: String) -> GatehouseError {
        GatehouseError(
            .invalidArgument,
            "Row \(row + 1) of column '\(column)' holds the category \(category), which the model does not know.",
            hint:
                "What a model of XGBoost makes of a category that training has not seen is not defined: leave the cell empty, or "
                + "train again.")
    }
}
