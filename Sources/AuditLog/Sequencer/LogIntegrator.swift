import GatehouseCore
import Storage

/// Carries committed entries into the tree and signs it. A value with one owner: whoever holds the data folder's lock.
///
/// Order of the durable writes, each of which a crash may be the last: tiles, the checkpoint in the database, the checkpoint in
/// the folder, removal of outgrown partial tiles. Tiles follow from the table alone, so writing them again is harmless; a
/// checkpoint is a promise, so it is remembered in two places and never taken back.
package struct LogIntegrator: Sendable {
    /// Entries under one signature at most.
    package static let entriesMax = 4096
    static let pageMax = 512

    let store: any SQLStore
    let directory: TileDirectory
    let signers: [any NoteSigner]
    let now: @Sendable () -> Timestamp
    let fence: Int64

    private(set) var tree: GrowingTree
    private(set) var peaks: MerklePeaks
    package private(set) var checkpoint: Checkpoint
    private var number: Int64

    /// Starts from what is signed: `checkpoint` of `number`, whose tree the directory holds.
    init(
        store: any SQLStore, directory: TileDirectory, signers: [any NoteSigner], now: @escaping @Sendable () -> Timestamp,
        fence: Int64, checkpoint: Checkpoint, number: Int64
    ) throws {
        self.store = store
        self.directory = directory
        self.signers = signers
        self.now = now
        self.fence = fence
        self.checkpoint = checkpoint
        self.number = number
        tree = try GrowingTree(directory, size: checkpoint.size)
        var tiles = directory.hashes(treeSize: checkpoint.size)
        peaks = try MerklePeaks(&tiles)
        guard tree.root == checkpoint.root, peaks.root == checkpoint.root else {
            throw Self.mismatch("the tiles do not come to the signed root at size \(checkpoint.size)")
        }
    }

    /// Integrates up to `entriesMax` committed entries and publishes their checkpoint. Returns how many there were.
    /// Fails with `integrity`, before anything is signed, when stored bytes are not what they were; with `conflict` when another
    /// writer has taken over; with `unavailable` for disk and database, after which the integrator must be opened anew.
    package mutating func integrate() async throws -> Int {
        let entries = try await committed()
        guard !entries.isEmpty else { return 0 }
        let batch = tree.append(entries)
        try directory.write(batch.tiles)
        try readBack(batch, entries.map(\.leaf))
        try await publish()
        try directory.removePartials(of: batch.full)
        return entries.count
    }

    /// Signs the tree as it is, with all signers.
    mutating func publish() async throws {
        let next = Checkpoint(origin: checkpoint.origin, size: tree.size, root: tree.root)
        var note = try next.note()
        for signer in signers.reversed() { note = try await signer.signed(note) }
        let (signed, number, fence, now) = (note, number, fence, now)
        try await store.write { tx in try tx.record(next, signed, after: number, fence: fence, at: now()) }
        try directory.files.step(.recorded(size: next.size))
        try directory.publish(note)
        checkpoint = next
        self.number += 1
    }

    /// The next entries of the table, their hashes computed from the bytes as they are stored.
    private func committed() async throws -> [(bytes: [UInt8], leaf: TreeHash)] {
        var found: [(bytes: [UInt8], leaf: TreeHash)] = []
        while found.count < Self.entriesMax {
            let after = checkpoint.size + Int64(found.count)
            let page = try await store.read { tx in try tx.storedEntries(after: after, limit: Self.pageMax) }
            for (offset, row) in page.enumerated() {
                guard row.sequence == after + Int64(offset) + 1 else {
                    throw Self.mismatch("entry \(after + Int64(offset) + 1) is missing from the database")
                }
                let leaf = TreeHash.leaf(row.body)
                guard row.leafHash == leaf.bytes else {
                    throw Self.mismatch("entry \(row.sequence) does not match the hash it was stored with")
                }
                found.append((row.body, leaf))
            }
            guard page.count == Self.pageMax else { break }
        }
        return found
    }

    /// Reads what was just written, and computes the root again from it: one flipped bit under a signature cannot be taken back.
    private mutating func readBack(_ batch: GrowingTree.Batch, _ leaves: [TreeHash]) throws {
        var stored: [TreeHash] = []
        for (path, bytes) in batch.tiles {
            guard let there = try directory.tile(path), there == bytes else {
                throw Self.mismatch("the file '\(path.text)' does not hold what was written to it")
            }
            guard path.content == .entries else { continue }
            try EntryBundle.each(in: there, count: path.width) { stored.append(.leaf($0)) }
        }
        // The first bundle may begin with entries that are under the last checkpoint already.
        let new = stored.suffix(leaves.count)
        guard Array(new) == leaves else { throw Self.mismatch("the bundles of entries do not hold the database's entries") }
        for leaf in new { peaks.append(leaf) }
        var tiles = directory.hashes(treeSize: tree.size)
        guard try tiles.root() == tree.root, peaks.root == tree.root else {
            throw Self.mismatch("two ways to compute the root at size \(tree.size) disagree")
        }
        let proof = try tiles.consistencyProof(from: checkpoint.size)
        guard proof.proves(oldRoot: checkpoint.root, newRoot: tree.root) else {
            throw Self.mismatch("the tree at size \(tree.size) did not grow from the signed one of size \(checkpoint.size)")
        }
    }

    static func mismatch(_ what: String) -> GatehouseError {
        GatehouseError(
            .integrity, "The audit log is not signed any further: \(what).",
            hint: "Stop the server, and find what was changed: gatehouse audit verify DIR")
    }
}
