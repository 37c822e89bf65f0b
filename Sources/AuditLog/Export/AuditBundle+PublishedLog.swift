extension AuditBundle.Proofs {
    /// Proofs from the published tiles, under the published checkpoint. Fails with `integrity` where a tile is damaged.
    package init(_ log: PublishedLog) throws {
        try self.init(origin: log.key.name, vkey: log.key.vkey, note: try log.directory.checkpoint()) { indices, size in
            try indices.map { try log.inclusionProof(of: $0, treeSize: size).hashes }
        }
    }
}
