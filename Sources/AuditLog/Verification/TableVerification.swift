import GatehouseCore
package import Storage

/// Compares the database's table with the signed tree: every entry's bytes, their order, what was removed or added.
package struct TableVerification: Sendable {
    static let pageMax = 1000
    /// Pages that are read at the same time: the store lets few reads share a thread, and each core should have one.
    static let pagesAtOnce = 4
    /// Pages read ahead of the one that is looked at next.
    static let pagesAheadMax = 16

    let store: any SQLStore
    let key: NoteVerifier?

    package init(store: any SQLStore, key: NoteVerifier?) {
        self.store = store
        self.key = key
    }

    /// Adds to the verdict on the files. `leaves` are the hashes of the entries in the files, nil where they are unreadable.
    package func run(_ verdict: inout LogVerdict, leaves: [TreeHash?]) async throws {
        try await recorded(&verdict)
        let extent = try await store.read { tx in try tx.auditExtent() }
        let signed = verdict.checkpoint?.size ?? 0
        var walk = Walk(signed: signed, leaves: leaves, verdict: verdict)
        do {
            try await look(at: extent, &walk)
        } catch let error as GatehouseError where error.code == .integrity {
            // The database itself is damaged: what stands behind cannot be told.
            walk.verdict.add(
                LogFinding(.entry(walk.next), "of the database, or one behind it, cannot be read: \(error.message)"))
            verdict = walk.verdict
            return
        }
        verdict = walk.verdict
        let (next, end) = (walk.next, max(signed, extent.counted))
        if next <= end { verdict.add(Walk.missing(next, end, signed)) }
        if extent.counted < next - 1 {
            verdict.add(LogFinding(.entry(next - 1), "is beyond the counter of the database, which stands at \(extent.counted)"))
        }
        verdict.unsigned = max(0, next - 1 - signed)
    }

    /// Looks at all rows in order. A table without gaps is read by several threads.
    private func look(at extent: AuditExtent, _ walk: inout Walk) async throws {
        let sound = try await store.read { tx in try tx.soundRows() }
        guard extent.isWhole else {
            var after = Int64.min
            while true {
                let page = try await self.page(after: after, sound)
                guard let last = page.last else { return }
                walk.take(page)
                after = last.sequence
            }
        }
        let count = Int((extent.rows + Int64(Self.pageMax) - 1) / Int64(Self.pageMax))
        try await withThrowingTaskGroup(of: (Int, [CheckedEntry]).self) { group in
            var (asked, taken) = (0, 0)
            var early: [Int: [CheckedEntry]] = [:]
            while taken < count {
                while asked < count, asked - taken < Self.pagesAheadMax, asked - taken - early.count < Self.pagesAtOnce {
                    group.addTask { [asked] in (asked, try await self.page(after: Int64(asked) * Int64(Self.pageMax), sound)) }
                    asked += 1
                }
                guard let (number, page) = try await group.next() else { break }
                early[number] = page
                while let page = early.removeValue(forKey: taken) {
                    walk.take(page)
                    taken += 1
                }
            }
        }
    }

    private func page(after: Int64, _ sound: SoundRows) async throws -> [CheckedEntry] {
        try await store.read { tx in try tx.checkedEntries(after: after, limit: Self.pageMax, sound) }
    }

    private func recorded(_ verdict: inout LogVerdict) async throws {
        guard let recorded = try await store.read({ tx in try tx.lastCheckpoint() }) else {
            if verdict.checkpoint != nil { verdict.add(LogFinding(.recordedCheckpoint, "is missing")) }
            return
        }
        do {
            let note = try SignedNote(parsing: recorded.note)
            let checkpoint = try Checkpoint(note)
            if let key, !key.verifies(note) { verdict.add(LogFinding(.recordedCheckpoint, "is not signed by \(key.vkey)")) }
            guard let published = verdict.checkpoint else { return }
            if checkpoint.size < published.size {
                verdict.add(
                    LogFinding(
                        .recordedCheckpoint,
                        "is of size \(checkpoint.size), but \(published.size) is published: an old copy of the database?"))
            } else if checkpoint.size == published.size, checkpoint.root != published.root {
                verdict.add(LogFinding(.recordedCheckpoint, "has another root than the published one of the same size"))
            }
        } catch {
            guard error.code == .invalidArgument else { throw error }
            verdict.add(LogFinding(.recordedCheckpoint, "cannot be read: \(error.message)"))
        }
    }
}

/// The rows seen so far, in order.
private struct Walk {
    let signed: Int64
    let leaves: [TreeHash?]
    var verdict: LogVerdict
    /// The sequence that the next row should have.
    var next: Int64 = 1

    init(signed: Int64, leaves: [TreeHash?], verdict: LogVerdict) {
        self.signed = signed
        self.leaves = leaves
        self.verdict = verdict
    }

    mutating func take(_ page: [CheckedEntry]) {
        for row in page {
            if row.sequence > next { verdict.add(Self.missing(next, row.sequence - 1, signed)) }
            compare(row)
            next = max(next, row.sequence + 1)
        }
    }

    private mutating func compare(_ row: CheckedEntry) {
        if let damage = row.damage { verdict.add(LogFinding(.entry(row.sequence), "of the database: \(damage)")) }
        guard row.sequence >= 1, row.sequence <= Int64(leaves.count), let leaf = leaves[Int(row.sequence) - 1],
            let stored = row.leaf, leaf != stored
        else { return }
        verdict.add(LogFinding(.entry(row.sequence), "of the database is not the one in the tree"))
    }

    static func missing(_ first: Int64, _ last: Int64, _ signed: Int64) -> LogFinding {
        let what = first <= signed ? "but under the signed root" : "though it was counted"
        return LogFinding(
            .entry(first),
            first == last
                ? "is missing from the database, \(what)" : "and all up to entry \(last) are missing from the database, \(what)")
    }
}
