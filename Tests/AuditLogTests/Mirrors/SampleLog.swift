import AuditLog
import GatehouseCore

/// A log in memory, its tiles computed the slow way: every one from the leaves, independently of how the program does it.
struct SampleLog {
    static let origin = "log.example.org/audit"

    let entries: [[UInt8]]
    let key: NoteKey

    init(_ count: Int, origin: String = SampleLog.origin, changing changed: Int? = nil) throws {
        entries = (0..<count).map { Array("entry \($0)\($0 == changed ? " changed" : "") '); DROP TABLE x; --\u{0}é".utf8) }
        key = try NoteKey(name: origin, seed: [UInt8](repeating: 7, count: 32))
    }

    /// The log as it was when it had `size` entries.
    func published(_ size: Int? = nil) throws -> MirroredLog {
        let size = size ?? entries.count
        let note = try note(size)
        return MirroredLog(checkpoint: { note }, tile: { path in tile(path, size: size) })
    }

    func note(_ size: Int) throws -> SignedNote {
        let root = Self.root(entries[..<size].map { TreeHash.leaf($0) }[...])
        let note = try Checkpoint(origin: key.verifier.name, size: Int64(size), root: root).note()
        let line = SignedNote.Signature(
            name: key.verifier.name, keyID: key.verifier.keyID, bytes: try key.signature(of: Array(note.text.utf8)))
        return try SignedNote(text: note.text, signatures: [line])
    }

    private func tile(_ path: TilePath, size: Int) -> [UInt8]? {
        let first = Int(path.index) * 256
        switch path.content {
        case .entries:
            guard first + path.width <= size else { return nil }
            return entries[first..<(first + path.width)].flatMap { [UInt8($0.count >> 8), UInt8($0.count & 255)] + $0 }
        case .hashes(let level):
            let span = (0..<level).reduce(1) { span, _ in span * 256 }
            guard (first + path.width) * span <= size else { return nil }
            return (first..<(first + path.width)).flatMap { index in
                Self.root(entries[(index * span)..<((index + 1) * span)].map { TreeHash.leaf($0) }[...]).bytes
            }
        }
    }

    /// RFC 6962 §2.1, word for word.
    static func root(_ leaves: ArraySlice<TreeHash>) -> TreeHash {
        guard let first = leaves.first else { return .emptyRoot }
        if leaves.count == 1 { return first }
        var half = 1
        while half * 2 < leaves.count { half *= 2 }
        let middle = leaves.startIndex + half
        return .node(root(leaves[..<middle]), root(leaves[middle...]))
    }
}
