import GatehouseCore

extension RequestFrame {
    /// The columns that the model reads as a table. Columns it does not know are passed over.
    ///
    /// Fails naming every missing column, or the first cell that is no number where one is needed.
    func table(for model: NativeModel, mayBeOrdered: Bool) throws(RequestRefusal) -> Table {
        let wanted = model.featureNames ?? (0..<model.featureCount).map { "\($0)" }
        let chosen: [[JSONValue]]
        if let names, model.featureNames != nil {
            let places = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
            let missing = wanted.filter { places[$0] == nil }
            guard missing.isEmpty else {
                throw RequestRefusal(schema: "Failed to enforce schema. Model is missing inputs \(RequestRefusal.list(missing)).")
            }
            chosen = wanted.compactMap { places[$0].map { columns[$0] } }
        } else {
            guard mayBeOrdered || model.featureNames == nil else {
                throw RequestRefusal(
                    schema: "Failed to enforce schema. Model is missing inputs \(RequestRefusal.list(wanted)). "
                        + "The rows name no columns; send 'dataframe_split' with 'columns'.")
            }
            guard columns.count == wanted.count else {
                throw RequestRefusal(schema: "The model reads \(wanted.count) columns; the rows have \(columns.count).")
            }
            chosen = columns
        }
        var read: [TableColumn] = []
        for (feature, cells) in chosen.enumerated() {
            read.append(
                TableColumn(name: wanted[feature], values: try Self.values(cells, wanted[feature], model.takesText(feature))))
        }
        return Table(rowCount: rowCount, columns: read)
    }

    private static func values(_ cells: [JSONValue], _ name: String, _ takesText: Bool) throws(RequestRefusal)
        -> TableColumn.Values
    {
        if takesText, cells.contains(where: { $0.stringValue != nil }) { return try categories(cells, name) }
        var numbers: [Double] = []
        numbers.reserveCapacity(cells.count)
        for (row, cell) in cells.enumerated() {
            switch cell {
            case .number(let number): numbers.append(number)
            case .integer(let number): numbers.append(Double(number))
            case .bool(let flag): numbers.append(flag ? 1 : 0)
            case .null: numbers.append(.nan)
            case .string(let text):
                // Clients that send numbers as text are served, as MLflow does.
                guard let number = Double(text) else { throw notANumber("'\(text.prefix(40))'", row, name) }
                numbers.append(number)
            case .array, .object: throw notANumber("a list or dictionary", row, name)
            }
        }
        return .numeric(numbers)
    }

    private static func categories(_ cells: [JSONValue], _ name: String) throws(RequestRefusal) -> TableColumn.Values {
        var codes: [Int32] = []
        var texts: [String] = []
        var known: [String: Int32] = [:]
        for (row, cell) in cells.enumerated() {
            let text: String
            switch cell {
            case .null:
                codes.append(-1)
                continue
            case .string(let string): text = string
            case .number, .integer, .bool: text = cell.canonicalText
            case .array, .object: throw notANumber("a list or dictionary", row, name)
            }
            let code = known[text] ?? Int32(texts.count)
            if known.updateValue(code, forKey: text) == nil { texts.append(text) }
            codes.append(code)
        }
        return .categorical(codes: codes, categories: texts)
    }

    private static func notANumber(_ what: String, _ row: Int, _ name: String) -> RequestRefusal {
        RequestRefusal(
            "Data is not compatible with model signature. Failed to convert column \(name) to type 'float64': "
                + "row \(row + 1) holds \(what).")
    }
}

extension NativeModel {
    /// Whether the cells of a feature may be names of categories.
    fileprivate func takesText(_ feature: Int) -> Bool {
        switch categories.names {
        case .none: false
        case .byFeature(let codes): codes[feature] != nil
        case .inOrder: true
        }
    }

    /// Whether the numbers of a request are what the model compares, with no codes to be looked up first.
    var readsPlainNumbers: Bool {
        switch categories.names {
        case .none: true
        case .byFeature, .inOrder: false
        }
    }
}
