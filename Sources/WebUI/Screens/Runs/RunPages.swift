/// What MLflow's clients logged: experiments, their runs, one run.
struct RunPages {
    func add(to pages: Pages) {
        pages.page("experiments") { page in try await ExperimentsScreen.load(page) }
        pages.page("experiments/:id") { page in try await ExperimentScreen.load(page) }
        pages.page("runs/:id") { page in try await RunScreen.load(page) }
    }
}
