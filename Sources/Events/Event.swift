package import GatehouseCore

/// Something that happened and that somebody outside may want to know. Written with the change it reports.
package struct Event: Sendable, Hashable {
    package let id: String
    package let time: Timestamp
    package let principal: Principal
    /// The audit entry of the same transaction.
    package let auditSequence: Int64
    package let model: ModelName?

    package init(id: String, time: Timestamp, principal: Principal, auditSequence: Int64, model: ModelName?) {
        self.id = id
        self.time = time
        self.principal = principal
        self.auditSequence = auditSequence
        self.model = model
    }
}
