import GatehouseCore
import Gates
import Registry
import Serving
import Storage

extension SQLTransaction {
    /// Which inputs the requests of the default slot's champion carried in the last days. Fails with why there is nothing: no
    /// traffic shows nothing.
    func observedInputs(of model: ModelName, at now: Timestamp) throws -> Result<ObservedInputs, Absence> {
        func absent(_ reason: String) -> Result<ObservedInputs, Absence> {
            .failure(Absence(verdict: .inconclusive, reason: reason))
        }
        let slot = Slot(model: model)
        guard let champion = try occupant(of: slot)?.version, let digest = try requiredVersion(champion, of: model).artifact
        else { return absent("no version is in production, so no gateway has seen its requests") }
        let endpoints = try servingEndpoints(for: slot)
        guard !endpoints.isEmpty else { return absent("no endpoint serves \(model), so there are no live requests to look at") }
        let from = now.adding(.seconds(-LiveTraffic.daysMax * 86_400))
        var schema = ObservedSchema()
        var inspected = 0
        for endpoint in endpoints {
            for window in try armWindows(endpoint: endpoint.name, segment: slot.segment, from: from, until: now)
            where window.arm == .champion && window.digest == digest {
                inspected += window.inspected - window.unreadable
                schema.add(window.schema)
            }
        }
        guard inspected > 0 else {
            return absent(
                "no gateway has looked into a request of \(model) v\(champion) in the last \(LiveTraffic.daysMax) days (live_statistics)"
            )
        }
        return .success(
            ObservedInputs(
                source: "live traffic of v\(champion) over \(LiveTraffic.daysMax) days (\(inspected) requests)",
                requests: inspected,
                fields: schema.fields.map {
                    ObservedInput(
                        name: $0.name, integer: $0.integer, number: $0.number, boolean: $0.boolean, text: $0.text, null: $0.null,
                        nested: $0.nested)
                }, unnamed: schema.unnamed))
    }
}
