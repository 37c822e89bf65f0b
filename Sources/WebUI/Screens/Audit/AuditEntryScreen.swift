import AuditLog
import GatehouseCore

/// One entry: who, what, why, and whether it is proven.
struct AuditEntryScreen: Screen {
    static let rawBytesMax = 16 * 1024

    let sequence: Int64
    /// Nil where the database's row is not as it was written; `damage` then says what is wrong with it.
    let entry: AuditEntry?
    let damage: String?
    /// What was signed; of an entry that waits for its checkpoint, what the database holds.
    let leaf: AuditLeaf?
    let holding: EntryFacts
    /// Nil while no checkpoint covers it, or where `unproven` says why there is none.
    let proof: EntryProof?
    let unproven: String?
    /// Whether the database holds the bytes that were signed.
    let isSame: Bool
    let key: NoteVerifier
    /// Entries there are.
    let count: Int64

    var title: [String] { ["Entry \(sequence)", leaf?.action.words ?? "unreadable"] }
    var place: Place { .audit }
    /// Until it is under a checkpoint, the next one changes the page.
    var topics: [String] { proof == nil ? ["log"] : [] }
}
