package import GatehouseCore

/// A time in which a version was active in a slot.
package struct SlotOccupancy: Sendable, Hashable {
    package let slot: Slot
    package let version: VersionNumber
    package let from: Timestamp
    /// Nil: it still is.
    package let until: Timestamp?
    /// The audit entry that put it there.
    package let auditSequence: Int64
    /// Entered without gates, because it was in production before Gatehouse came.
    package let isAdopted: Bool
}
