package import GatehouseCore

/// The address of a tile (C2SP tlog-tiles): up to 256 hashes of one level of the tree, or the entries below them.
package struct TilePath: Sendable, Hashable {
    /// Hashes of a full tile; a level of tiles is eight levels of the tree.
    package static let widthMax = 256
    static let levelBits = 8
    /// Eight levels hold more leaves than an `Int64` counts.
    static let levelMax = 7
    /// Three digits each: a tree of 10^17 leaves has no more, and no arithmetic on them overflows.
    private static let groupsMax = 5

    package enum Content: Sendable, Hashable {
        /// Hashes of nodes 8 × this many levels above the leaves.
        case hashes(level: Int)
        case entries
    }

    package let content: Content
    package let index: Int64
    /// How many of its 256 are there.
    package let width: Int

    package init(_ content: Content, index: Int64, width: Int = TilePath.widthMax) {
        self.content = content
        self.index = index
        self.width = width
    }

    package var isFull: Bool { width == Self.widthMax }
    /// The same place once it is filled.
    package var full: TilePath { TilePath(content, index: index) }

    /// `tile/0/x001/x234/067.p/12`.
    package var text: String { "\(folder)\(isFull ? "" : ".p/\(width)")" }

    /// The address without its width; partial tiles lie in the folder `folder.p`.
    package var folder: String {
        let kind =
            switch content {
            case .hashes(let level): String(level)
            case .entries: "entries"
            }
        var groups = [Self.threeDigits(index % 1000)]
        var rest = index / 1000
        while rest > 0 {
            groups.append("x" + Self.threeDigits(rest % 1000))
            rest /= 1000
        }
        return "tile/\(kind)/\(groups.reversed().joined(separator: "/"))"
    }

    /// Reads an address. Fails with `notFound` for everything that is none: it comes from a URL.
    package init(parsing text: String) throws(GatehouseError) {
        guard text.utf8.count <= 80, let path = Self.parse(text), path.text == text else {
            throw GatehouseError(
                .notFound, "'\(text.prefix(80))' is no address of a tile.",
                hint: "Tiles are at tile/LEVEL/NNN, tile/entries/NNN, and .p/WIDTH behind them for the last one of a level.")
        }
        self = path
    }

    private static func parse(_ text: String) -> TilePath? {
        var parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts.removeFirst() == "tile" else { return nil }
        let kind = parts.removeFirst()
        let content: Content
        if kind == "entries" {
            content = .entries
        } else {
            guard let level = Int(kind), (0...levelMax).contains(level) else { return nil }
            content = .hashes(level: level)
        }
        var width = widthMax
        if parts.count >= 2, parts[parts.count - 2].hasSuffix(".p") {
            guard let partial = Int(parts.removeLast()), (1..<widthMax).contains(partial) else { return nil }
            width = partial
            parts.append(parts.removeLast().dropLast(2))
        }
        guard (1...groupsMax).contains(parts.count) else { return nil }
        var index: Int64 = 0
        for part in parts {
            // The prefixes are looked at when the path is written again.
            guard let group = Int64(part.hasPrefix("x") ? part.dropFirst() : part), (0...999).contains(group) else { return nil }
            index = index * 1000 + group
        }
        return TilePath(content, index: index, width: width)
    }

    private static func threeDigits(_ value: Int64) -> String {
        let digits = String(value)
        return String(repeating: "0", count: 3 - digits.count) + digits
    }
}

extension TilePath {
    /// How many items a level of tiles has in a tree: leaves at level 0, full tiles of the level below above it.
    static func count(level: Int, treeSize: Int64) -> Int64 { treeSize >> Int64(levelBits * level) }

    /// The tile at `index` as wide as a tree of this size makes it; nil when the tree does not reach it.
    static func at(_ content: Content, index: Int64, treeSize: Int64) -> TilePath? {
        let level =
            switch content {
            case .hashes(let level): level
            case .entries: 0
            }
        let width = min(Int64(widthMax), count(level: level, treeSize: treeSize) - index << Int64(levelBits))
        return width > 0 ? TilePath(content, index: index, width: Int(width)) : nil
    }
}
