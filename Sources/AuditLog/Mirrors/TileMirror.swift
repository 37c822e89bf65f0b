/// Where a mirror keeps the log's files: a folder, a bucket. What was added stays.
package protocol MirrorShelf: Sendable {
    var name: MirrorName { get }
    var rest: Duration { get }
    /// Makes sure that files can be kept here, and says what weakens their protection. Throws a `MirrorAlarm` when files were
    /// deleted.
    func prepare() async throws -> [String]
    /// Nil: there is no such file.
    func file(_ path: String) async throws -> [UInt8]?
    /// Adds a file that never changes; it is durable when this returns. The same file again is done already; throws the alarm
    /// `fileDiffers` when another is there.
    func add(_ path: String, _ bytes: [UInt8]) async throws
    /// Puts the checkpoint in place of the one before; it is durable when this returns.
    func publish(_ checkpoint: [UInt8]) async throws
    func close() async
}

/// A mirror that is the log once more: the same tiles at the same addresses, so that every reader of the log reads it too.
///
/// Files first, checkpoint last: whenever it is cut off, the checkpoint that stands there is one whose files are there.
package struct TileMirror: AuditMirror {
    /// Bundles of entries per call: each has up to 16 MiB, mostly below 0.2 MiB.
    static let bundlesPerCallMax: Int64 = 8
    static let checkpointName = "checkpoint"

    private let shelf: any MirrorShelf

    package init(_ shelf: any MirrorShelf) { self.shelf = shelf }

    package var name: MirrorName { shelf.name }
    package var rest: Duration { shelf.rest }

    package func look(at log: MirroredLog) async throws -> MirrorLook {
        let warnings = try await shelf.prepare()
        guard let bytes = try await shelf.file(TileMirror.checkpointName) else { return MirrorLook(held: 0, warnings: warnings) }
        guard let theirs = try? MirroredLog.Published(SignedNote(parsing: bytes)).checkpoint else {
            throw MirrorAlarm.fileDiffers(path: TileMirror.checkpointName)
        }
        guard let ours = try log.published()?.checkpoint else { throw MirrorAlarm.ahead(mirror: theirs.size, log: 0) }
        guard theirs.origin == ours.origin else { throw MirrorAlarm.checkpointDiffers(size: theirs.size) }
        guard theirs.size <= ours.size else { throw MirrorAlarm.ahead(mirror: theirs.size, log: ours.size) }
        guard try log.root(atSize: theirs.size, within: ours.size) == theirs.root else {
            throw MirrorAlarm.checkpointDiffers(size: theirs.size)
        }
        return MirrorLook(held: theirs.size, warnings: warnings)
    }

    package func advance(from held: Int64, in log: MirroredLog) async throws -> Int64 {
        guard let published = try log.published(), held < published.checkpoint.size else { return held }
        let size = published.checkpoint.size
        let width = Int64(TilePath.widthMax)
        let end = min(size, (held / width + Self.bundlesPerCallMax) * width)
        for path in Self.files(from: held, to: end, treeSize: size) {
            try await shelf.add(path.text, log.bytes(of: path))
        }
        if end == size { try await shelf.publish(published.bytes) }
        return end
    }

    /// The files that a tree of `end` entries has and one of `held` has not. Below `treeSize` only full ones: no checkpoint
    /// will ever ask for the others.
    static func files(from held: Int64, to end: Int64, treeSize: Int64) -> [TilePath] {
        var files: [TilePath] = []
        func add(_ content: TilePath.Content, level: Int) {
            let old = TilePath.count(level: level, treeSize: held)
            let new = TilePath.count(level: level, treeSize: end)
            let (first, last) = (old >> Int64(TilePath.levelBits), (new - 1) >> Int64(TilePath.levelBits))
            // With the checkpoint also partial tiles that did not grow: a catch-up in several calls left them out before.
            guard first <= last, new > old || end == treeSize else { return }
            for index in first...last {
                guard let path = TilePath.at(content, index: index, treeSize: end), path.isFull || end == treeSize else {
                    continue
                }
                files.append(path)
            }
        }
        add(.entries, level: 0)
        for level in 0...TilePath.levelMax { add(.hashes(level: level), level: level) }
        return files
    }

    package func close() async { await shelf.close() }
}
