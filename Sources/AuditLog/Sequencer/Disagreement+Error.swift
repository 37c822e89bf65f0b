import GatehouseCore

extension LogStateMachine.Disagreement {
    /// The case's name, which docs/audit-log.md explains.
    var name: String {
        switch self {
        case .tableBehindCheckpoint: "table-behind-checkpoint"
        case .checkpointsFork: "checkpoints-fork"
        case .entriesDiffer: "entries-differ"
        case .checkpointDamaged: "checkpoint-damaged"
        case .signatureForeign: "signature-foreign"
        case .checkpointMissing: "checkpoint-missing"
        }
    }

    var error: GatehouseError {
        GatehouseError(
            .integrity, "The audit log is not continued (\(name)): \(what).", hint: way,
            details: ["docs/audit-log.md explains '\(name)' and the ways out; nothing was changed"])
    }

    private var what: String {
        switch self {
        case .tableBehindCheckpoint(let entries, let signed):
            "the database has \(entries) entries, but \(signed) were signed and published"
        case .checkpointsFork(let size):
            "the database and the audit folder hold two different signed checkpoints of size \(size)"
        case .entriesDiffer(let sequence?, let signed):
            "entry \(sequence) of the database is not the one that is under the checkpoint of size \(signed)"
        case .entriesDiffer(nil, let signed):
            "the database's entries do not come to the root that was signed at size \(signed)"
        case .checkpointDamaged(let place, let why): "\(place.rawValue) cannot be read: \(why)"
        case .signatureForeign(let place, let signer): "\(place.rawValue) is signed by \(signer), not by this server's key"
        case .checkpointMissing: "the audit folder has tiles, but there is no checkpoint in it nor in the database"
        }
    }

    private var way: String {
        switch self {
        case .tableBehindCheckpoint:
            "An old copy of the database was restored: restore one at least as new as the audit folder. Appending now would make a second history."
        case .checkpointsFork, .checkpointMissing:
            "Restore the database and the audit folder from one backup, and compare with a mirror or a receipt."
        case .entriesDiffer:
            "The database was changed: restore a backup, and run 'gatehouse audit verify' on it before the start."
        case .checkpointDamaged(.folder, _):
            "Restore the file from a mirror or a backup."
        case .checkpointDamaged(.database, _): "Restore the database from a backup."
        case .signatureForeign:
            "Restore the files 'key' and 'key.pub' of the audit folder that belong to this log; a lost key cannot be made again."
        }
    }
}
