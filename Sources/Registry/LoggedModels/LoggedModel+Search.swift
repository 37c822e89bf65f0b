package import Storage

extension SQLTransaction {
    /// A page of the logged models of experiments with all that an answer carries.
    package func searchLoggedModels(
        _ request: SearchRequest, of experiments: [ExperimentID]
    ) throws -> SearchPage<LoggedModel> {
        let owners = SQLStatement.isOne(of: experiments)
        let source = SearchSource.loggedModels(scope: "l.experiment \(owners) AND l.lifecycle = \(Lifecycle.active)")
        return try search(request, in: source, LoggedModelRow.init).map { try loggedModels($0) }
    }
}
