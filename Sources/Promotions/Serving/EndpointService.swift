package import Access
import AuditLog
import GatehouseCore
import Registry
import Serving
package import Storage

/// Says what is served under which name. An endpoint that could not answer is refused when it is saved, not when the first
/// request comes.
package struct EndpointService: Sendable {
    private let store: any SQLStore
    private let now: @Sendable () -> Timestamp
    private let ids: @Sendable () -> String

    package init(_ transitions: TransitionService) {
        store = transitions.store
        now = transitions.now
        ids = transitions.ids
    }

    /// Makes or changes an endpoint; the same again changes nothing. Fails with `notFound` without the model, with `conflict`
    /// when the name serves another model or environment, with `invalidArgument` when the rules name a feature that what is
    /// served does not have.
    package func apply(_ endpoint: ServingEndpoint, by caller: Caller) async throws -> KeptEndpoint {
        try caller.require(.manageServing(endpoint.model, environment: endpoint.environment))
        return try await store.write { tx in
            _ = try tx.requiredModel(endpoint.model)
            let kept = try tx.servingEndpoint(named: endpoint.name)
            if let kept, kept.endpoint.model != endpoint.model || kept.endpoint.environment != endpoint.environment {
                throw GatehouseError(
                    .conflict,
                    "The endpoint '\(endpoint.name)' serves \(kept.endpoint.model) in \(kept.endpoint.environment).",
                    hint: "Take another name, or remove it first: gatehouse endpoint remove \(endpoint.name)")
            }
            if let kept, kept.endpoint == endpoint { return kept }
            if kept == nil, try tx.servingEndpointCount() >= RouteTable.endpointsMax {
                throw GatehouseError(.tooLarge, "There are \(RouteTable.endpointsMax) endpoints, and no more fit a route table.")
            }
            try tx.checkFields(of: endpoint)
            let entry = try tx.append(
                AuditDraft(
                    id: ids(), time: now(), principal: caller.principal, action: .endpointApplied, outcome: .granted,
                    model: endpoint.model, facts: try endpoint.facts))
            try tx.keep(endpoint, at: entry.time, entry: entry.sequence)
            return KeptEndpoint(endpoint: endpoint, changed: entry.time, auditSequence: entry.sequence)
        }
    }

    /// Takes an endpoint away; a shadow run of it ends. Fails with `notFound`, and with `conflict` while a rollout or an
    /// experiment divides one of its slots.
    package func remove(_ name: String, by caller: Caller) async throws {
        try await store.write { tx in
            let endpoint = try tx.requiredEndpoint(name).endpoint
            try caller.require(.manageServing(endpoint.model, environment: endpoint.environment))
            let isLast = try tx.servingEndpoints(of: endpoint.model).allSatisfy {
                $0.endpoint.name == name || $0.endpoint.environment != endpoint.environment
            }
            if isLast, let split = try tx.splits(of: endpoint.model, environment: endpoint.environment).first {
                throw GatehouseError(
                    .conflict, "The \(split.kind.rawValue) \(split.id) divides \(split.slot), which only '\(name)' serves.",
                    hint: "End it first: \(split.endCommand)")
            }
            let entry = try tx.append(
                AuditDraft(
                    id: ids(), time: now(), principal: caller.principal, action: .endpointRemoved, outcome: .granted,
                    model: endpoint.model, facts: try endpoint.facts))
            for run in try tx.shadowRuns(endpoint: name, isOpen: true) {
                try tx.stopShadowRun(run.id, at: entry.time, entry: entry.sequence)
            }
            try tx.removeServingEndpoint(named: name)
        }
    }
}

extension SQLTransaction {
    package func requiredEndpoint(_ name: String) throws -> KeptEndpoint {
        if let found = try servingEndpoint(named: name) { return found }
        let near = Suggestion.nearest(to: name, in: try servingEndpoints().map(\.endpoint.name))
        throw GatehouseError(
            .notFound, "There is no endpoint '\(name.prefix(80))'." + (near.map { " Did you mean '\($0)'?" } ?? ""),
            hint: "gatehouse endpoint list")
    }

    /// Fails with `invalidArgument` for a member that a version in service does not take.
    fileprivate func checkFields(of endpoint: ServingEndpoint) throws {
        let members = [("unit", endpoint.rules.unit), ("segment", endpoint.rules.segment)].compactMap {
            key, field -> (key: String, name: String)? in
            if case .member(let name)? = field { (key: key, name: name) } else { nil }
        }
        guard !members.isEmpty else { return }
        for occupancy in try occupancies(of: endpoint.model) where occupancy.slot.environment == endpoint.environment {
            guard let signature = try version(occupancy.version, of: endpoint.model)?.signature else { continue }
            let known = signature.inputs.map(\.name)
            for member in members where !known.contains(member.name) {
                let near = Suggestion.nearest(to: member.name, in: known).map { "Did you mean '\($0)'?" }
                throw GatehouseError(
                    .invalidArgument,
                    "'\(member.name)', named for the \(member.key), is no input of \(endpoint.model) v\(occupancy.version).",
                    hint: near ?? "Name one of \(known.prefix(20).joined(separator: ", ")), or a header: {header: x-customer}.")
            }
        }
    }
}

extension ServingEndpoint {
    /// For the record: everything that was set, and no name of a person.
    fileprivate var facts: JSONValue {
        get throws {
            .object([
                "endpoint": .string(name), "environment": .string(environment), "upstream": .string(upstreams.pattern),
                "versions": .object(upstreams.overrides.mapValues { .string($0) }),
                "rules": try JSONParser.parse(StoredJSON.text(rules)),
            ])
        }
    }
}
