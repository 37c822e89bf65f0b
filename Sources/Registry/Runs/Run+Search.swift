package import Storage

extension SQLTransaction {
    /// A page of the runs of experiments with all that an answer carries.
    package func searchRuns(
        _ request: SearchRequest, of experiments: [ExperimentID], view: LifecycleView
    ) throws -> SearchPage<Run> {
        let (owners, lifecycles) = (SQLStatement.isOne(of: experiments), SQLStatement.isOne(of: view.lifecycles))
        let source = SearchSource.runs(scope: "r.experiment \(owners) AND r.lifecycle \(lifecycles)")
        return try search(request, in: source, RunInfo.init).map { try runs($0) }
    }
}
