import GatehouseCore

/// A scoring request read as a tree: columns of cells, named or in order. Reads every form, and says what is wrong with it.
struct RequestFrame {
    /// More is only taken in the forms that are read straight from their bytes.
    static let treeBytesMax = 8 << 20

    /// Nil: the columns are in the model's order.
    var names: [String]?
    var columns: [[JSONValue]]
    var rowCount: Int

    // MARK: - MLflow's scoring protocol

    static let forms = ["dataframe_split", "dataframe_records", "instances", "inputs"]

    /// `params` and members beside the form are passed over, as MLflow does for a model that declares no parameters.
    init(invocations document: JSONValue) throws(RequestRefusal) {
        let must =
            "The input must be a JSON dictionary with exactly one of the input fields "
            + Self.forms.map { "'\($0)'" }.joined(separator: ", ")
        guard let members = document.objectValue else {
            throw RequestRefusal("\(must). Received \(document.arrayValue == nil ? "something else" : "a list").")
        }
        let present = Self.forms.filter { members[$0] != nil }
        guard present.count == 1, let form = present.first, let data = members[form] else {
            throw RequestRefusal("\(must). Received: \(RequestRefusal.list(present)).")
        }
        switch form {
        case "dataframe_split": try self.init(split: data)
        case "dataframe_records":
            guard let records = data.arrayValue else {
                throw RequestRefusal("Dataframe records format must be a list of records.")
            }
            try self.init(records: records, of: form)
        default: try self.init(tensor: data, of: form)
        }
    }

    private init(split data: JSONValue) throws(RequestRefusal) {
        guard let members = data.objectValue else { throw RequestRefusal("Dataframe split format must be a dictionary.") }
        let known = ["columns", "data", "index"]
        guard let rows = members["data"]?.arrayValue, members.keys.allSatisfy(known.contains) else {
            throw RequestRefusal(
                "Dataframe split format must have 'data' field and optionally 'columns' and 'index' fields. Got "
                    + "\(RequestRefusal.list(members.keys.sorted())).")
        }
        var names: [String]?
        if let list = members["columns"]?.arrayValue {
            names = []
            for element in list {
                guard let name = element.stringValue else { throw RequestRefusal("'columns' must be a list of names.") }
                names?.append(name)
            }
            if let twice = Self.firstDouble(names ?? []) {
                throw RequestRefusal("The column '\(twice)' stands twice in 'columns'.")
            }
        }
        try self.init(rows: rows, names: names, of: "data")
    }

    private init(rows: [JSONValue], names: [String]?, of place: String) throws(RequestRefusal) {
        guard let first = rows.first?.arrayValue else {
            throw RequestRefusal(rows.isEmpty ? "'\(place)' holds no rows." : "Row 1 of '\(place)' is not a list.")
        }
        let width = names?.count ?? first.count
        var columns = [[JSONValue]](repeating: [], count: width)
        for (row, element) in rows.enumerated() {
            guard let cells = element.arrayValue else { throw RequestRefusal("Row \(row + 1) of '\(place)' is not a list.") }
            guard cells.count == width else {
                throw RequestRefusal("\(width) columns passed, row \(row + 1) of '\(place)' had \(cells.count) columns.")
            }
            for (column, cell) in cells.enumerated() { columns[column].append(cell) }
        }
        self.init(names: names, columns: columns, rowCount: rows.count)
    }

    private init(records: [JSONValue], of place: String) throws(RequestRefusal) {
        guard let first = records.first?.objectValue else {
            throw RequestRefusal(records.isEmpty ? "'\(place)' holds no rows." : "Row 1 of '\(place)' is not a dictionary.")
        }
        let names = first.keys.sorted()
        var columns = [[JSONValue]](repeating: [], count: names.count)
        for (row, element) in records.enumerated() {
            guard let members = element.objectValue else {
                throw RequestRefusal("Row \(row + 1) of '\(place)' is not a dictionary.")
            }
            for (column, name) in names.enumerated() {
                guard let cell = members[name] else {
                    throw RequestRefusal(
                        "Row \(row + 1) of '\(place)' lacks '\(name)', which row 1 has. Write null where a value is missing.")
                }
                columns[column].append(cell)
            }
        }
        self.init(names: names, columns: columns, rowCount: records.count)
    }

    /// `instances` and `inputs`: rows as lists or dictionaries, or a dictionary of columns, a lone value being a column of one.
    private init(tensor data: JSONValue, of form: String) throws(RequestRefusal) {
        if let rows = data.arrayValue {
            if rows.first?.objectValue != nil {
                try self.init(records: rows, of: form)
            } else {
                try self.init(rows: rows, names: nil, of: form)
            }
            return
        }
        guard let members = data.objectValue, !members.isEmpty else {
            throw RequestRefusal("'\(form)' must be a list of rows or a dictionary of columns.")
        }
        let names = members.keys.sorted()
        var columns: [[JSONValue]] = []
        for name in names {
            let column = members[name].flatMap(\.arrayValue) ?? [members[name] ?? .null]
            guard column.count == columns.first?.count ?? column.count else {
                throw RequestRefusal("All columns of '\(form)' must be of the same length; '\(name)' is not.")
            }
            columns.append(column)
        }
        guard let rowCount = columns.first?.count, rowCount > 0 else { throw RequestRefusal("'\(form)' holds no rows.") }
        self.init(names: names, columns: columns, rowCount: rowCount)
    }

    init(names: [String]?, columns: [[JSONValue]], rowCount: Int) {
        self.names = names
        self.columns = columns
        self.rowCount = rowCount
    }

    private static func firstDouble(_ names: [String]) -> String? {
        var seen: Set<String> = []
        return names.first { !seen.insert($0).inserted }
    }
}

/// Why a request is not scored, in the words of the protocol's own servers where they have some.
struct RequestRefusal: Error, Equatable {
    private static let namesMax = 20

    let message: String
    /// Whether the data are readable but not what the model takes.
    var isAboutSchema = false

    init(_ message: String) { self.message = message }

    init(schema message: String) {
        self.message = message
        isAboutSchema = true
    }

    static func list(_ names: [String]) -> String {
        let shown = names.prefix(namesMax).map { "'\($0)'" }.joined(separator: ", ")
        return "[\(shown)\(names.count > namesMax ? ", …" : "")]"
    }
}
