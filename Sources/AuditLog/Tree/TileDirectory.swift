package import GatehouseCore

/// A log as plain files (C2SP tlog-tiles): `checkpoint`, `tile/LEVEL/…`, `tile/entries/…`. Any web server can serve it, any
/// tool that knows the format can check it.
package struct TileDirectory: Sendable {
    static let checkpointName = "checkpoint"

    let files: DurableFiles

    package var path: String { files.root }

    package init(path: String) { files = DurableFiles(root: path) }

    init(files: DurableFiles) { self.files = files }

    /// The published checkpoint; nil before the first. Fails with `invalidArgument` when it is no signed note.
    package func checkpoint() throws(GatehouseError) -> SignedNote? {
        guard let bytes = try files.read(Self.checkpointName, bytesMax: SignedNote.bytesMax) else { return nil }
        return try SignedNote(parsing: bytes)
    }

    /// The bytes of a tile. A partial one that is gone is the start of the full one that took its place.
    /// Nil when there is neither.
    package func tile(_ path: TilePath) throws(GatehouseError) -> [UInt8]? {
        if let bytes = try files.read(path.text, bytesMax: path.bytesMax) { return bytes }
        guard !path.isFull, let bytes = try files.read(path.full.text, bytesMax: path.full.bytesMax) else { return nil }
        return try start(of: bytes, as: path, in: path.full)
    }

    /// What the tile `path` holds, out of the bytes of the same tile when it was as wide as `whole`.
    func start(of bytes: [UInt8], as path: TilePath, in whole: TilePath) throws(GatehouseError) -> [UInt8] {
        switch path.content {
        case .hashes: return Array(bytes.prefix(path.width * TreeHash.bytesCount))
        case .entries:
            let entries = try EntryBundle(parsing: bytes, count: whole.width).entries
            return EntryBundle(entries: Array(entries.prefix(path.width))).bytes
        }
    }

    /// The nodes of the tree of this size. Reading one fails with `integrity` where a tile is missing or damaged.
    package func hashes(treeSize: Int64) -> TileHashes {
        TileHashes(treeSize: treeSize) { path in
            guard let bytes = try tile(path) else { throw Self.missing(path) }
            return bytes
        }
    }

    /// The entry at `index` of a tree of this size. Fails with `integrity` when its bundle is missing or damaged.
    package func entry(_ index: Int64, treeSize: Int64) throws(GatehouseError) -> [UInt8] {
        guard index >= 0, index < treeSize else {
            throw GatehouseError(.notFound, "The log of \(treeSize) entries has none at index \(index).")
        }
        let entries = try bundle(index >> Int64(TilePath.levelBits), treeSize: treeSize)
        return entries[Int(index & Int64(TilePath.widthMax - 1))]
    }

    /// The entries of a bundle, as many as a tree of this size has in it. Fails with `integrity`.
    func bundle(_ index: Int64, treeSize: Int64) throws(GatehouseError) -> [[UInt8]] {
        guard let path = TilePath.at(.entries, index: index, treeSize: treeSize) else { return [] }
        guard let bytes = try tile(path) else { throw Self.missing(path) }
        return try EntryBundle(parsing: bytes, count: path.width).entries
    }

    /// Whether there is any tile: a log that was begun.
    func hasTiles() throws(GatehouseError) -> Bool { try files.names(in: "tile/entries").count > 0 }

    // MARK: - Writing

    func write(_ tiles: [(path: TilePath, bytes: [UInt8])]) throws {
        try files.write(tiles.map { (path: $0.path.text, bytes: $0.bytes) })
    }

    func publish(_ note: SignedNote) throws {
        try files.write([(path: Self.checkpointName, bytes: Array(note.serialized.utf8))])
    }

    /// Removes the partial forms of tiles that are full now. Readers of an older checkpoint find the full ones.
    func removePartials(of full: [TilePath]) throws {
        for path in full {
            let folder = path.folder + ".p"
            let names = try files.names(in: folder)
            guard !names.isEmpty else { continue }
            for name in names { try files.remove("\(folder)/\(name)") }
            try files.remove(folder)
        }
    }

    private static func missing(_ path: TilePath) -> GatehouseError {
        GatehouseError(
            .integrity, "The tile '\(path.text)' is missing from the audit folder.",
            hint: "A restart writes lost tiles again from the database; 'gatehouse audit verify DIR' says what is wrong.")
    }
}

extension TilePath {
    var bytesMax: Int {
        switch content {
        case .hashes: width * TreeHash.bytesCount
        case .entries: width * (2 + AuditLeaf.bytesMax)
        }
    }
}

extension TileDirectory {
    /// How many bundles of entries there are, full and partial: what a checkpoint's size is held against before it is believed.
    func bundleCount() throws(GatehouseError) -> Int64 { try count(in: "tile/entries", depth: 0) }

    /// The partial tiles that lie in the folder, whatever put them there.
    func partials() throws(GatehouseError) -> [TilePath] {
        var found: [TilePath] = []
        for kind in try files.names(in: "tile") { try collectPartials(in: "tile/\(kind)", depth: 0, &found) }
        return found
    }

    private func collectPartials(in folder: String, depth: Int, _ found: inout [TilePath]) throws(GatehouseError) {
        for name in try files.names(in: folder) {
            let path = "\(folder)/\(name)"
            if name.hasPrefix("x"), depth < 5 {
                try collectPartials(in: path, depth: depth + 1, &found)
            } else if name.hasSuffix(".p") {
                for width in try files.names(in: path) {
                    if let tile = try? TilePath(parsing: "\(path)/\(width)") { found.append(tile) }
                }
            }
        }
    }

    private func count(in folder: String, depth: Int) throws(GatehouseError) -> Int64 {
        var count: Int64 = 0
        for name in try files.names(in: folder) {
            if name.hasPrefix("x"), depth < 5 {
                count += try self.count(in: "\(folder)/\(name)", depth: depth + 1)
            } else if !name.hasSuffix(DurableFiles.suffix) {
                count += 1
            }
        }
        return count
    }
}
