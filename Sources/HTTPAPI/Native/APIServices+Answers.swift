import Access
import AuditLog
import GatehouseCore
import Promotions
import Registry
import Serving
import Storage
import WireAPI

extension APIServices {
    func version(_ name: ModelName, _ number: VersionNumber) async throws -> VersionAnswer {
        try await store.read { tx in
            let version = try tx.requiredVersion(number, of: name)
            return VersionAnswer(version, manifest: try version.artifact.map { try tx.manifest(of: $0) })
        }
    }

    /// Whoever may read reads every version; a gateway reads those that the newest route table names, to run them. Fails with
    /// `forbidden`.
    func requireReading(_ number: VersionNumber, of name: ModelName, by caller: Caller) async throws {
        if caller.grants.allows(.read) { return }
        guard caller.grants.allows(.serveTraffic) else { return try caller.require(.read) }
        let table = try await store.read { tx in try tx.newestRouteTable() }
        guard table?.names(number, of: name) == true else {
            throw GatehouseError(
                .forbidden, "\(caller.principal) may read what the newest route table names, and \(name) v\(number) is not there."
            )
        }
    }

    /// Who was active in a slot and when, newest first; with `at`, only the one at that time.
    func history(of slot: Slot, at time: Timestamp?, limit: Int) async throws -> [HistoryAnswer] {
        try await store.read { tx in
            _ = try tx.requiredModel(slot.model)
            let found =
                try time.map { try tx.occupant(of: slot, at: $0).map { [$0] } ?? [] } ?? tx.history(of: slot, limit: limit)
            return try found.map { occupancy in
                let entry = try tx.auditEntry(sequence: occupancy.auditSequence)
                return HistoryAnswer(
                    slot: slot.description, version: occupancy.version.value, from: occupancy.from.description,
                    until: occupancy.until?.description,
                    how: occupancy.isAdopted ? "adopted without gates" : entry?.action.rawValue ?? "",
                    by: entry?.principal.text ?? "", reason: entry?.reason ?? "", auditSequence: occupancy.auditSequence)
            }
        }
    }
}

extension RouteTable {
    fileprivate func names(_ number: VersionNumber, of model: ModelName) -> Bool {
        endpoints.contains { endpoint in
            endpoint.model == model.text
                && endpoint.segments.contains { route in
                    [route.champion, route.lastKnownGood, route.split?.challenger, route.shadow?.version].contains {
                        $0?.version == number.value
                    }
                }
        }
    }
}
