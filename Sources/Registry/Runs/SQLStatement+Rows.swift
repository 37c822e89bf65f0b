import Storage

// Statements over many values whose texts are few, so that the databases keep them prepared.
extension SQLTransaction {
    /// How many rows or values a statement takes; fewer rows are inserted by several statements, fewer values repeated.
    static let batchSizes = [100, 10, 1]
    static let listSizes = [1, 10, 100, 1000]

    /// Inserts rows. `head` ends with `VALUES`; `tail` may say what happens on a conflict. Returns the number of rows changed.
    @discardableResult
    func insert(_ head: StaticString, _ rows: [[SQLValue]], _ tail: StaticString = "") throws -> Int {
        var (start, changed) = (0, 0)
        for size in Self.batchSizes {
            while rows.count - start >= size {
                changed += try execute(Self.statement(head, rows[start..<(start + size)], tail))
                start += size
            }
        }
        return changed
    }

    private static func statement(_ head: StaticString, _ rows: ArraySlice<[SQLValue]>, _ tail: StaticString) -> SQLStatement {
        var text = SQLStatement.StringInterpolation(
            literalCapacity: 0, interpolationCount: rows.count * (rows.first?.count ?? 0))
        text.appendLiteral("\(head)")
        for (number, row) in rows.enumerated() {
            text.appendLiteral(number > 0 ? "), (" : " (")
            for (index, value) in row.enumerated() {
                if index > 0 { text.appendLiteral(", ") }
                text.appendInterpolation(value)
            }
        }
        text.appendLiteral(") \(tail)")
        return SQLStatement(stringInterpolation: text)
    }

    /// Reads the rows that belong to any of the values. `head` ends with `IN (`, `tail` starts with `)`.
    @discardableResult
    func rows<T>(
        _ head: StaticString, anyOf values: [some SQLBindable], _ tail: StaticString, _ read: (SQLRow) throws -> T
    ) throws -> [T] {
        var found: [T] = []
        var start = 0
        while start < values.count {
            let rest = values.count - start
            let size = Self.listSizes.first { $0 >= rest } ?? Self.listSizes[Self.listSizes.count - 1]
            let chunk = values[start..<(start + min(size, rest))]
            var text = SQLStatement.StringInterpolation(literalCapacity: 0, interpolationCount: size)
            text.appendLiteral("\(head)")
            for index in 0..<size {
                if index > 0 { text.appendLiteral(", ") }
                text.appendInterpolation(chunk[min(start + index, chunk.endIndex - 1)].sqlValue)
            }
            text.appendLiteral("\(tail)")
            found += try rows(SQLStatement(stringInterpolation: text), read)
            start += chunk.count
        }
        return found
    }
}
