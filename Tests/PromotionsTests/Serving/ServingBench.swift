import Access
import AuditLog
import GatehouseCore
import Registry
import Serving
import Storage
import Testing

@testable import Promotions

/// A registry whose changes publish route tables: the services of a server over the store that watches the audit log.
struct ServingBench {
    let shop: Workshop
    let board: RouteBoard
    let store: RouteStore
    let transitions: TransitionService
    let registry: ModelRegistry
    let serving: ServingServices
    let model: ModelName

    static let recordKey = RecordKey(bytes: (0..<32).map { UInt8($0) })

    /// `versions` of one model are registered, v1 first; none is anywhere yet. Policies only warn.
    static func run(versions: Int = 2, _ body: (ServingBench) async throws -> Void) async throws {
        try await Workshop.run(default: .shipped(.warn)) { shop in
            let board = RouteBoard()
            let store = RouteStore(shop.store, board: board)
            let transitions = TransitionService(
                store: store, policies: shop.policies, attestor: shop.transitions.attestor, now: shop.transitions.now,
                ids: shop.transitions.ids)
            let serving = try ServingServices(
                transitions, board: board, recordKey: recordKey, randomBytes: { Array(repeating: 9, count: $0) })
            let model = try await shop.model()
            for index in 0..<versions {
                try await shop.version(of: model, LoanModel.files(splitAt: 0.4 + 0.01 * Double(index)))
            }
            try await body(
                ServingBench(
                    shop: shop, board: board, store: store, transitions: transitions,
                    registry: ModelRegistry(store: store, now: shop.transitions.now, ids: shop.transitions.ids),
                    serving: serving, model: model))
        }
    }

    func endpoint(
        _ name: String = "credit", environment: String = "production", upstream: String = "http://scoring:8080/{version}",
        _ change: (inout EndpointRules) -> Void = { _ in }
    ) throws -> ServingEndpoint {
        var rules = EndpointRules()
        change(&rules)
        return try ServingEndpoint(
            name: name, model: model, environment: environment, upstreams: UpstreamPlan(pattern: upstream), rules: rules)
    }

    @discardableResult
    func apply(_ endpoint: ServingEndpoint) async throws -> KeptEndpoint {
        try await serving.endpoints.apply(endpoint, by: shop.caller)
    }

    func number(_ value: Int64) throws -> VersionNumber { try VersionNumber(value) }

    /// Puts a version into Production, in a segment where one is named.
    func produce(_ value: Int64, segment: String? = nil) async throws {
        shop.clock.advance(by: .seconds(60))
        let slot = try segment.map { try Slot.named(model, environment: nil, segment: $0) }
        _ = try await transitions.transition(
            TransitionRequest(
                model: model, version: number(value), to: .production, slot: slot, by: shop.caller, reason: "test"))
    }

    func rollBack() async throws {
        shop.clock.advance(by: .seconds(60))
        _ = try await RollbackService(transitions).rollBack(
            RollbackRequest(slot: Slot(model: model), to: nil, reason: "it declines everybody", by: shop.caller))
    }

    func table() async throws -> RouteTable? { try await store.read { tx in try tx.newestRouteTable() } }

    /// What the newest table says of the default segment of the only endpoint.
    func route(segment: String = "default") async throws -> SegmentRoute? {
        try await table()?.endpoints.first?.segments.first { $0.segment == segment }
    }
}
