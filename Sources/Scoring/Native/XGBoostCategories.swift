import GatehouseCore

/// The categories of one tree's splits: those that go right.
struct XGBoostCategorySets {
    private static let categoriesMax = 1 << 24

    private var ranges: [Int: Range<Int>] = [:]
    private let categories: [Int]
    private let place: String

    /// Fails with `invalidArgument` when the lists disagree, name a node twice or a node there is not.
    init(_ tree: XGBoostDocument, nodeCount: Int) throws(GatehouseError) {
        place = tree.place
        categories = try tree.member("categories").integers()
        let nodes = try tree.member("categories_nodes").integers()
        let starts = try tree.member("categories_segments").integers()
        let sizes = try tree.member("categories_sizes").integers()
        guard starts.count == nodes.count, sizes.count == nodes.count else {
            throw ModelLimits.damaged("the lists of categories in \(place) disagree")
        }
        for (node, (start, size)) in zip(nodes, zip(starts, sizes)) {
            guard start >= 0, start <= categories.count, size >= 0, size <= categories.count - start,
                (0..<nodeCount).contains(node), ranges.updateValue(start..<start + size, forKey: node) == nil
            else { throw ModelLimits.damaged("the categories of node \(node) in \(place) do not fit") }
        }
    }

    /// The set of a node as bits; nil when it has none.
    func words(of node: Int) throws(GatehouseError) -> ArraySlice<UInt32>? {
        guard let range = ranges[node] else { return nil }
        let list = categories[range]
        guard list.allSatisfy((0..<Self.categoriesMax).contains) else {
            throw ModelLimits.damaged("node \(node) of \(place) lists a category beyond the range of XGBoost")
        }
        var words = [UInt32](repeating: 0, count: ((list.max() ?? -1) + 32) / 32)
        for category in list { words[category / 32] |= 1 << UInt32(category % 32) }
        return words[...]
    }
}

/// The names of the categories that training saw, which XGBoost keeps since 3.1 when it was given a data frame.
enum XGBoostCategories {
    /// Fails with `invalidArgument` when the lists disagree.
    static func read(_ model: XGBoostDocument, featureCount: Int) throws(GatehouseError) -> ModelCategories {
        guard let lists = model.optional("cats")?.optional("enc"), case .array(let elements) = lists.value, !elements.isEmpty
        else { return ModelCategories(names: .none, unknown: .isRefused) }
        let features = try lists.elements(count: featureCount)
        var codes: [Int: CategoryCodes] = [:]
        for (index, feature) in features.enumerated() {
            let values = try values(of: feature)
            if !values.isEmpty { codes[index] = try CategoryCodes(values) }
        }
        return ModelCategories(names: codes.isEmpty ? .none : .byFeature(codes), unknown: .isRefused)
    }

    /// Numbers as they are; texts as one row of bytes with the place where each begins and the last one ends.
    private static func values(of feature: XGBoostDocument) throws(GatehouseError) -> [JSONValue] {
        let values = try feature.member("values")
        guard let ends = try feature.optional("offsets")?.integers() else {
            return try values.elements(count: values.value.arrayValue?.count ?? 0).map(\.value)
        }
        let bytes = try values.integers().map { UInt8(truncatingIfNeeded: $0) }
        // XGBoost, up to 3.2 at least, counts letters but writes bytes: beyond ASCII its texts are cut in the wrong places.
        guard !ends.isEmpty, bytes.allSatisfy({ $0 < 0x80 }) else { return [] }
        guard ends[0] == 0, ends.last == bytes.count, zip(ends, ends.dropFirst()).allSatisfy({ $0 <= $1 }) else {
            throw ModelLimits.damaged("\(feature.place) does not divide its \(bytes.count) bytes into texts")
        }
        var texts: [JSONValue] = []
        for (start, end) in zip(ends, ends.dropFirst()) {
            texts.append(.string(String(decoding: bytes[start..<end], as: UTF8.self)))
        }
        return texts
    }
}
