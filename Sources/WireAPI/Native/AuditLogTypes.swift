/// The public half of the log's key: what a reader must trust, and should have from elsewhere than the log.
package struct LogKeyAnswer: Codable, Sendable {
    package let origin: String
    /// `NAME+ID+BASE64`.
    package let key: String

    package init(origin: String, key: String) {
        self.origin = origin
        self.key = key
    }
}

package struct CheckpointAnswer: Codable, Sendable {
    package let origin: String
    package let size: Int64
    /// Base64.
    package let root: String
    /// The signed note.
    package let checkpoint: String

    package init(origin: String, size: Int64, root: String, checkpoint: String) {
        self.origin = origin
        self.size = size
        self.root = root
        self.checkpoint = checkpoint
    }
}

package struct InclusionProofAnswer: Codable, Sendable {
    package let index: Int64
    package let treeSize: Int64
    /// Base64, from the leaf's sibling to below the root.
    package let hashes: [String]

    package init(index: Int64, treeSize: Int64, hashes: [String]) {
        self.index = index
        self.treeSize = treeSize
        self.hashes = hashes
    }

    enum CodingKeys: String, CodingKey {
        case index, hashes
        case treeSize = "tree_size"
    }
}

package struct ConsistencyProofAnswer: Codable, Sendable {
    package let from: Int64
    package let to: Int64
    package let hashes: [String]

    package init(from: Int64, to: Int64, hashes: [String]) {
        self.from = from
        self.to = to
        self.hashes = hashes
    }
}
