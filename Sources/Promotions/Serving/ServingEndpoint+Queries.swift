import Foundation
package import GatehouseCore
import Serving
package import Storage

/// An endpoint as it stands in the registry.
package struct KeptEndpoint: Sendable, Equatable {
    package let endpoint: ServingEndpoint
    package let changed: Timestamp
    /// The audit entry of the last change.
    package let auditSequence: Int64
}

/// What of an endpoint is kept as one document.
struct EndpointDocument: Codable {
    let upstreams: UpstreamPlan
    let rules: EndpointRules
}

extension SQLTransaction {
    package func servingEndpoint(named name: String) throws -> KeptEndpoint? {
        try first("SELECT * FROM serving_endpoint WHERE name = \(name)", KeptEndpoint.init(row:))
    }

    /// All of them, or those of one model, by name.
    package func servingEndpoints(of model: ModelName? = nil) throws -> [KeptEndpoint] {
        let one: SQLStatement = model.map { "WHERE model = \($0)" } ?? ""
        return try rows(
            "SELECT * FROM serving_endpoint \(one) ORDER BY name LIMIT \(RouteTable.endpointsMax)", KeptEndpoint.init(row:))
    }

    /// The endpoints that serve a slot. Empty: no gateway serves it.
    package func servingEndpoints(for slot: Slot) throws -> [ServingEndpoint] {
        try servingEndpoints(of: slot.model).map(\.endpoint).filter { $0.environment == slot.environment }
    }

    func servingEndpointCount() throws -> Int64 {
        try first("SELECT count(*) AS n FROM serving_endpoint") { try $0.integer("n") } ?? 0
    }

    func keep(_ endpoint: ServingEndpoint, at now: Timestamp, entry: Int64) throws {
        let document = try StoredJSON.text(EndpointDocument(upstreams: endpoint.upstreams, rules: endpoint.rules))
        try execute(
            """
            INSERT INTO serving_endpoint (name, model, environment, document, changed_at, audit_entry)
            VALUES (\(endpoint.name), \(endpoint.model), \(endpoint.environment), \(document), \(now), \(entry))
            ON CONFLICT (name) DO UPDATE SET document = excluded.document, changed_at = excluded.changed_at,
                audit_entry = excluded.audit_entry
            """)
    }

    func removeServingEndpoint(named name: String) throws {
        try execute("DELETE FROM serving_endpoint WHERE name = \(name)")
    }

    /// An endpoint follows its model to another name.
    func renameModelOfEndpoints(from old: ModelName, to new: ModelName) throws {
        try execute("UPDATE serving_endpoint SET model = \(new) WHERE model = \(old)")
        try execute("UPDATE slot_split SET model = \(new) WHERE model = \(old)")
        try renameModelOfShadows(from: old, to: new)
        try renameModelOfExperiments(from: old, to: new)
        try renameModelOfDeployments(from: old, to: new)
    }
}

extension KeptEndpoint {
    fileprivate init(row: SQLRow) throws {
        let document: EndpointDocument = try StoredJSON.value(row.text("document"))
        endpoint = try ServingEndpoint(
            name: row.text("name"), model: ModelName(row.text("model")), environment: row.text("environment"),
            upstreams: document.upstreams, rules: document.rules)
        changed = try row.timestamp("changed_at")
        auditSequence = try row.integer("audit_entry")
    }
}

/// Values of `Serving` in a column: sorted keys, so that equal values are equal texts.
enum StoredJSON {
    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func value<Value: Decodable>(_ text: String, as type: Value.Type = Value.self) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw GatehouseError(.internalFailure, "A stored document of serving cannot be read.", cause: error)
        }
    }
}
