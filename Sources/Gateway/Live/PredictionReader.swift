/// Finds the predictions in a model server's answer: MLflow's `{"predictions": …}`, a bare list, or the first output of the Open
/// Inference Protocol. One number per row; a row of several numbers (class probabilities) gives its last one, a row that is an
/// object its first number, and a flag is 0 or 1.
enum PredictionReader {
    static let rowsMax = 1_000

    /// Nil when there are none, or when a row holds no number.
    static func read(_ bytes: [UInt8], in range: Range<Int>) -> [Double]? {
        var cursor = JSONCursor(bytes, in: range)
        return try? answer(&cursor)
    }

    private static func answer(_ cursor: inout JSONCursor) throws(JSONCursor.Unreadable) -> [Double]? {
        if cursor.peek() == UInt8(ascii: "[") { return try rows(&cursor) }
        var found: [Double]?
        try cursor.members { (cursor, key) throws(JSONCursor.Unreadable) in
            switch key {
            case "predictions" where found == nil: found = try rows(&cursor)
            case "outputs" where found == nil: found = try outputs(&cursor)
            default: try cursor.skip()
            }
        }
        return found
    }

    private static func rows(_ cursor: inout JSONCursor) throws(JSONCursor.Unreadable) -> [Double]? {
        var values: [Double] = []
        guard cursor.peek() == UInt8(ascii: "[") else {
            guard let value = try row(&cursor) else { return nil }
            return [value]
        }
        var isWhole = true
        try cursor.elements { (cursor, index) throws(JSONCursor.Unreadable) in
            guard index < rowsMax, isWhole else { return try cursor.skip() }
            if let value = try row(&cursor) { values.append(value) } else { isWhole = false }
        }
        return isWhole && values.isEmpty == false ? values : nil
    }

    private static func row(_ cursor: inout JSONCursor) throws(JSONCursor.Unreadable) -> Double? {
        var found: Double?
        switch cursor.peek() {
        case UInt8(ascii: "["):
            try cursor.elements { (cursor, _) throws(JSONCursor.Unreadable) in found = value(try cursor.scalar()) }
        case UInt8(ascii: "{"):
            try cursor.members { (cursor, _) throws(JSONCursor.Unreadable) in
                let next = value(try cursor.scalar())
                found = found ?? next
            }
        default: found = value(try cursor.scalar())
        }
        return found
    }

    /// `{"name": …, "shape": [rows, columns], "datatype": …, "data": […]}`; the data flat or nested.
    private static func outputs(_ cursor: inout JSONCursor) throws(JSONCursor.Unreadable) -> [Double]? {
        var first: [Double]?
        try cursor.elements { (cursor, index) throws(JSONCursor.Unreadable) in
            guard index == 0 else { return try cursor.skip() }
            var shape: [Int] = []
            var data: [Double]?
            try cursor.members { (cursor, key) throws(JSONCursor.Unreadable) in
                switch key {
                case "shape": shape = try sizes(&cursor)
                case "data": data = try rows(&cursor)
                default: try cursor.skip()
                }
            }
            // Flat data of several columns: the last of each row.
            let columns = shape.count == 2 ? shape[1] : 1
            if let data, columns > 1, data.count == shape[0].multipliedReportingOverflow(by: columns).partialValue {
                first = stride(from: columns - 1, to: data.count, by: columns).map { data[$0] }
            } else {
                first = data
            }
        }
        return first
    }

    static func sizes(_ cursor: inout JSONCursor) throws(JSONCursor.Unreadable) -> [Int] {
        var sizes: [Int] = []
        try cursor.elements { (cursor, _) throws(JSONCursor.Unreadable) in
            guard sizes.count < 8, case .number(let size, true) = try cursor.scalar(), let size = Int(exactly: size), size >= 0
            else {
                throw JSONCursor.Unreadable()
            }
            sizes.append(size)
        }
        return sizes
    }

    private static func value(_ scalar: JSONCursor.Scalar) -> Double? {
        switch scalar {
        case .number(let value, _): value
        case .boolean(let flag): flag ? 1 : 0
        case .null, .text, .nested: nil
        }
    }
}
