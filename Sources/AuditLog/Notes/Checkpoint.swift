package import GatehouseCore

/// The state of a log in three lines (C2SP tlog-checkpoint): its name, how many entries it has, the root of their tree.
package struct Checkpoint: Sendable, Hashable {
    /// The log's name, which is also that of its first key.
    package let origin: String
    /// Entries in the tree.
    package let size: Int64
    package let root: TreeHash
    /// Lines behind the third, each without its line feed. Ours has none; others' are kept.
    package let extensions: [String]

    package init(origin: String, size: Int64, root: TreeHash, extensions: [String] = []) {
        self.origin = origin
        self.size = size
        self.root = root
        self.extensions = extensions
    }

    /// Reads the text of a note. Fails with `invalidArgument` for everything that this type would not write itself.
    package init(parsing text: String) throws(GatehouseError) {
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard lines.count >= 4, lines.last == "", let size = Int64(lines[1]), size >= 0, let hash = Base64.decode(lines[2]),
            let root = TreeHash(bytes: hash)
        else { throw Self.malformed("it is not three lines of origin, size and root") }
        self.init(origin: lines[0], size: size, root: root, extensions: Array(lines[3..<(lines.count - 1)]))
        // A sign or a leading zero would be a second text for one state.
        guard !origin.isEmpty, extensions.allSatisfy({ !$0.isEmpty }), Array(self.text.utf8) == Array(text.utf8) else {
            throw Self.malformed("its size has a sign or a zero too many, or a line is empty")
        }
    }

    package init(_ note: SignedNote) throws(GatehouseError) { try self.init(parsing: note.text) }

    /// What is signed.
    package var text: String {
        ([origin, String(size), Base64.encode(root.bytes)] + extensions).map { $0 + "\n" }.joined()
    }

    package func note() throws(GatehouseError) -> SignedNote { try SignedNote(text: text) }

    private static func malformed(_ why: String) -> GatehouseError {
        GatehouseError(
            .invalidArgument, "This is no checkpoint: \(why).", hint: "Copy the file whole, or ask the log for another.")
    }
}
