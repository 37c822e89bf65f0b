/// The names of a model's features in the forms in which requests write them.
struct FeatureNames: Sendable {
    let count: Int
    /// Empty where the model reads by position.
    let names: [String]
    /// Whether rows without names are taken: by position, as MLflow does for a model without a signature.
    let mayBeOrdered: Bool
    /// Each name in quotation marks.
    let literals: [[UInt8]]
    /// `["a","b"]` and, as Python writes it, `["a", "b"]`.
    let compactList: [UInt8]
    let spacedList: [UInt8]
    private let indices: [String: Int]

    init(_ names: [String]?, count: Int, mayBeOrdered: Bool) {
        self.count = count
        self.names = names ?? []
        self.mayBeOrdered = mayBeOrdered
        // Names that need escapes are looked up by what they mean, which no literal equals.
        literals = self.names.map { name in Self.isPlain(name) ? Array("\"\(name)\"".utf8) : [0] }
        compactList = Array("[".utf8) + literals.joined(separator: ",".utf8) + Array("]".utf8)
        spacedList = Array("[".utf8) + literals.joined(separator: ", ".utf8) + Array("]".utf8)
        indices = Dictionary(self.names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    var areKnown: Bool { !names.isEmpty }

    func index(of name: String) -> Int? { indices[name] }

    private static func isPlain(_ name: String) -> Bool {
        name.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    }
}
