import GatehouseCore
import Storage

/// A row of the table, read and checked in itself.
struct CheckedEntry: Sendable {
    let sequence: Int64
    /// Of the bytes as they are stored; nil where there are none.
    let leaf: TreeHash?
    /// What is wrong within the row, or with the words beside it; nil when nothing is.
    let damage: String?
}

/// How far the table reaches.
struct AuditExtent: Sendable {
    let rows: Int64
    let first: Int64
    let last: Int64
    /// What the counter says.
    let counted: Int64

    /// Every number from 1 to the last is there, once.
    var isWhole: Bool { rows == 0 || first == 1 && last == rows }
}

extension SQLTransaction {
    func auditExtent() throws -> AuditExtent {
        let counted = try auditEntryCount()
        let found = try first(
            "SELECT COUNT(*) AS total, COALESCE(MIN(sequence), 0) AS lowest, COALESCE(MAX(sequence), 0) AS highest FROM audit_entry"
        ) {
            AuditExtent(
                rows: try $0.integer("total"), first: try $0.integer("lowest"), last: try $0.integer("highest"), counted: counted)
        }
        return found ?? AuditExtent(rows: 0, first: 0, last: 0, counted: counted)
    }

    /// A page of rows in order, each with what is wrong with it: the bytes, the hash and the columns stored with them, the
    /// names and texts that the bytes commit to.
    func checkedEntries(after: Int64, limit: Int, _ sound: SoundRows) throws -> [CheckedEntry] {
        let found = try rows("SELECT * FROM audit_entry WHERE sequence > \(after) ORDER BY sequence LIMIT \(limit)") {
            (sequence: try $0.integer("sequence"), row: $0)
        }
        guard let last = found.last?.sequence else { return [] }
        // A text that cannot be read is found with its entry.
        let texts = try? saltedTexts(after: after, upTo: last)
        return try found.map { sequence, row in
            guard case .bytes(let body) = try row.value("body") else {
                return CheckedEntry(sequence: sequence, leaf: nil, damage: "its body is not bytes any more")
            }
            let leaf = TreeHash.leaf(body)
            if case .bytes(let stored) = try row.value("leaf_hash"), TreeHash(bytes: stored) == leaf, let texts,
                sound.hold(row, body, texts: texts[sequence])
            {
                return CheckedEntry(sequence: sequence, leaf: leaf, damage: nil)
            }
            return CheckedEntry(sequence: sequence, leaf: leaf, damage: try damage(of: row))
        }
    }

    /// What is wrong with a row in itself, or with the words beside it; nil when nothing is.
    private func damage(of row: SQLRow) throws -> String? {
        switch Self.leaf(row) {
        case .failure(let error): return error.message
        case .success(let leaf):
            do {
                _ = try entries([leaf])
                return nil
            } catch let error as GatehouseError where error.code == .integrity || error.code == .internalFailure {
                return error.message
            }
        }
    }

    private static func leaf(_ row: SQLRow) -> Result<AuditLeaf, GatehouseError> {
        do {
            return .success(try AuditLeaf(row: row))
        } catch let error as GatehouseError {
            return .failure(error)
        } catch {
            return .failure(AuditLeaf.damaged("cannot be read"))
        }
    }
}
