import AuditLog
import GatehouseCore
import Registry
import Storage
import WireAPI

extension APIServices {
    func version(_ name: ModelName, _ number: VersionNumber) async throws -> VersionAnswer {
        try await store.read { tx in
            let version = try tx.requiredVersion(number, of: name)
            return VersionAnswer(version, manifest: try version.artifact.map { try tx.manifest(of: $0) })
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
