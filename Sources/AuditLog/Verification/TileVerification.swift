import Dispatch
import GatehouseCore
import Synchronization

/// Recomputes a log from its files: entry bytes, leaf hashes, tiles, root, signature. Takes nothing for granted but the key.
package struct TileVerification: Sendable {
    /// Bundles that one thread takes at a time.
    private static let bundlesPerStretch: Int64 = 32

    let directory: TileDirectory
    let key: NoteVerifier?

    package init(directory: TileDirectory, key: NoteVerifier?) {
        self.directory = directory
        self.key = key
    }

    /// The verdict, and the leaf hashes of the entries' bytes as far as they can be read. The same for any number of threads.
    package func run() throws -> (verdict: LogVerdict, leaves: [TreeHash?]) {
        var verdict = LogVerdict()
        guard let checkpoint = try checkpoint(&verdict) else { return (verdict, []) }
        let bundles = (checkpoint.size + Int64(TilePath.widthMax) - 1) >> Int64(TilePath.levelBits)
        let stretchCount = Int((bundles + Self.bundlesPerStretch - 1) / Self.bundlesPerStretch)
        let results = Stretches(count: stretchCount)
        DispatchQueue.concurrentPerform(iterations: stretchCount) { stretch in
            let first = Int64(stretch) * Self.bundlesPerStretch
            let found = (first..<min(bundles, first + Self.bundlesPerStretch)).map { bundle($0, checkpoint.size) }
            results.keep(found, at: stretch)
        }
        let found = results.inOrder
        judge(found, checkpoint, &verdict)
        if verdict.isSound { try partials(checkpoint.size, &verdict) }
        return (verdict, found.flatMap(\.leaves))
    }

    // MARK: - The checkpoint

    private func checkpoint(_ verdict: inout LogVerdict) throws -> Checkpoint? {
        let note: SignedNote
        do {
            guard let published = try directory.checkpoint() else {
                verdict.add(LogFinding(.checkpoint, "is missing"))
                return nil
            }
            note = published
            verdict.checkpoint = try Checkpoint(note)
        } catch {
            guard error.code == .invalidArgument else { throw error }
            verdict.add(LogFinding(.checkpoint, "cannot be read: \(error.message)"))
            return nil
        }
        guard let checkpoint = verdict.checkpoint else { return nil }
        if let key {
            verdict.signature = key.verifies(note) && checkpoint.origin == key.name ? .valid : .invalid
            if verdict.signature == .invalid {
                verdict.add(LogFinding(.checkpoint, "is not signed by \(key.vkey)"))
            }
        }
        // A damaged size must not become a loop of years: each bundle has a file.
        let bundlesMax = try directory.bundleCount()
        guard checkpoint.size >> Int64(TilePath.levelBits) <= bundlesMax else {
            verdict.add(
                LogFinding(.checkpoint, "says \(checkpoint.size) entries, but the folder has only \(bundlesMax) bundles of them"))
            return nil
        }
        return checkpoint
    }

    // MARK: - Entries and their hashes

    private func bundle(_ index: Int64, _ size: Int64) -> VerifiedBundle {
        let first = index << Int64(TilePath.levelBits)
        let width = Int(min(Int64(TilePath.widthMax), size - first))
        var bundle = VerifiedBundle(first: first, width: width)
        do {
            guard let bytes = try directory.tile(bundle.tilePath) else { throw GatehouseError(.integrity, "is missing") }
            bundle.tile = try TileHashes.decode(bytes, of: bundle.tilePath)
        } catch {
            bundle.findings.append(LogFinding(.file(bundle.tilePath.text), Self.words(error)))
        }
        var read = 0
        do {
            guard let bytes = try directory.tile(bundle.entriesPath) else { throw GatehouseError(.integrity, "is missing") }
            try EntryBundle.each(in: bytes, count: width) { entry in
                bundle.leaves[read] = TreeHash.leaf(entry)
                read += 1
            }
        } catch {
            bundle.loseEntries(from: read, because: Self.words(error))
        }
        bundle.compare()
        return bundle
    }

    private static func words(_ error: any Error) -> String { (error as? GatehouseError)?.message ?? "cannot be read" }

    // MARK: - Root

    private func judge(_ bundles: [VerifiedBundle], _ checkpoint: Checkpoint, _ verdict: inout LogVerdict) {
        let entriesRoot = Self.root(bundles.map(\.entriesFold), bundles.last?.leaves.compactMap { $0 }, checkpoint.size)
        let tilesRoot = Self.root(bundles.map(\.tileFold), bundles.last?.tile, checkpoint.size)
        for bundle in bundles {
            for finding in bundle.findings { verdict.add(finding) }
            for offset in bundle.differing {
                let sequence = bundle.first + Int64(offset) + 1
                let path = bundle.tilePath.text
                if tilesRoot == checkpoint.root {
                    verdict.add(LogFinding(.entry(sequence), "was changed: the signed root has the leaf hash that \(path) has"))
                } else if entriesRoot == checkpoint.root {
                    verdict.add(
                        LogFinding(.file(path), "was changed at the hash of entry \(sequence), which is as it was signed"))
                } else {
                    verdict.add(LogFinding(.entry(sequence), "or its hash in \(path) was changed: they do not match"))
                }
            }
        }
        verdict.entries = entriesRoot == checkpoint.root ? checkpoint.size : 0
        if let entriesRoot, entriesRoot != checkpoint.root, verdict.isSound {
            // Entries and tiles agree with each other, and only the checkpoint does not.
            verdict.add(LogFinding(.checkpoint, "has another root than the \(checkpoint.size) entries come to"))
        }
        let isTileTrue = tilesRoot == checkpoint.root
        upperTiles(bundles.map { isTileTrue ? $0.tileFold : $0.entriesFold }, checkpoint.size, &verdict)
    }

    /// From the folds of the full bundles and the hashes of the last one, if that is not full. Nil where one is unknown.
    private static func root(_ folds: [TreeHash?], _ last: [TreeHash]?, _ size: Int64) -> TreeHash? {
        let fullCount = Int(size >> Int64(TilePath.levelBits))
        let full = folds.prefix(fullCount).compactMap { $0 }
        let tail = folds.count > fullCount ? last ?? [] : []
        guard full.count == fullCount, Int64(fullCount * TilePath.widthMax + tail.count) == size else { return nil }
        return try? MerkleRange(start: 0, end: size).hash { level, index in
            if level >= TilePath.levelBits {
                let width = 1 << (level - TilePath.levelBits)
                return TileHashes.fold(full[(Int(index) * width)..<((Int(index) + 1) * width)])
            }
            let start = Int(index) << level - fullCount * TilePath.widthMax
            return TileHashes.fold(tail[start..<(start + 1 << level)])
        }
    }

    /// Each tile above the leaves against what is below it. `known` holds a hash per tile of the level below, nil where that
    /// tile is not full or not known.
    private func upperTiles(_ known: [TreeHash?], _ size: Int64, _ verdict: inout LogVerdict) {
        var (below, level) = (known, 1)
        while TilePath.count(level: level, treeSize: size) > 0 {
            var folds: [TreeHash?] = []
            var index: Int64 = 0
            while let path = TilePath.at(.hashes(level: level), index: index, treeSize: size) {
                let start = Int(index) * TilePath.widthMax
                let expected = Array(below[start..<(start + path.width)])
                do {
                    guard let bytes = try directory.tile(path) else { throw GatehouseError(.integrity, "is missing") }
                    for (offset, hash) in try TileHashes.decode(bytes, of: path).enumerated() {
                        guard let below = expected[offset], below != hash else { continue }
                        verdict.add(
                            LogFinding(.file(path.text), "was changed at hash \(offset): the level below comes to another"))
                    }
                } catch {
                    verdict.add(LogFinding(.file(path.text), Self.words(error)))
                }
                let whole = expected.compactMap { $0 }
                folds.append(whole.count == TilePath.widthMax ? TileHashes.fold(whole[...]) : nil)
                index += 1
            }
            (below, level) = (folds, level + 1)
        }
    }
}

extension TileVerification {
    /// The narrower forms of the last tiles, which readers of an older checkpoint still ask for: each is the start of today's.
    private func partials(_ size: Int64, _ verdict: inout LogVerdict) throws {
        for path in try directory.partials() {
            // A wider one is what a crash left of a batch that was not signed.
            guard let today = TilePath.at(path.content, index: path.index, treeSize: size), path.width < today.width,
                let whole = try directory.tile(today), let bytes = try directory.tile(path)
            else { continue }
            if try directory.start(of: whole, as: path, in: today) != bytes {
                verdict.add(LogFinding(.file(path.text), "is not the start of \(today.text), as which it was signed"))
            }
        }
    }
}

/// What the threads found, each at its own place, so that their order does not matter. A class because they share it.
private final class Stretches: Sendable {
    private let stretches: Mutex<[[VerifiedBundle]]>

    init(count: Int) { stretches = Mutex(Array(repeating: [], count: count)) }

    func keep(_ bundles: [VerifiedBundle], at index: Int) { stretches.withLock { $0[index] = bundles } }

    var inOrder: [VerifiedBundle] { stretches.withLock { Array($0.joined()) } }
}
