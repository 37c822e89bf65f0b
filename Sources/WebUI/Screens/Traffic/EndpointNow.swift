import GatehouseCore
import Gates
import Promotions
import Registry
import Serving
import Storage

/// An endpoint as it is now: who answers, beside whom, and what gateways counted of late.
struct EndpointNow: Sendable {
    /// How far back "now" reaches.
    static let recentMinutes: Int64 = 15

    let endpoint: ServingEndpoint
    let changed: Timestamp
    /// As the newest route table has it; empty: nothing answers.
    let segments: [SegmentRoute]
    /// Of the default segment's champion, or the first segment's.
    let championSince: Timestamp?
    /// The rollouts and experiments that divide its segments.
    let splits: [SlotSplit]
    let recent: TrafficFigures
    /// When the newest records begin; nil: none were ever shipped.
    let newest: Timestamp?
    let limits: TrafficLimits

    var name: String { endpoint.name }
    var model: ModelName { endpoint.model }
    var health: TrafficHealth { TrafficHealth(recent, limits) }

    /// The segment that answers by default, or the first one.
    var leading: SegmentRoute? { segments.first { $0.segment == Slot.defaultSegment } ?? segments.first }

    /// The moment of the newest of what is known to have changed here.
    var lastChange: Timestamp { max(changed, championSince ?? changed) }

    var requestsPerSecond: Double { Double(recent.requests) / Double(Self.recentMinutes * 60) }
}

extension SQLTransaction {
    func endpointNow(
        _ kept: KeptEndpoint, _ table: RouteTable?, limits: TrafficLimits, at now: Timestamp
    ) throws -> EndpointNow {
        let endpoint = kept.endpoint
        let segments = table?.endpoints.first { $0.name == endpoint.name }?.segments ?? []
        let leading = segments.first { $0.segment == Slot.defaultSegment } ?? segments.first
        let slot = Slot(
            model: endpoint.model, environment: endpoint.environment, segment: leading?.segment ?? Slot.defaultSegment)
        let from = now.adding(.seconds(-EndpointNow.recentMinutes * 60))
        let figures = try armFigures(endpoint: endpoint.name, from: from, until: now.adding(.seconds(60)))
        return EndpointNow(
            endpoint: endpoint, changed: kept.changed, segments: segments,
            championSince: try occupantWithFallback(of: slot)?.from,
            splits: try splits(of: endpoint.model, environment: endpoint.environment),
            recent: TrafficFigures(figures.filter { $0.arm != .shadow }), newest: try newestFigures(endpoint: endpoint.name),
            limits: limits)
    }
}

extension TrafficLimits {
    /// Those that send a rollout back; where there are none, the latency that the policy's gate allows.
    init(_ policy: Policy) {
        errorShare = policy.rollout?.rollbackOn["error_rate"]
        p95Milliseconds = policy.rollout?.rollbackOn["p95_ms"] ?? Self.gateBudget(policy)
    }

    private static func gateBudget(_ policy: Policy) -> Double? {
        policy.checks.lazy.compactMap { check -> Double? in
            guard case .builtIn(let gate, let settings) = check.kind, gate == Latency.descriptor.name else { return nil }
            return settings.number("latency_budget_p95_ms")
        }.first
    }
}
