package import GatehouseCore
import Registry
package import Storage

/// What a slot can return to: the versions that came into it, each on top of the one it replaced. A promotion puts a version
/// on top; a rollback takes off what came after the one it returns to, so that rolling back twice goes back two versions
/// instead of returning to the first failure.
struct SlotLedger: Equatable {
    struct Change: Equatable {
        let version: VersionNumber
        let isRollback: Bool
    }

    private(set) var versions: [VersionNumber] = []

    /// The changes oldest first.
    init(_ changes: [Change]) {
        for change in changes {
            if change.isRollback, let place = versions.lastIndex(of: change.version) {
                versions.removeSubrange((place + 1)...)
            } else {
                versions.removeAll { $0 == change.version }
                versions.append(change.version)
            }
        }
    }

    /// The version that was active before the present one; the last one where the slot is empty.
    func earlier(than present: VersionNumber?) -> VersionNumber? {
        guard let present, versions.last == present else { return versions.last }
        return versions.dropLast().last
    }
}

extension SQLTransaction {
    /// Older changes of a slot than these are not looked at.
    private static let slotChangesMax = 10_000

    /// Where a rollback that names no version returns the slot to; nil: there is nothing to return to.
    package func earlierOccupant(of slot: Slot) throws -> VersionNumber? {
        try ledger(of: slot).earlier(than: occupant(of: slot)?.version)
    }

    /// The record of a slot, as far as a rollback cares: a slot that was emptied can still return to what it held.
    func ledger(of slot: Slot) throws -> SlotLedger {
        let changes = try rows(
            """
            SELECT c.version, e.action FROM slot_change c LEFT JOIN audit_entry e ON e.sequence = c.audit_sequence
            WHERE c.model = \(slot.model) AND c.environment = \(slot.environment) AND c.segment = \(slot.segment)
                AND c.role = \(slot.role) AND c.version IS NOT NULL
            ORDER BY c.number DESC LIMIT \(Self.slotChangesMax)
            """
        ) { row in
            SlotLedger.Change(
                version: try VersionNumber(row.integer("version")),
                isRollback: try row.optional("action", row.text) == "rollback.performed")
        }
        return SlotLedger(changes.reversed())
    }
}
