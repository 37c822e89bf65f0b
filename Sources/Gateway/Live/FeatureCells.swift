/// The features of a request, cell by cell, whatever form it came in.
struct FeatureCells {
    struct Cell: Equatable {
        let row: Int
        /// Index of `names`.
        let name: Int
        let value: JSONCursor.Scalar
    }

    static let cellsMax = 20_000
    static let namesMax = 2_000

    private(set) var names: [String] = []
    private(set) var cells: [Cell] = []
    /// Where each name is; made when the first one is looked for.
    private var places: [String: Int] = [:]

    /// What the last request's list of columns was: most requests name the same ones, which need not be taken apart again.
    struct KnownColumns {
        fileprivate var text: [UInt8] = []
        fileprivate var names: [String] = []
        fileprivate var places: [Int] = []
    }

    init?(_ bytes: [UInt8], in range: Range<Int>) {
        var known = KnownColumns()
        self.init(bytes, in: range, knowing: &known)
    }

    /// Reads `dataframe_split`, `dataframe_records`, `instances`, `inputs`, or the Open Inference Protocol's `inputs`. Columns of
    /// a tensor without names are called by their number. Nil for anything else, and for more cells or names than are looked at.
    init?(_ bytes: [UInt8], in range: Range<Int>, knowing known: inout KnownColumns) {
        do {
            var cursor = JSONCursor(bytes, in: range)
            var isKnown = false
            try cursor.members { (cursor, key) throws(JSONCursor.Unreadable) in
                switch key {
                case "dataframe_split": try readSplit(&cursor, &known)
                case "dataframe_records", "instances": try readRows(&cursor)
                case "inputs": try readInputs(&cursor)
                default: return try cursor.skip()
                }
                isKnown = true
            }
            guard isKnown, cells.isEmpty == false, cursor.peek() == nil else { return nil }
        } catch {
            return nil
        }
    }

    private mutating func place(_ name: String) throws(JSONCursor.Unreadable) -> Int {
        if places.count < names.count {
            for (place, name) in names.enumerated() where places[name] == nil { places[name] = place }
        }
        if let place = places[name] { return place }
        guard names.count < Self.namesMax else { throw JSONCursor.Unreadable() }
        names.append(name)
        places[name] = names.count - 1
        return names.count - 1
    }

    private mutating func add(_ name: Int, row: Int, _ value: JSONCursor.Scalar) throws(JSONCursor.Unreadable) {
        guard cells.count < Self.cellsMax else { throw JSONCursor.Unreadable() }
        cells.append(Cell(row: row, name: name, value: value))
    }

    // MARK: - Forms

    /// The columns may come behind the data: then the data is read again from where it began.
    private mutating func readSplit(
        _ cursor: inout JSONCursor, _ known: inout KnownColumns
    ) throws(JSONCursor.Unreadable) {
        var columns: [Int]?
        var later: JSONCursor?
        try cursor.members { (cursor, key) throws(JSONCursor.Unreadable) in
            switch key {
            case "columns": columns = try readColumns(&cursor, &known)
            case "data":
                if let columns {
                    try readData(&cursor, columns)
                } else {
                    later = cursor
                    try cursor.skip()
                }
            default: try cursor.skip()
            }
        }
        guard let columns else { throw JSONCursor.Unreadable() }
        if var later { try readData(&later, columns) }
    }

    private mutating func readColumns(
        _ cursor: inout JSONCursor, _ known: inout KnownColumns
    ) throws(JSONCursor.Unreadable) -> [Int] {
        let isFirst = names.isEmpty
        if isFirst, cursor.takes(known.text) {
            names = known.names
            cells.reserveCapacity(known.places.count)
            return known.places
        }
        _ = cursor.peek()
        let start = cursor.at
        var places: [Int] = []
        try cursor.elements { (cursor, _) throws(JSONCursor.Unreadable) in
            guard case .text(let name) = try cursor.scalar() else { throw JSONCursor.Unreadable() }
            places.append(try place(name))
        }
        if isFirst { known = KnownColumns(text: Array(cursor.bytes[start..<cursor.at]), names: names, places: places) }
        return places
    }

    private mutating func readData(_ cursor: inout JSONCursor, _ columns: [Int]) throws(JSONCursor.Unreadable) {
        try cursor.elements { (cursor, row) throws(JSONCursor.Unreadable) in
            try cursor.elements { (cursor, column) throws(JSONCursor.Unreadable) in
                guard column < columns.count else { throw JSONCursor.Unreadable() }
                try add(columns[column], row: row, try cursor.scalar())
            }
        }
    }

    private mutating func readRows(_ cursor: inout JSONCursor) throws(JSONCursor.Unreadable) {
        try cursor.elements { (cursor, row) throws(JSONCursor.Unreadable) in try readRow(&cursor, row) }
    }

    private mutating func readRow(_ cursor: inout JSONCursor, _ row: Int) throws(JSONCursor.Unreadable) {
        switch cursor.peek() {
        case UInt8(ascii: "{"):
            try cursor.members { (cursor, key) throws(JSONCursor.Unreadable) in
                try add(try place(key), row: row, try cursor.scalar())
            }
        case UInt8(ascii: "["):
            try cursor.elements { (cursor, column) throws(JSONCursor.Unreadable) in
                try add(try place(String(column)), row: row, try cursor.scalar())
            }
        default: try add(try place("0"), row: row, try cursor.scalar())
        }
    }

    /// A list of tensors of the Open Inference Protocol, MLflow's columns by name, or MLflow's unnamed tensor.
    private mutating func readInputs(_ cursor: inout JSONCursor) throws(JSONCursor.Unreadable) {
        if cursor.peek() == UInt8(ascii: "{") {
            try cursor.members { (cursor, name) throws(JSONCursor.Unreadable) in
                let place = try place(name)
                guard cursor.peek() == UInt8(ascii: "[") else { return try add(place, row: 0, try cursor.scalar()) }
                try cursor.elements { (cursor, row) throws(JSONCursor.Unreadable) in try add(place, row: row, try cursor.scalar())
                }
            }
            return
        }
        try cursor.elements { (cursor, row) throws(JSONCursor.Unreadable) in
            var ahead = cursor
            if cursor.peek() == UInt8(ascii: "{"), try Self.isTensor(&ahead) {
                try readTensor(&cursor)
            } else {
                try readRow(&cursor, row)
            }
        }
    }

    private static func isTensor(_ cursor: inout JSONCursor) throws(JSONCursor.Unreadable) -> Bool {
        var keys: Set<String> = []
        try cursor.members { (cursor, key) throws(JSONCursor.Unreadable) in
            keys.insert(key)
            try cursor.skip()
        }
        return keys.isSuperset(of: ["name", "shape", "datatype", "data"])
    }

    /// A column, or with a second dimension as many: `name`, or `name[0]`, `name[1]`, …
    private mutating func readTensor(_ cursor: inout JSONCursor) throws(JSONCursor.Unreadable) {
        var name = ""
        var shape: [Int] = []
        var values: [JSONCursor.Scalar] = []
        try cursor.members { (cursor, key) throws(JSONCursor.Unreadable) in
            switch key {
            case "name": name = try cursor.text()
            case "shape": shape = try PredictionReader.sizes(&cursor)
            case "data": try Self.flatten(&cursor, into: &values)
            default: try cursor.skip()
            }
        }
        let columns = max(1, shape.count >= 2 ? shape[1] : 1)
        guard columns <= Self.namesMax else { throw JSONCursor.Unreadable() }
        for (index, value) in values.enumerated() {
            let column = columns == 1 ? name : "\(name)[\(index % columns)]"
            try add(try place(column), row: index / columns, value)
        }
    }

    private static func flatten(
        _ cursor: inout JSONCursor, into values: inout [JSONCursor.Scalar]
    ) throws(JSONCursor.Unreadable) {
        try cursor.elements { (cursor, _) throws(JSONCursor.Unreadable) in
            if cursor.peek() == UInt8(ascii: "[") {
                try cursor.elements { (cursor, _) throws(JSONCursor.Unreadable) in values.append(try cursor.scalar()) }
            } else {
                values.append(try cursor.scalar())
            }
            guard values.count <= cellsMax else { throw JSONCursor.Unreadable() }
        }
    }
}
