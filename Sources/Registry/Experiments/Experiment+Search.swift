package import Storage

extension SQLTransaction {
    /// A page of experiments with their tags.
    package func searchExperiments(_ request: SearchRequest, view: LifecycleView) throws -> SearchPage<Experiment> {
        let source = SearchSource.experiments(scope: "x.lifecycle \(SQLStatement.isOne(of: view.lifecycles))")
        return try search(request, in: source, ExperimentRow.init).map { try experiments($0) }
    }
}

extension SQLStatement {
    /// `= ?` for one value, so that an index on the column also serves the order; `IN (…)` for several, and nothing for none.
    static func isOne(of values: [some SQLBindable]) -> SQLStatement {
        switch values.count {
        case 0: "IN (NULL)"
        case 1: "= \(values[0])"
        default: "IN (\(SQLStatement.list(values)))"
        }
    }
}
