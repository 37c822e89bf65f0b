package import Access
import GatehouseCore
import Storage

/// Takes outcomes, each once, however late and in whatever order they come.
package struct OutcomeService: Sendable {
    package static let outcomesPerCallMax = 10_000

    private let store: any SQLStore
    private let now: @Sendable () -> Timestamp

    init(_ transitions: TransitionService) {
        store = transitions.store
        now = transitions.now
    }

    /// All of them in one transaction. Fails with `notFound` without the endpoint, with `tooLarge`, and with `invalidArgument`
    /// for an event in the future.
    package func post(_ outcomes: [Outcome], of endpoint: String, by caller: Caller) async throws -> TakenOutcomes {
        guard outcomes.count <= Self.outcomesPerCallMax else {
            throw GatehouseError(
                .tooLarge, "\(outcomes.count) outcomes in one call, at most \(Self.outcomesPerCallMax) are taken.")
        }
        let now = now()
        let latest = now.adding(.seconds(Outcome.futureSecondsMax))
        if let early = outcomes.first(where: { $0.event > latest }) {
            throw GatehouseError(
                .invalidArgument, "An outcome '\(early.label)' of \(early.event) has not happened yet: it is \(now) here.",
                hint: "event_at is when it was observed, in UTC.")
        }
        return try await store.write { tx in
            let known = try tx.servingEndpoint(named: endpoint)?.endpoint
            // Whoever may post for no model at all is not told which endpoints there are.
            if known == nil { try caller.require(.read) }
            let served = try known ?? tx.requiredEndpoint(endpoint).endpoint
            try caller.require(.postOutcomes(served.model))
            var taken = TakenOutcomes()
            var changed: Set<String> = []
            for outcome in outcomes where try tx.add(outcome, of: endpoint, at: now, &taken) { changed.insert(outcome.label) }
            for label in changed.sorted() { try tx.countChange(of: .outcomes(endpoint: endpoint, label: label)) }
            return taken
        }
    }
}
