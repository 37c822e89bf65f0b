/// Up to 256 entries and the tile of their leaf hashes, each read on its own and compared.
struct VerifiedBundle: Sendable {
    /// Index of the first entry.
    let first: Int64
    /// From the entries' bytes; nil where they cannot be read.
    var leaves: [TreeHash?]
    /// From the tile; none where it cannot be read.
    var tile: [TreeHash] = []
    var findings: [LogFinding] = []
    /// Where in the bundle both are there and differ.
    private(set) var differing: [Int] = []
    /// The hash over a full bundle, from either side; nil where something is missing.
    private(set) var entriesFold: TreeHash?
    private(set) var tileFold: TreeHash?

    init(first: Int64, width: Int) {
        self.first = first
        leaves = Array(repeating: nil, count: width)
    }

    var entriesPath: TilePath { path(.entries) }
    var tilePath: TilePath { path(.hashes(level: 0)) }

    private func path(_ content: TilePath.Content) -> TilePath {
        TilePath(content, index: first >> Int64(TilePath.levelBits), width: leaves.count)
    }

    /// A length that was changed shifts all that follows. The first entry that does not fit the tile is where it happened.
    mutating func loseEntries(from read: Int, because why: String) {
        let lost = (0..<read).first { $0 < tile.count && leaves[$0] != tile[$0] } ?? read
        for index in lost..<leaves.count { leaves[index] = nil }
        let sequence = first + Int64(min(lost, leaves.count - 1)) + 1
        findings.append(LogFinding(.file(entriesPath.text), "cannot be read from entry \(sequence) on: \(why)"))
        findings.append(LogFinding(.entry(sequence), "cannot be read in \(entriesPath.text)"))
    }

    /// To be called once both sides are there.
    mutating func compare() {
        for (offset, hash) in tile.enumerated() {
            if let leaf = leaves[offset], leaf != hash { differing.append(offset) }
        }
        guard leaves.count == TilePath.widthMax else { return }
        if tile.count == leaves.count { tileFold = TileHashes.fold(tile[...]) }
        let known = leaves.compactMap { $0 }
        guard known.count == leaves.count else { return }
        entriesFold = differing.isEmpty && tileFold != nil ? tileFold : TileHashes.fold(known[...])
    }
}
