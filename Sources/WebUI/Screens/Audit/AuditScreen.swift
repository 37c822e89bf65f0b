import AuditLog
import GatehouseCore

/// What happened, newest first, and how far it is signed.
struct AuditScreen: Screen {
    static let entriesMax = 50
    static let findingsMax = 20
    static let filterNames = ["principal", "model", "version", "action", "outcome", "from", "until"]

    struct Head: Sendable {
        let checkpoint: Checkpoint
        /// When it was signed; nil where the database does not say.
        let signedAt: Timestamp?
        let isSigned: Bool
    }

    /// Nil before the first checkpoint, and where it cannot be read.
    let head: Head?
    let key: NoteVerifier
    /// Entries of the database.
    let count: Int64
    let mirrors: [MirrorStatus]
    let witnesses: [WitnessStatus]
    let entries: [AuditEntry]
    /// Why the entries cannot be shown: one of them is not as it was written.
    let damage: String?
    let filter: [String: String]
    /// The last entry of this page, where there are more.
    let next: Int64?
    /// Of the verification that was asked for.
    let check: LogCheck.Outcome?

    var title: [String] { [check.map { $0.isSound ? "Verified" : "Not as it was signed" }, "Audit log"].compactMap { $0 } }
    var place: Place { .audit }
    var topics: [String] { check == nil ? ["log"] : [] }
}
