/// What is served: traffic, endpoints, rollouts, shadows, comparisons on real requests, and the playground.
struct TrafficPages {
    func add(to pages: Pages) {
        pages.page("traffic") { page in try await TrafficScreen.load(page) }
        EndpointPages().add(to: pages)
        ShadowPages().add(to: pages)
        RolloutPages().add(to: pages)
        pages.page("playground") { page in try await PlaygroundScreen.load(page) }
        SlotExperimentPages().add(to: pages)
    }
}
