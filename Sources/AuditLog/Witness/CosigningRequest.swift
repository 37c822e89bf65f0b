package import GatehouseCore

/// The body of `add-checkpoint` (C2SP tlog-witness): which size the witness knows, the proof from there, the checkpoint.
///
///     old 20852014
///     <base64 of a hash>, none to 63 lines
///     <empty line>
///     <checkpoint as it was signed>
package struct CosigningRequest: Sendable, Hashable {
    package static let bytesMax = 128 * 1024
    package static let hashesMax = 63

    package let oldSize: Int64
    package let hashes: [TreeHash]
    package let note: SignedNote
    package let checkpoint: Checkpoint

    package init(oldSize: Int64, hashes: [TreeHash], note: SignedNote) throws(GatehouseError) {
        self.oldSize = oldSize
        self.hashes = hashes
        self.note = note
        checkpoint = try Checkpoint(note)
    }

    /// Fails with `invalidArgument` for everything that this type would not write itself.
    package init(parsing body: [UInt8]) throws(GatehouseError) {
        guard body.count <= Self.bytesMax else { throw Self.malformed("it has more than \(Self.bytesMax) bytes") }
        var rest = body[...]
        let first = try Self.line(&rest)
        guard first.hasPrefix("old "), let oldSize = Int64(first.dropFirst(4)), oldSize >= 0, first == "old \(oldSize)" else {
            throw Self.malformed("its first line is not 'old SIZE'")
        }
        var hashes: [TreeHash] = []
        while true {
            let text = try Self.line(&rest)
            if text.isEmpty { break }
            guard hashes.count < Self.hashesMax, let hash = TreeHash(base64: text) else {
                throw Self.malformed("its proof has a line that is no hash, or more than \(Self.hashesMax)")
            }
            hashes.append(hash)
        }
        try self.init(oldSize: oldSize, hashes: hashes, note: SignedNote(parsing: Array(rest)))
    }

    package var serialized: String {
        "old \(oldSize)\n" + hashes.map { $0.base64 + "\n" }.joined() + "\n" + note.serialized
    }

    private static func line(_ rest: inout ArraySlice<UInt8>) throws(GatehouseError) -> String {
        guard let end = rest.firstIndex(of: UInt8(ascii: "\n")), let text = String(validating: rest[..<end], as: UTF8.self) else {
            throw malformed("it ends before the checkpoint, or is not UTF-8")
        }
        rest = rest[(end + 1)...]
        return text
    }

    private static func malformed(_ why: String) -> GatehouseError {
        GatehouseError(.invalidArgument, "This is no request for a cosignature: \(why).")
    }
}
