package import GatehouseCore
package import Storage

extension AuditBundle {
    /// What proves entries of a bundle: one signed checkpoint and the tree behind it.
    package struct Proofs: Sendable {
        package let origin: String
        package let vkey: String
        /// Nil while nothing was signed yet.
        package let note: SignedNote?
        package let size: Int64
        private let paths: @Sendable (_ indices: [Int64], _ size: Int64) throws -> [[TreeHash]]

        /// `paths` gives the inclusion proofs of leaves, counted from 0, in the tree of that size.
        package init(
            origin: String, vkey: String, note: SignedNote?,
            paths: @escaping @Sendable (_ indices: [Int64], _ size: Int64) throws -> [[TreeHash]]
        ) throws {
            self.init(
                origin: origin, vkey: vkey, note: note, size: try note.map { try Checkpoint($0).size } ?? 0, paths: paths)
        }

        package func header(at now: Timestamp, selection: JSONValue, hasTexts: Bool) -> Header {
            Header(
                origin: origin, vkey: vkey, checkpoint: note?.serialized, exportedAt: now, selection: selection,
                hasTexts: hasTexts)
        }

        /// The same tree when it was smaller. Fails with `invalidArgument` when it never had that size.
        package func earlier(_ size: Int64) throws -> Proofs {
            guard (0...self.size).contains(size) else {
                throw GatehouseError(
                    .invalidArgument, "The log has signed \(self.size) entries; there is no tree of \(size).",
                    hint: "Begin the export again.")
            }
            return Proofs(origin: origin, vkey: vkey, note: nil, size: size, paths: paths)
        }

        private init(
            origin: String, vkey: String, note: SignedNote?, size: Int64,
            paths: @escaping @Sendable (_ indices: [Int64], _ size: Int64) throws -> [[TreeHash]]
        ) {
            self.origin = origin
            self.vkey = vkey
            self.note = note
            self.size = size
            self.paths = paths
        }

        /// By entry; those that the checkpoint does not cover have none.
        func proofs(of sequences: [Int64]) throws -> [Int64: [TreeHash]] {
            let covered = sequences.filter { $0 <= size }
            guard !covered.isEmpty else { return [:] }
            return Dictionary(zip(covered, try paths(covered.map { $0 - 1 }, size))) { first, _ in first }
        }
    }
}

extension SQLTransaction {
    /// Entries with their salts and proofs, as a bundle holds them.
    package func bundled(
        _ entries: [AuditEntry], proofs: AuditBundle.Proofs, withTexts: Bool
    ) throws -> [AuditBundle.Entry] {
        let words = withTexts ? try words(of: entries.map(\.leaf)) : AuditWords()
        let found = try proofs.proofs(of: entries.map(\.sequence))
        return entries.map {
            AuditBundle.Entry(leaf: $0.leaf, words: words.part(of: $0.leaf), proof: found[$0.sequence])
        }
    }
}

extension AuditWords {
    /// Those that one entry needs.
    fileprivate func part(of leaf: AuditLeaf) -> AuditWords {
        var part = AuditWords()
        for reference in [leaf.principal] + leaf.people.values { part.people[reference.text] = people[reference.text] }
        part.texts[leaf.sequence] = texts[leaf.sequence]
        return part
    }
}
