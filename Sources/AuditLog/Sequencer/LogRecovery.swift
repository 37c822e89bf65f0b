package import GatehouseCore
package import Storage

/// The way out of a refused start, where there is one that neither loses nor hides an entry: what was signed stays the log, and
/// a new entry says what was put right. Refuses every other case. For a stopped server.
package struct LogRecovery: Sendable {
    package enum Plan: Sendable, Hashable {
        /// The memories agree, or a start repairs what is missing.
        case notNeeded
        /// The table is older than the log: its last entries come back from the signed tiles.
        case putBack(first: Int64, last: Int64)
        /// The published checkpoint is damaged: the database's is published again.
        case publishAgain(size: Int64)
    }

    private let opening: LogOpening
    private var store: any SQLStore { opening.store }
    private var directory: TileDirectory { opening.directory }

    /// Fails with `notFound` without the log's key: what is put right has to be signed.
    package init(store: any SQLStore, directory: TileDirectory, now: @escaping @Sendable () -> Timestamp) throws {
        guard let key = try LogKeyFiles(directory: directory).secret(LogKeyFiles.secretName) else {
            throw GatehouseError(
                .notFound, "There is no key in '\(directory.path)'.",
                hint: "A log without its key is not put right here: docs/audit-log.md names the ways out of 'key-missing'.")
        }
        opening = LogOpening(store: store, directory: directory, signers: [key], origin: key.verifier.name, now: now)
    }

    /// What would be done; changes nothing. Fails with `integrity` and the name of the case where nothing can be done that
    /// would not hide something.
    package func plan() async throws -> Plan {
        let machine = try await opening.memories().machine
        switch machine.decide(tiles: { opening.tilesRoot($0.size) }) {
        case .begin, .proceed: return .notNeeded
        case .refuse(.tableBehindCheckpoint(let entries, let signed)):
            try requireSignedTiles()
            try await requireSame(upTo: entries, treeSize: signed)
            try opening.compareRoot(machine.recorded)
            return .putBack(first: entries + 1, last: signed)
        case .refuse(.checkpointDamaged(.folder, let why)):
            guard let recorded = machine.recorded.checkpoint else {
                throw LogStateMachine.Disagreement.checkpointDamaged(.folder, why).error
            }
            // The damaged one may have been of a larger tree than the database knows of.
            let held = try directory.entryCount()
            guard held <= machine.entries else {
                throw LogStateMachine.Disagreement.tableBehindCheckpoint(entries: machine.entries, signed: held).error
            }
            try await requireSame(upTo: min(held, machine.entries), treeSize: held)
            return .publishAgain(size: recorded.size)
        case .refuse(let disagreement): throw disagreement.error
        }
    }

    /// The entries that a plan puts back, from the first of them on.
    package func entries(of plan: Plan, limit: Int) throws -> [AuditLeaf] {
        guard case .putBack(let first, let last) = plan else { return [] }
        return try (first...last).prefix(limit).map {
            try AuditLeaf(canonicalBytes: try directory.entry($0 - 1, treeSize: last))
        }
    }

    /// Does what `plan` says, appends the entry about it, and signs. Returns that entry's sequence; nil when nothing was needed.
    package func carryOut(_ plan: Plan, by principal: Principal, id: String) async throws -> Int64? {
        let (directory, now) = (directory, opening.now())
        func draft(_ facts: [String: JSONValue]) -> AuditDraft {
            AuditDraft(id: id, time: now, principal: principal, action: .auditRecovered, facts: .object(facts))
        }
        let sequence: Int64
        switch plan {
        case .notNeeded: return nil
        case .putBack(let first, let last):
            let record = draft(["case": "table-behind-checkpoint", "first": .integer(first), "last": .integer(last)])
            sequence = try await store.write { tx in
                for index in (first - 1) >> Int64(TilePath.levelBits)...(last - 1) >> Int64(TilePath.levelBits) {
                    for bytes in try directory.bundle(index, treeSize: last) {
                        let leaf = try AuditLeaf(canonicalBytes: bytes)
                        if leaf.sequence >= first { try tx.insert(leaf) }
                    }
                }
                try tx.execute("UPDATE audit_counter SET last = \(last) WHERE id = 1")
                return try tx.append(record).sequence
            }
        case .publishAgain(let size):
            guard let recorded = try await store.read({ tx in try tx.lastCheckpoint() }), recorded.size == size else {
                throw LogStateMachine.Disagreement.checkpointMissing.error
            }
            // The damaged file is evidence.
            if let damaged = try directory.files.read(TileDirectory.checkpointName, bytesMax: SignedNote.bytesMax) {
                try directory.files.write([(path: Self.damagedName, bytes: damaged)])
            }
            let record = draft(["case": "checkpoint-damaged", "size": .integer(size)])
            sequence = try await store.write { tx in try tx.append(record).sequence }
            try directory.publish(try SignedNote(parsing: recorded.note))
        }
        var integrator = try await opening.open()
        while try await integrator.integrate() > 0 {}
        return sequence
    }

    package static let damagedName = "checkpoint.damaged"

    // MARK: - What has to hold

    /// Every entry and tile leads to the published root, under the log's key.
    private func requireSignedTiles() throws {
        let verdict = try TileVerification(directory: directory, key: opening.signers.first?.verifier).run().verdict
        guard verdict.isSound, verdict.signature == .valid else {
            let first = verdict.findings.first.map { "\($0.name) \($0.what)" } ?? "its signature is not valid"
            throw GatehouseError(
                .integrity, "Nothing is put back: the audit folder does not hold either (\(first)).",
                hint: "Restore the database and the audit folder from one backup, or the folder from a mirror.")
        }
    }

    /// The table's first entries are those of the tree.
    private func requireSame(upTo end: Int64, treeSize: Int64) async throws {
        var (index, bundle): (Int64, [[UInt8]]) = (-1, [])
        try await opening.eachPage(from: 0, to: end) { row in
            let at = row.sequence - 1
            if at >> Int64(TilePath.levelBits) != index {
                index = at >> Int64(TilePath.levelBits)
                bundle = try directory.bundle(index, treeSize: treeSize)
            }
            guard bundle[Int(at & Int64(TilePath.widthMax - 1))] == row.body else {
                throw LogStateMachine.Disagreement.entriesDiffer(sequence: row.sequence, signed: treeSize).error
            }
        }
    }
}

extension TileDirectory {
    /// How many entries the bundles hold, under a checkpoint or not yet.
    func entryCount() throws(GatehouseError) -> Int64 {
        var count: Int64 = 0
        for path in try partials() where path.content == .entries {
            count = max(count, path.index << Int64(TilePath.levelBits) + Int64(path.width))
        }
        var full = try bundleCount()
        while full > 0, try files.read(TilePath(.entries, index: full - 1).text, bytesMax: EntryBundle.bytesMax) == nil {
            full -= 1
        }
        return max(count, full << Int64(TilePath.levelBits))
    }
}
