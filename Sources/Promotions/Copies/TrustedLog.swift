package import AuditLog
import GatehouseCore

/// An audit log whose signature this server believes, because its operator said so. A log may have had several keys.
package struct TrustedLog: Sendable, Hashable {
    package let keys: [NoteVerifier]

    package init(keys: [NoteVerifier]) { self.keys = keys }

    /// By the names of the logs.
    package static func named(_ keys: [NoteVerifier]) -> [String: TrustedLog] {
        Dictionary(grouping: keys, by: \.name).mapValues { TrustedLog(keys: $0) }
    }

    func verify(_ proof: TLogProof, _ entry: [UInt8]) throws(GatehouseError) {
        for key in keys where key.verifies(proof.note) { return try proof.verify(entry: entry, key: key) }
        throw SourceProof.refusal(
            "the checkpoint of a receipt is not signed by the key of '\(proof.checkpoint.origin)' that is trusted here")
    }
}
