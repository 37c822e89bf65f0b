/// A copy of the log somewhere else, kept by somebody else. It only ever grows: what it holds is compared, never overwritten.
///
/// How far it is, it says itself: nothing about a mirror is remembered here, so neither a restart nor a restored backup of this
/// server can make it believe something wrong.
package protocol AuditMirror: Sendable {
    var name: MirrorName { get }
    /// How long to leave the mirror alone after it was brought up to date; zero: as soon as the log grows.
    var rest: Duration { get }
    /// Compares what the mirror holds with the log and says how far it is. Throws a `MirrorAlarm` where they disagree, and
    /// whatever error kept it from looking.
    func look(at log: MirroredLog) async throws -> MirrorLook
    /// Carries the next part of the log over, which begins with entry `held + 1`, and says how far the mirror is then. One call
    /// is bounded in bytes. It may be repeated after any failure: what is there already is compared.
    func advance(from held: Int64, in log: MirroredLog) async throws -> Int64
    func close() async
}

/// What people call a mirror. Never holds a secret.
package struct MirrorName: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        case directory
        case postgres
        case s3
    }

    package let kind: Kind
    /// Where it is, without passwords and keys.
    package let place: String

    package init(_ kind: Kind, place: String) {
        self.kind = kind
        self.place = place
    }
}

/// What a mirror was found to hold.
package struct MirrorLook: Sendable, Hashable {
    /// Entries that it holds and that agree with the log.
    package let held: Int64
    /// What weakens its protection though nothing is wrong yet, as sentences.
    package let warnings: [String]

    package init(held: Int64, warnings: [String] = []) {
        self.held = held
        self.warnings = warnings
    }
}

/// Mirror and log cannot both be right. Nothing is written to the mirror until somebody has looked into it.
package enum MirrorAlarm: Error, Sendable, Hashable {
    /// The mirror holds more entries than the log: the log's own data was restored from an older state.
    case ahead(mirror: Int64, log: Int64)
    /// An entry in the mirror has other bytes than in the log.
    case entryDiffers(sequence: Int64)
    /// A file in the mirror has other bytes than in the log.
    case fileDiffers(path: String)
    /// The mirror's checkpoint is none of this log's, or one that the log did not grow from.
    case checkpointDiffers(size: Int64)
    /// An entry is missing among those that the mirror should hold.
    case entryMissing(sequence: Int64)
    /// Somebody put a delete marker over a file, or removed it.
    case fileDeleted(path: String)

    /// The word that programs go by; a released one never changes.
    package var word: String {
        switch self {
        case .ahead: "mirror_ahead"
        case .entryDiffers: "entry_differs"
        case .fileDiffers: "file_differs"
        case .checkpointDiffers: "checkpoint_differs"
        case .entryMissing: "entry_missing"
        case .fileDeleted: "file_deleted"
        }
    }

    package var message: String {
        switch self {
        case .ahead(let mirror, let log):
            "The mirror holds \(mirror) entries, the log \(log): the log was restored from an older state."
        case .entryDiffers(let sequence): "The entry \(sequence) in the mirror has other bytes than in the log."
        case .fileDiffers(let path): "The file '\(path)' in the mirror has other bytes than in the log."
        case .checkpointDiffers(let size): "The mirror's checkpoint of \(size) entries is not one that this log grew from."
        case .entryMissing(let sequence): "The mirror lacks the entry \(sequence) though it holds later ones."
        case .fileDeleted(let path): "The file '\(path)' of the mirror was deleted."
        }
    }

    /// What to do. The mirror is evidence: nobody should be told to empty it.
    package var hint: String {
        switch self {
        case .ahead: "Stop the server and recover the missing entries from the mirror: docs/mirrors.md."
        case .entryDiffers, .fileDiffers, .checkpointDiffers, .entryMissing, .fileDeleted:
            "One of the two was changed. Keep both as they are and compare them: gatehouse audit verify."
        }
    }
}
