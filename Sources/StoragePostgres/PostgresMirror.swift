package import AuditLog
import GatehouseCore
import Storage

/// A mirror of the audit log in a table that this program may add to and nothing else (`PostgresMirrorSchema`).
package struct PostgresMirror: AuditMirror {
    static let rowsPerPage: Int64 = 2000
    /// Values of one INSERT; three per entry.
    static let bytesPerCallMax = 4 * 1024 * 1024

    private let session: PostgresSession

    package init(_ session: PostgresSession) { self.session = session }

    package var name: MirrorName { MirrorName(.postgres, place: session.address.description) }
    package var rest: Duration { .zero }

    /// Compares every entry with the log. PostgreSQL computes the hashes from the bytes it holds, so what is compared is what
    /// is there and not what was once said about it.
    package func look(at log: MirroredLog) async throws -> MirrorLook {
        let (warnings, size, count, promised) = try await session.transaction { tx in
            let warnings = try Self.warnings(tx)
            let found = try tx.first(
                """
                SELECT COALESCE(MAX(sequence), 0) AS size, COUNT(*) AS count,
                    (SELECT COALESCE(MAX(size), 0) FROM gatehouse_audit.checkpoint) AS promised FROM gatehouse_audit.entry
                """
            ) { (try $0.integer("size"), try $0.integer("count"), try $0.integer("promised")) }
            return (warnings, found?.0 ?? 0, found?.1 ?? 0, found?.2 ?? 0)
        }
        let logSize = try log.size()
        guard max(size, promised) <= logSize else { throw MirrorAlarm.ahead(mirror: max(size, promised), log: logSize) }
        var at: Int64 = 0
        while at < size {
            try Task.checkCancellation()
            at = try await compare(after: at, until: size, in: log, logSize: logSize)
        }
        // A checkpoint came with its last entry, so entries below one were there.
        guard count == size, promised <= size else { throw MirrorAlarm.entryMissing(sequence: size + 1) }
        return MirrorLook(held: size, warnings: warnings)
    }

    private func compare(after: Int64, until: Int64, in log: MirroredLog, logSize: Int64) async throws -> Int64 {
        let end = min(until, after + Self.rowsPerPage)
        let found = try await session.transaction { tx in
            try tx.rows(
                """
                SELECT sequence, sha256(decode('00', 'hex') || body) AS hash FROM gatehouse_audit.entry
                WHERE sequence > \(after) AND sequence <= \(end) ORDER BY sequence
                """
            ) { (sequence: try $0.integer("sequence"), hash: try $0.bytes("hash")) }
        }
        var hashes = log.hashes(treeSize: logSize)
        var expected = after + 1
        for row in found {
            guard row.sequence == expected else { throw MirrorAlarm.entryMissing(sequence: expected) }
            guard try hashes.leaf(row.sequence - 1).bytes == row.hash else {
                throw MirrorAlarm.entryDiffers(sequence: row.sequence)
            }
            expected += 1
        }
        guard expected == end + 1 else { throw MirrorAlarm.entryMissing(sequence: expected) }
        return end
    }

    package func advance(from held: Int64, in log: MirroredLog) async throws -> Int64 {
        guard let published = try log.published(), held < published.checkpoint.size else { return held }
        var entries: [MirroredLog.Entry] = []
        var bytesCount = 0
        for entry in try log.entries(after: held, treeSize: published.checkpoint.size) {
            bytesCount += entry.bytes.count
            guard entries.isEmpty || bytesCount <= Self.bytesPerCallMax else { break }
            entries.append(entry)
        }
        guard let last = entries.last else { return held }
        let batch = entries
        try await session.transaction { tx in
            try Self.add(batch, tx)
            // With the checkpoint the rows can be checked without this program; one per catch-up is enough for that.
            if last.sequence == published.checkpoint.size { try Self.add(published, tx) }
        }
        return last.sequence
    }

    private static func add(_ entries: [MirroredLog.Entry], _ tx: PostgresTransaction) throws {
        let values = entries.map { entry -> SQLStatement in
            "(\(entry.sequence), \(entry.bytes), \(entry.hash.bytes))"
        }
        let inserted = try tx.rows(
            """
            INSERT INTO gatehouse_audit.entry (sequence, body, leaf_hash) VALUES \(SQLStatement.joined(values, by: ", "))
            ON CONFLICT (sequence) DO NOTHING RETURNING sequence
            """
        ) { try $0.integer("sequence") }
        guard inserted.count < entries.count else { return }
        // Sent before, and the answer got lost: the same bytes must be there. Else the transaction is taken back.
        let new = Set(inserted)
        for entry in entries where !new.contains(entry.sequence) {
            let there = try tx.first("SELECT body FROM gatehouse_audit.entry WHERE sequence = \(entry.sequence)") {
                try $0.bytes("body")
            }
            guard there == entry.bytes else { throw MirrorAlarm.entryDiffers(sequence: entry.sequence) }
        }
    }

    /// The first note of a size stays; later ones differ in cosignatures at most, or are caught by their text.
    private static func add(_ published: MirroredLog.Published, _ tx: PostgresTransaction) throws {
        let checkpoint = published.checkpoint
        try tx.execute(
            """
            INSERT INTO gatehouse_audit.checkpoint (size, root, note)
            VALUES (\(checkpoint.size), \(checkpoint.root.bytes), \(published.note.serialized)) ON CONFLICT (size) DO NOTHING
            """)
        let root = try tx.first("SELECT root FROM gatehouse_audit.checkpoint WHERE size = \(checkpoint.size)") {
            try $0.bytes("root")
        }
        guard root == checkpoint.root.bytes else { throw MirrorAlarm.checkpointDiffers(size: checkpoint.size) }
    }

    /// What would let this role change what it once wrote.
    private static func warnings(_ tx: PostgresTransaction) throws -> [String] {
        var warnings: [String] = []
        let rights = try tx.first(
            """
            SELECT rolsuper AS super, has_table_privilege('gatehouse_audit.entry', 'UPDATE, DELETE, TRUNCATE') AS may_change,
                pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = 'gatehouse_audit.entry'::regclass), 'USAGE')
                    AS owns,
                (SELECT COUNT(*) FROM pg_trigger WHERE tgrelid = 'gatehouse_audit.entry'::regclass AND NOT tgisinternal
                    AND tgenabled = 'A') AS triggers
            FROM pg_roles WHERE rolname = current_user
            """
        ) { (try $0.bool("super"), try $0.bool("may_change"), try $0.bool("owns"), try $0.integer("triggers")) }
        guard let rights else { return ["The role's rights cannot be read."] }
        if rights.0 { warnings.append("The role is a superuser: nothing keeps it from changing the mirror.") }
        if rights.2, !rights.0 { warnings.append("The role owns the table: it could take the triggers away.") }
        if rights.1, !rights.0, !rights.2 { warnings.append("The role may change or delete rows.") }
        if rights.3 < PostgresMirrorSchema.triggersCount {
            warnings.append("The triggers against changes are missing or off: see gatehouse audit mirror-ddl.")
        }
        return warnings
    }

    package func close() async { await session.close() }
}
