package import GatehouseCore

/// A receipt (C2SP tlog-proof): a place in the log, the way from there to the root, and the signed root. It verifies
/// offline, with any tool that knows the format.
package struct TLogProof: Sendable, Hashable {
    package static let fileExtension = "tlog-proof"
    static let header = "c2sp.org/tlog-proof@v1"
    package static let bytesMax = 1_200_000

    /// What the application adds, which nothing in the format protects. Ours adds the entry's own bytes: their hash is the leaf
    /// that the proof starts from, so a changed byte of them makes the proof fail.
    package let extra: [UInt8]?
    package let index: Int64
    package let hashes: [TreeHash]
    /// The checkpoint with all its signatures.
    package let note: SignedNote
    package let checkpoint: Checkpoint

    /// Fails with `invalidArgument` when the note is no checkpoint.
    package init(extra: [UInt8]?, index: Int64, hashes: [TreeHash], note: SignedNote) throws(GatehouseError) {
        self.extra = extra
        self.index = index
        self.hashes = hashes
        self.note = note
        checkpoint = try Checkpoint(note)
    }

    /// Reads a receipt. Says only whether it is one; `verify` says whether it is true. Fails with `invalidArgument`.
    package init(parsing bytes: [UInt8]) throws(GatehouseError) {
        guard bytes.count <= Self.bytesMax else { throw Self.malformed("it has more than \(Self.bytesMax) bytes") }
        guard let gap = bytes.indices.dropLast().first(where: { bytes[$0] == 10 && bytes[$0 + 1] == 10 }),
            let head = String(validating: bytes[..<gap], as: UTF8.self)
        else { throw Self.malformed("there is no empty line before its checkpoint") }
        var lines = head.split(separator: "\n", omittingEmptySubsequences: false)[...]
        guard lines.popFirst() == Self.header[...] else { throw Self.malformed("its first line is not '\(Self.header)'") }
        var extra: [UInt8]?
        if let line = lines.first, line.hasPrefix("extra ") {
            guard let bytes = Base64.decode(line.dropFirst("extra ".count)) else { throw Self.malformed("'extra' is not base64") }
            extra = bytes
            lines = lines.dropFirst()
        }
        guard let line = lines.popFirst(), line.hasPrefix("index "), let index = Int64(line.dropFirst("index ".count)),
            index >= 0, line == "index \(index)"
        else { throw Self.malformed("it has no line 'index N'") }
        let hashes = lines.compactMap { TreeHash(base64: $0) }
        guard hashes.count == lines.count, hashes.count <= InclusionProof.hashesMax else {
            throw Self.malformed("a line of its proof is no hash, or there are too many")
        }
        try self.init(
            extra: extra, index: index, hashes: hashes, note: try SignedNote(parsing: Array(bytes[(gap + 2)...])))
    }

    /// The receipt as a file.
    package var text: String {
        let extraLine = extra.map { "extra \(Base64.encode($0))\n" } ?? ""
        let proof = hashes.map { $0.base64 + "\n" }.joined()
        return "\(Self.header)\n\(extraLine)index \(index)\n\(proof)\n\(note.serialized)"
    }

    /// Whether the entry is in the log of which `key` is the key. Fails with `integrity`, and says what does not hold.
    package func verify(entry: [UInt8], key: NoteVerifier) throws(GatehouseError) {
        guard key.verifies(note) else { throw Self.untrue("its checkpoint is not signed by '\(key.name)'") }
        guard checkpoint.origin == key.name else {
            throw Self.untrue("its checkpoint is of the log '\(checkpoint.origin)', not of '\(key.name)'")
        }
        let proof = InclusionProof(index: index, treeSize: checkpoint.size, hashes: hashes)
        guard proof.proves(leaf: .leaf(entry), root: checkpoint.root) else {
            throw Self.untrue("the entry at index \(index) and the proof do not lead to the signed root")
        }
    }

    private static func untrue(_ why: String) -> GatehouseError {
        GatehouseError(
            .integrity, "The receipt does not hold: \(why).",
            hint: "It, or the key, was changed or belongs to another log: ask the log for another receipt.")
    }

    private static func malformed(_ why: String) -> GatehouseError {
        GatehouseError(
            .invalidArgument, "This is no receipt: \(why).", hint: "A receipt is a file that ends in .\(fileExtension), whole.")
    }
}
