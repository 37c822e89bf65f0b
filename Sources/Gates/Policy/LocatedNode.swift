/// A position in a policy's text. Lines and columns count from 1, columns in Unicode scalars.
struct TextPlace: Hashable, Comparable {
    static let start = TextPlace(line: 1, column: 1)

    let line: Int
    let column: Int

    static func < (left: Self, right: Self) -> Bool { (left.line, left.column) < (right.line, right.column) }
}

/// A YAML value that knows where it stands.
struct LocatedNode {
    enum Content {
        /// The text as written; `isPlain` when it stood without quotes and so may be a number or a flag.
        case scalar(String, isPlain: Bool)
        case list([LocatedNode])
        case map([Entry])
        /// Already reported; readers pass over it in silence.
        case unusable
    }

    struct Entry {
        let key: String
        let place: TextPlace
        let value: LocatedNode
    }

    let place: TextPlace
    let content: Content
}
