package import GatehouseCore
package import Storage

extension SQLTransaction {
    /// When an entry was written; nil: there is none.
    package func auditEntryTime(sequence: Int64) throws -> Timestamp? {
        try first("SELECT time FROM audit_entry WHERE sequence = \(sequence)") { try $0.timestamp("time") }
    }
}
