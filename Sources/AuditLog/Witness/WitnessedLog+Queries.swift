import GatehouseCore
import Storage

/// The newest checkpoint of another log that this server cosigned.
struct WitnessedLog: Sendable, Hashable {
    let size: Int64
    let root: TreeHash

    /// A log that was never cosigned.
    static let nothing = WitnessedLog(size: 0, root: .emptyRoot)
}

extension SQLTransaction {
    func witnessedLog(origin: String) throws -> WitnessedLog {
        let found = try first("SELECT size, root FROM audit_witnessed_log WHERE origin = \(origin)") {
            (try $0.integer("size"), TreeHash(bytes: try $0.bytes("root")))
        }
        guard let found else { return .nothing }
        guard let root = found.1 else {
            throw GatehouseError(.integrity, "The root of the witnessed log '\(origin)' is not \(TreeHash.bytesCount) bytes.")
        }
        return WitnessedLog(size: found.0, root: root)
    }

    func witness(_ checkpoint: Checkpoint, note: SignedNote, at now: Timestamp) throws {
        try execute(
            """
            INSERT INTO audit_witnessed_log (origin, size, root, note, time)
            VALUES (\(checkpoint.origin), \(checkpoint.size), \(checkpoint.root.bytes), \(note.serialized), \(now))
            ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note, time = excluded.time
            """)
    }
}
