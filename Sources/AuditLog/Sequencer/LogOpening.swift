package import GatehouseCore
package import Storage

/// Opens the log at the start of a server: compares its memories, makes good what a crash left undone, refuses the rest.
package struct LogOpening: Sendable {
    /// Entries at the end of the signed tree that are compared with the table byte by byte. The rest is for `audit verify`: a
    /// start should not take longer as the log grows.
    static let comparedMax: Int64 = 4096

    let store: any SQLStore
    let directory: TileDirectory
    let signers: [any NoteSigner]
    let origin: String
    let now: @Sendable () -> Timestamp

    /// The first signer's key is that of the log, and names it.
    package init(
        store: any SQLStore, directory: TileDirectory, signers: [any NoteSigner], origin: String,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.store = store
        self.directory = directory
        self.signers = signers
        self.origin = origin
        self.now = now
    }

    /// Fails with `integrity` and the name of the case when the memories disagree in a way that time does not explain.
    package func open() async throws -> LogIntegrator {
        let (machine, last) = try await memories()
        let fence = try await store.write { tx in try tx.takeFence() }
        let number = last?.number ?? 0
        switch machine.decide(tiles: { tilesRoot($0.size) }) {
        case .refuse(let disagreement): throw disagreement.error
        case .begin:
            let empty = Checkpoint(origin: origin, size: 0, root: .emptyRoot)
            var integrator = try integrator(empty, number, fence)
            try await integrator.publish()
            return integrator
        case .proceed(let checkpoint, let steps):
            if steps.contains(.rebuild) { try await rebuild(checkpoint) }
            try await compareTail(checkpoint)
            for memory in [machine.recorded, machine.published] { try compareRoot(memory) }
            var integrator = try integrator(checkpoint, number, fence)
            // The same state signed again: for the place that misses it, or for a key that is new.
            if !steps.isDisjoint(with: [.publish, .record]) { try await integrator.publish() }
            return integrator
        }
    }

    private func integrator(_ checkpoint: Checkpoint, _ number: Int64, _ fence: Int64) throws -> LogIntegrator {
        try LogIntegrator(
            store: store, directory: directory, signers: signers, now: now, fence: fence, checkpoint: checkpoint, number: number)
    }

    // MARK: - What the memories say

    func memories() async throws -> (machine: LogStateMachine, recorded: RecordedCheckpoint?) {
        let facts = try await store.read { tx in (entries: try tx.auditEntryCount(), recorded: try tx.lastCheckpoint()) }
        let machine = LogStateMachine(
            entries: facts.entries, recorded: memory { try facts.recorded.map { try SignedNote(parsing: $0.note) } },
            published: memory { try directory.checkpoint() }, hasTiles: try directory.hasTiles())
        return (machine, facts.recorded)
    }

    private func memory(_ read: () throws -> SignedNote?) -> LogStateMachine.Memory {
        do {
            guard let note = try read() else { return .nothing }
            let checkpoint = try Checkpoint(note)
            guard checkpoint.origin == origin else { return .foreign("the log '\(checkpoint.origin)'") }
            guard signers.contains(where: { $0.verifier.verifies(note) }) else {
                let ours = signers.map(\.verifier)
                let isOurs = note.signatures.contains { line in ours.contains { $0.keyID == line.keyID && $0.name == line.name } }
                guard !isOurs else { return .damaged("its signature does not fit its text") }
                return .foreign(note.signatures.map { "\($0.name)+\(NoteVerifier.hex($0.keyID))" }.joined(separator: ", "))
            }
            return .checkpoint(checkpoint)
        } catch let error as GatehouseError {
            return .damaged(error.message)
        } catch {
            return .damaged("it cannot be read")
        }
    }

    func tilesRoot(_ size: Int64) -> LogStateMachine.Tiles {
        do {
            let tree = try GrowingTree(directory, size: size)
            var tiles = directory.hashes(treeSize: size)
            let root = try tiles.root()
            guard root == tree.root else { return .unreadable("the tiles of size \(size) contradict each other") }
            return .root(root)
        } catch {
            return .unreadable("\(error)")
        }
    }

    /// A smaller checkpoint must be of the same history as the one that everything else was compared with.
    func compareRoot(_ memory: LogStateMachine.Memory) throws {
        guard let checkpoint = memory.checkpoint else { return }
        var tiles = directory.hashes(treeSize: checkpoint.size)
        guard try tiles.root() == checkpoint.root else {
            throw LogStateMachine.Disagreement.checkpointsFork(size: checkpoint.size).error
        }
    }

    // MARK: - The table against the tree

    /// Fails with the first entry of the last `comparedMax` signed ones whose stored bytes are not those of the tree.
    private func compareTail(_ checkpoint: Checkpoint) async throws {
        var tiles = directory.hashes(treeSize: checkpoint.size)
        let start = max(0, checkpoint.size - Self.comparedMax)
        try await eachPage(from: start, to: checkpoint.size) { row in
            guard try TreeHash.leaf(row.body) == tiles.leaf(row.sequence - 1) else {
                throw LogStateMachine.Disagreement.entriesDiffer(sequence: row.sequence, signed: checkpoint.size).error
            }
        }
    }

    /// Writes the tiles again, from the table. First only in memory: tiles that contradict the table are evidence, and stay.
    private func rebuild(_ checkpoint: Checkpoint) async throws {
        var peaks = MerklePeaks()
        var firstDifference: Int64?
        var tiles = directory.hashes(treeSize: checkpoint.size)
        try await eachPage(from: 0, to: checkpoint.size) { row in
            let leaf = TreeHash.leaf(row.body)
            peaks.append(leaf)
            guard firstDifference == nil, let other = try? tiles.leaf(row.sequence - 1), other != leaf else { return }
            firstDifference = row.sequence
        }
        guard peaks.root == checkpoint.root else {
            throw LogStateMachine.Disagreement.entriesDiffer(sequence: firstDifference, signed: checkpoint.size).error
        }
        var tree = GrowingTree()
        var page: [(bytes: [UInt8], leaf: TreeHash)] = []
        try await eachPage(from: 0, to: checkpoint.size) { row in
            page.append((row.body, .leaf(row.body)))
            guard page.count == LogIntegrator.entriesMax || row.sequence == checkpoint.size else { return }
            try directory.write(tree.append(page).tiles)
            page = []
        }
    }

    /// Hands the rows of entries `start + 1` to `end` to `body`, in order. Fails when one is missing.
    func eachPage(from start: Int64, to end: Int64, _ body: (StoredEntry) throws -> Void) async throws {
        var after = start
        while after < end {
            let (from, limit) = (after, Int(min(Int64(LogIntegrator.pageMax), end - after)))
            let page = try await store.read { tx in try tx.storedEntries(after: from, limit: limit) }
            guard page.count == limit, page.last?.sequence == from + Int64(limit) else {
                throw LogStateMachine.Disagreement.entriesDiffer(sequence: from + 1, signed: end).error
            }
            for row in page { try body(row) }
            after += Int64(limit)
        }
    }
}
