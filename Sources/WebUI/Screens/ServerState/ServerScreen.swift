import AuditLog
import GatehouseCore
import HTTPAPI

/// How the server stands: its keys, who else holds its log, how people sign in.
struct ServerScreen: Screen {
    /// Of the program: `0.1.0`.
    let version: String
    let auditKey: NoteVerifier
    /// Of what the server attests; nil: it signs nothing.
    let signingKey: (id: String, pem: String)?
    /// What the log holds; nil for readers who may not read it.
    let entries: Int64?
    let mirrors: [MirrorStatus]
    let witnesses: [WitnessStatus]
    let models: Int64
    let versions: Int64
    let blobs: (count: Int64, bytes: Int64)
    let issuer: String?
    let publicURL: String?
    let hasTLS: Bool
    let isOpen: Bool

    var title: [String] { ["Server", "Settings"] }
    var place: Place { .settings }
}
