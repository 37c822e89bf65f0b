package import GatehouseCore
package import Serving

/// What a server has for gateways and those who direct them.
package struct ServingServices: Sendable {
    package let endpoints: EndpointService
    package let shadows: ShadowRunService
    package let experiments: SlotExperimentService
    package let routes: RouteDesk
    package let gateways: GatewayService
    package let intake: RecordIntake
    package let outcomes: OutcomeService
    package let rollouts: RolloutService
    package let recordKey: RecordKey
    package let shadowLedger = ShadowLedger()
    package let experimentLedger = ExperimentLedger()

    /// Fails with `invalidArgument` when the transitions sign nothing: a route table is always signed.
    package init(
        _ transitions: TransitionService, board: RouteBoard, recordKey: RecordKey,
        randomBytes: @escaping @Sendable (Int) -> [UInt8]
    ) throws(GatehouseError) {
        guard let attestor = transitions.attestor else {
            throw GatehouseError(.invalidArgument, "Route tables need a signing key.")
        }
        endpoints = EndpointService(transitions)
        shadows = ShadowRunService(transitions, randomBytes: randomBytes)
        experiments = SlotExperimentService(transitions, randomBytes: randomBytes)
        routes = RouteDesk(store: transitions.store, attestor: attestor, board: board)
        gateways = GatewayService(transitions)
        intake = RecordIntake(transitions)
        outcomes = OutcomeService(transitions)
        rollouts = RolloutService(transitions)
        self.recordKey = recordKey
    }
}
