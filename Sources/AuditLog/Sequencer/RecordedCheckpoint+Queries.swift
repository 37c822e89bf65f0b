import GatehouseCore
import Storage

/// A checkpoint as the database keeps it: the second place that remembers what was signed.
struct RecordedCheckpoint: Sendable, Hashable {
    /// Counts the checkpoints from 1.
    let number: Int64
    let size: Int64
    let note: String
    /// The number of the writer that recorded it.
    let fence: Int64
}

/// An entry as its row has it, not looked at yet.
struct StoredEntry: Sendable, Hashable {
    let sequence: Int64
    let body: [UInt8]
    let leafHash: [UInt8]
}

extension SQLTransaction {
    func lastCheckpoint() throws -> RecordedCheckpoint? {
        try first("SELECT number, size, note, fence FROM audit_checkpoint ORDER BY number DESC LIMIT 1") {
            RecordedCheckpoint(
                number: try $0.integer("number"), size: try $0.integer("size"), note: try $0.text("note"),
                fence: try $0.integer("fence"))
        }
    }

    /// Makes the caller the one writer of the tree: whoever was it before can record nothing any more.
    func takeFence() throws -> Int64 {
        let fence = try first("UPDATE audit_writer SET fence = fence + 1 WHERE id = 1 RETURNING fence") {
            try $0.integer("fence")
        }
        guard let fence else { throw GatehouseError(.internalFailure, "The audit log has no writer; migrations did not run.") }
        return fence
    }

    /// Records a signed checkpoint behind the one numbered `after`. Fails with `conflict` when another writer came in between.
    func record(
        _ checkpoint: Checkpoint, _ note: SignedNote, after number: Int64, fence: Int64, at now: Timestamp
    ) throws {
        let current = try first("SELECT fence FROM audit_writer WHERE id = 1") { try $0.integer("fence") }
        guard current == fence, try lastCheckpoint()?.number ?? 0 == number else {
            throw GatehouseError(
                .conflict, "Another server writes the audit log of this database.",
                hint: "Only one server may run on a database: stop the others.")
        }
        try execute(
            """
            INSERT INTO audit_checkpoint (number, size, root, note, fence, time)
            VALUES (\(number + 1), \(checkpoint.size), \(checkpoint.root.base64), \(note.serialized), \(fence), \(now))
            """)
    }

    /// Rows of entries in order, from the one behind `after`.
    func storedEntries(after: Int64, limit: Int) throws -> [StoredEntry] {
        try rows("SELECT sequence, body, leaf_hash FROM audit_entry WHERE sequence > \(after) ORDER BY sequence LIMIT \(limit)") {
            StoredEntry(sequence: try $0.integer("sequence"), body: try $0.bytes("body"), leafHash: try $0.bytes("leaf_hash"))
        }
    }
}
