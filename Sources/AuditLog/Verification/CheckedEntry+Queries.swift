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
    func checkedEntries(after: Int64, limit: Int) throws -> [CheckedEntry] {
        let found = try rows("SELECT * FROM audit_entry WHERE sequence > \(after) ORDER BY sequence LIMIT \(limit)") {
            (sequence: try $0.integer("sequence"), body: try $0.value("body"), leaf: Self.leaf($0))
        }
        let wrong = try wrongWords(found.compactMap { try? $0.leaf.get() })
        return found.map { row in
            guard case .bytes(let body) = row.body else {
                return CheckedEntry(sequence: row.sequence, leaf: nil, damage: "its body is not bytes any more")
            }
            let damage =
                switch row.leaf {
                case .success: wrong[row.sequence]
                case .failure(let error): error.message
                }
            return CheckedEntry(sequence: row.sequence, leaf: .leaf(body), damage: damage)
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

    /// What is wrong with the words of some entries, by sequence. Looked at one by one only where there is something.
    private func wrongWords(_ leaves: [AuditLeaf]) throws -> [Int64: String] {
        var wrong: [Int64: String] = [:]
        do {
            _ = try entries(leaves)
        } catch let error as GatehouseError where error.code == .integrity || error.code == .internalFailure {
            for leaf in leaves {
                do {
                    _ = try entries([leaf])
                } catch let error as GatehouseError where error.code == .integrity || error.code == .internalFailure {
                    wrong[leaf.sequence] = error.message
                }
            }
        }
        return wrong
    }
}
