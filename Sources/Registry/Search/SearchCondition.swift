import GatehouseCore
import Storage

extension SearchColumns {
    /// The conditions of a filter, all of which must hold.
    func condition(_ request: SearchRequest) throws(GatehouseError) -> SQLStatement {
        var conditions: [SQLStatement] = []
        for comparison in request.filter.comparisons { conditions.append(try condition(comparison, request.datasets)) }
        let asksForMetric = request.filter.comparisons.contains { comparison in
            if case .metric = comparison.subject { true } else { false }
        }
        if !asksForMetric, let metrics, let measured = metrics.isMeasured(on: request.datasets) {
            conditions.append("EXISTS (SELECT 1 FROM \(metrics.table) WHERE \(metrics.owner) AND \(measured))")
        }
        return conditions.isEmpty ? "1 = 1" : .joined(conditions, by: " AND ")
    }

    private func condition(_ comparison: SearchComparison, _ datasets: [SearchDataset]) throws(GatehouseError) -> SQLStatement {
        switch comparison.subject {
        case .attribute(let name): return comparison.holds(for: try property(name))
        case .metric(let key): return try comparison.holds(forEntry: key, of: entries(metrics), datasets)
        case .param(let key): return try comparison.holds(forEntry: key, of: entries(params), [])
        case .tag(let key): return try comparison.holds(forEntry: key, of: entries(tags), [])
        case .dataset(let name): return try comparison.holds(forEntry: name, of: entries(self.datasets[name]), [])
        }
    }

    func property(_ name: String) throws(GatehouseError) -> Property {
        guard let property = properties[name] else { throw Self.unknown(name) }
        return property
    }

    func entries(_ entries: Entries?) throws(GatehouseError) -> Entries {
        guard let entries else { throw Self.unknown("entries") }
        return entries
    }

    /// The grammar lets nothing through that a table does not have; a fault of ours if it does.
    private static func unknown(_ what: String) -> GatehouseError {
        GatehouseError(.internalFailure, "The search does not know where '\(what)' stands.")
    }
}

extension SearchColumns.Entries {
    /// Whether an entry was measured on one of the datasets; nil when any will do.
    func isMeasured(on datasets: [SearchDataset]) -> SQLStatement? {
        guard let dataset, !datasets.isEmpty else { return nil }
        let alternatives: [SQLStatement] = datasets.map { wanted in
            guard let digest = wanted.digest else { return "\(dataset.name) = \(wanted.name)" }
            return "(\(dataset.name) = \(wanted.name) AND \(dataset.digest) = \(digest))"
        }
        return "(\(SQLStatement.joined(alternatives, by: " OR ")))"
    }
}

extension SearchComparison {
    /// The comparison as a condition. What is absent satisfies no comparison but `IS NULL`: SQL's NULL does that by itself.
    fileprivate func holds(for value: SQLStatement) -> SQLStatement {
        switch comparator {
        case .equal: "\(value) = \(bound)"
        case .notEqual: "\(value) <> \(bound)"
        case .less: "\(value) < \(bound)"
        case .atMost: "\(value) <= \(bound)"
        case .greater: "\(value) > \(bound)"
        case .atLeast: "\(value) >= \(bound)"
        case .like: "\(value) LIKE \(bound)"
        case .likeAnyCase: "lower(\(value)) LIKE lower(\(bound))"
        case .oneOf: "\(value) IN (\(SQLStatement.list(boundList)))"
        case .noneOf: "\(value) NOT IN (\(SQLStatement.list(boundList)))"
        case .isAbsent: "\(value) IS NULL"
        case .isPresent: "\(value) IS NOT NULL"
        }
    }

    fileprivate func holds(
        forEntry key: String, of entries: SearchColumns.Entries, _ datasets: [SearchDataset]
    ) -> SQLStatement {
        var conditions = [entries.owner]
        if let column = entries.key { conditions.append("\(column) = \(key)") }
        if let measured = entries.isMeasured(on: datasets) { conditions.append(measured) }
        switch comparator {
        case .isAbsent, .isPresent: break
        case .notEqual:
            let differs = holds(for: entries.value)
            conditions.append(entries.isNaN.map { "(\(differs) OR \($0))" } ?? differs)
        case .equal, .less, .atMost, .greater, .atLeast, .like, .likeAnyCase, .oneOf, .noneOf:
            conditions.append(holds(for: entries.value))
            // NaN is neither less nor more than anything; whatever number stands for it must not count.
            if let isNaN = entries.isNaN { conditions.append("NOT (\(isNaN))") }
        }
        let exists: SQLStatement =
            "EXISTS (SELECT 1 FROM \(entries.table) WHERE \(SQLStatement.joined(conditions, by: " AND ")))"
        return comparator == .isAbsent ? "NOT \(exists)" : exists
    }

    fileprivate func holds(for property: SearchColumns.Property) -> SQLStatement {
        guard property.countsAbsentAsEmpty, !isLookup else { return holds(for: property.expression) }
        return holds(for: "COALESCE(\(property.expression), '')")
    }

    /// Finds rows by values that are no empty text, as an index on the plain column does.
    private var isLookup: Bool {
        switch comparator {
        case .equal, .oneOf: !boundList.contains(.text("")) && bound != .text("")
        case .notEqual, .less, .atMost, .greater, .atLeast, .like, .likeAnyCase, .noneOf, .isAbsent, .isPresent: false
        }
    }

    private var bound: SQLValue {
        switch operand {
        case .nothing, .texts, .integers: .null
        case .text(let text): .text(text)
        case .integer(let integer): .integer(integer)
        case .number(let number): .double(number)
        }
    }

    private var boundList: [SQLValue] {
        switch operand {
        case .texts(let texts): texts.map { .text($0) }
        case .integers(let integers): integers.map { .integer($0) }
        case .nothing, .text, .integer, .number: []
        }
    }
}
