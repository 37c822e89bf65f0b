import GatehouseCore

/// Compares, at the start, what the three memories of the log say: the table of entries, the checkpoint that the database
/// recorded, the folder with its checkpoint and tiles. Decides; reads and writes nothing.
struct LogStateMachine: Sendable, Hashable {
    /// What stands where a checkpoint belongs.
    enum Memory: Sendable, Hashable {
        case nothing
        case checkpoint(Checkpoint)
        /// Not a checkpoint, or a changed one: why.
        case damaged(String)
        /// Signed, but not by us: by whom.
        case foreign(String)
    }

    /// What the tiles come to at the size of the newest checkpoint.
    enum Tiles: Sendable, Hashable {
        case root(TreeHash)
        /// One is missing or damaged: which.
        case unreadable(String)
    }

    enum Place: String, Sendable {
        case database = "the database's last checkpoint"
        case folder = "the file 'checkpoint' of the audit folder"
    }

    /// What to do next.
    enum Decision: Sendable, Hashable {
        /// Nothing was ever signed: sign the empty tree.
        case begin
        /// All agree up to this checkpoint. What the table has beyond it waits to be integrated.
        case proceed(from: Checkpoint, steps: Set<Step>)
        case refuse(Disagreement)
    }

    /// What a crash or a lost folder left undone, and the database can make good.
    enum Step: Sendable, Hashable {
        /// A crash came after the checkpoint was recorded and before it was published; or the file was lost.
        case publish
        /// The folder is ahead of the database's record, and the table has all its entries.
        case record
        /// Tiles are missing or damaged: write them again, if the table still comes to the signed root.
        case rebuild
    }

    /// The cases in which nothing more may be appended, because it would make a second history.
    enum Disagreement: Sendable, Hashable {
        /// The table has fewer entries than were signed: an old copy of the database was restored.
        case tableBehindCheckpoint(entries: Int64, signed: Int64)
        /// Two signed checkpoints of one size: there are two histories already.
        case checkpointsFork(size: Int64)
        /// The table no longer comes to what was signed; the first entry that differs from the tiles, where they tell.
        case entriesDiffer(sequence: Int64?, signed: Int64)
        case checkpointDamaged(Place, String)
        case signatureForeign(Place, String)
        /// There are tiles but no checkpoint in either place.
        case checkpointMissing
    }

    let entries: Int64
    let recorded: Memory
    let published: Memory
    let hasTiles: Bool

    /// The checkpoint that everything is compared with, or why there is none.
    enum Reference: Sendable, Hashable {
        case none
        case checkpoint(Checkpoint, steps: Set<Step>)
        case disagreement(Disagreement)
    }

    var reference: Reference {
        for (place, memory) in [(Place.database, recorded), (.folder, published)] {
            switch memory {
            case .nothing, .checkpoint: continue
            case .damaged(let why): return .disagreement(.checkpointDamaged(place, why))
            case .foreign(let signer): return .disagreement(.signatureForeign(place, signer))
            }
        }
        switch (recorded.checkpoint, published.checkpoint) {
        case (nil, nil): return hasTiles ? .disagreement(.checkpointMissing) : .none
        case (let recorded?, nil): return .checkpoint(recorded, steps: [.publish])
        case (nil, let published?): return .checkpoint(published, steps: [.record])
        case (let recorded?, let published?):
            if recorded.size == published.size {
                return recorded.root == published.root
                    ? .checkpoint(recorded, steps: []) : .disagreement(.checkpointsFork(size: recorded.size))
            }
            return recorded.size > published.size
                ? .checkpoint(recorded, steps: [.publish]) : .checkpoint(published, steps: [.record])
        }
    }

    /// `tiles` is asked for at the size of the reference, and only when it is needed.
    func decide(tiles: (Checkpoint) -> Tiles) -> Decision {
        switch reference {
        case .none: return .begin
        case .disagreement(let disagreement): return .refuse(disagreement)
        case .checkpoint(let checkpoint, let undone):
            guard entries >= checkpoint.size else {
                return .refuse(.tableBehindCheckpoint(entries: entries, signed: checkpoint.size))
            }
            var steps = undone
            if tiles(checkpoint) != .root(checkpoint.root) { steps.insert(.rebuild) }
            return .proceed(from: checkpoint, steps: steps)
        }
    }
}

extension LogStateMachine.Memory {
    var checkpoint: Checkpoint? {
        switch self {
        case .checkpoint(let checkpoint): checkpoint
        case .nothing, .damaged, .foreign: nil
        }
    }
}
