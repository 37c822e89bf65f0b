import GatehouseCore
package import Storage

/// A column of the order as SQL. Columns of ranks come before those of values, so that what is absent is last.
private struct SortColumn {
    let expression: SQLStatement
    let ascending: Bool
    /// The column holds the rank of the next one: 0 a value, 1 NaN, 2 nothing.
    let isRank: Bool
}

extension SQLTransaction {
    /// Runs a search and reads a page. The page after it starts behind the last row, however many rows were added before it.
    package func search<Found: Sendable>(
        _ request: SearchRequest, in source: SearchSource, _ read: (SQLRow) throws -> Found
    ) throws -> SearchPage<Found> {
        let columns = try request.sortColumns(source.columns)
        let names = Self.sortNames.prefix(columns.count).map { $0.text { _ in "" } }
        var found = try rows(request.statement(source, columns)) { row in
            (found: try read(row), position: try names.map { try row.value($0) })
        }
        guard found.count > request.limit else { return SearchPage(found: found.map(\.found), nextPageToken: nil) }
        found.removeLast(found.count - request.limit)
        let token = found.last.map { PageToken.text(after: $0.position, of: request.fingerprint) }
        return SearchPage(found: found.map(\.found), nextPageToken: token)
    }

    /// The names under which the columns of the order are read: two for each key, and for those that break ties.
    fileprivate static let sortNames: [SQLStatement] = [
        "sort_0", "sort_1", "sort_2", "sort_3", "sort_4", "sort_5", "sort_6", "sort_7", "sort_8", "sort_9", "sort_10", "sort_11",
        "sort_12", "sort_13", "sort_14", "sort_15", "sort_16", "sort_17", "sort_18", "sort_19", "sort_20", "sort_21",
        "sort_22", "sort_23",
    ]
}

extension SearchRequest {
    /// The search as one statement that reads one row more than the page has.
    fileprivate func statement(_ source: SearchSource, _ columns: [SortColumn]) throws -> SQLStatement {
        let selected = zip(columns, SQLTransaction.sortNames).map { column, name -> SQLStatement in
            "\(column.expression) AS \(name)"
        }
        let keys = columns.map { column -> SQLStatement in
            column.ascending ? "\(column.expression) ASC" : "\(column.expression) DESC"
        }
        var tail: SQLStatement = "LIMIT \(limit + 1)"
        var position: SQLStatement = "1 = 1"
        switch start {
        case .beginning: break
        case .skipping(let rows): tail = "LIMIT \(limit + 1) OFFSET \(rows)"
        case .after(let values): position = try Self.behind(values, columns)
        }
        return """
            SELECT \(source.select), \(SQLStatement.joined(selected, by: ", ")) FROM \(source.from)
            WHERE \(source.scope) AND \(position) AND \(try source.columns.condition(self))
            ORDER BY \(SQLStatement.joined(keys, by: ", ")) \(tail)
            """
    }

    /// Each key of the order as one column, or as a rank and a value where the value may be missing.
    fileprivate func sortColumns(_ columns: SearchColumns) throws -> [SortColumn] {
        try order.flatMap { key -> [SortColumn] in
            switch key.subject {
            case .attribute(let name):
                let property = try columns.property(name)
                let value = SortColumn(expression: property.expression, ascending: key.ascending, isRank: false)
                return property.isRequired ? [value] : [Self.rank(of: property.expression), value]
            case .metric(let name): return Self.columns(key, name, try columns.entries(columns.metrics))
            case .param(let name): return Self.columns(key, name, try columns.entries(columns.params))
            case .tag(let name): return Self.columns(key, name, try columns.entries(columns.tags))
            case .dataset(let name):
                throw GatehouseError(.invalidArgument, "Invalid order_by entity: datasets.\(name)")
            }
        }
    }

    private static func columns(_ order: SearchOrder, _ key: String, _ entries: SearchColumns.Entries) -> [SortColumn] {
        var conditions = [entries.owner]
        if let column = entries.key { conditions.append("\(column) = \(key)") }
        if let measured = entries.isMeasured(on: order.dataset.map { [$0] } ?? []) { conditions.append(measured) }
        let condition = SQLStatement.joined(conditions, by: " AND ")
        let one: SQLStatement = entries.newestFirst.map { "\($0) LIMIT 1" } ?? "LIMIT 1"
        var value = entries.value
        if let isNaN = entries.isNaN { value = "CASE WHEN \(isNaN) THEN NULL ELSE \(entries.value) END" }
        let expression: SQLStatement = "(SELECT \(value) FROM \(entries.table) WHERE \(condition) \(one))"
        let sorted = SortColumn(expression: expression, ascending: order.ascending, isRank: false)
        guard let isNaN = entries.isNaN else { return [rank(of: expression), sorted] }
        let rank: SQLStatement = """
            COALESCE((SELECT CASE WHEN \(isNaN) THEN 1 ELSE 0 END FROM \(entries.table) WHERE \(condition) \(one)), 2)
            """
        return [SortColumn(expression: rank, ascending: true, isRank: true), sorted]
    }

    private static func rank(of expression: SQLStatement) -> SortColumn {
        SortColumn(expression: "CASE WHEN \(expression) IS NULL THEN 2 ELSE 0 END", ascending: true, isRank: true)
    }

    /// Rows behind a position. The outermost comparison is one that an index on the first column can serve:
    /// `a <= x AND (a < x OR (a = x AND …))`.
    private static func behind(_ values: [SQLValue], _ columns: [SortColumn]) throws -> SQLStatement {
        guard values.count == columns.count else { throw PageToken.invalid("it belongs to another search") }
        var condition: SQLStatement?
        for index in values.indices.reversed() {
            // Rows of one rank other than 0 have no value to tell them apart.
            if index > 0, columns[index - 1].isRank, values[index - 1] != .integer(0) { continue }
            let (expression, value) = (columns[index].expression, values[index])
            let further: SQLStatement =
                columns[index].ascending ? "\(expression) > \(value)" : "\(expression) < \(value)"
            guard let inner = condition else {
                condition = further
                continue
            }
            let bound: SQLStatement =
                columns[index].ascending ? "\(expression) >= \(value)" : "\(expression) <= \(value)"
            condition = "\(bound) AND (\(further) OR (\(inner)))"
        }
        return condition.map { "(\($0))" } ?? "1 = 1"
    }
}
