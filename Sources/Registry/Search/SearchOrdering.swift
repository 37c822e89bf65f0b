package import GatehouseCore

/// The order of a search, read from MLflow's `order_by` texts such as `metrics.auc DESC`.
enum SearchOrdering {
    static let keysMax = 10
    static let keyBytesMax = 2000

    /// Fails with `invalidArgument` for a key that the entity cannot be sorted by, and for one that is given twice.
    static func parse(_ texts: [String], for entity: SearchEntity) throws(GatehouseError) -> [SearchOrder] {
        guard texts.count <= keysMax else {
            throw GatehouseError(.invalidArgument, "A search has at most \(keysMax) order_by keys, not \(texts.count).")
        }
        var orders: [SearchOrder] = []
        for text in texts { orders.append(try order(text, for: entity)) }
        return try checked(orders, for: entity)
    }

    /// The same for keys that came apart from their direction. Experiments may be ordered by one key twice, as in MLflow.
    static func checked(_ orders: [SearchOrder], for entity: SearchEntity) throws(GatehouseError) -> [SearchOrder] {
        var distinct: [SearchOrder] = []
        for order in orders {
            let isRepeated = distinct.contains { $0.subject == order.subject && $0.dataset == order.dataset }
            guard isRepeated else {
                distinct.append(order)
                continue
            }
            guard entity == .experiments || entity == .loggedModels else {
                throw GatehouseError(.invalidArgument, "`order_by` contains duplicate fields: \(order.subject.words)")
            }
        }
        return distinct
    }

    private static func order(_ text: String, for entity: SearchEntity) throws(GatehouseError) -> SearchOrder {
        guard text.utf8.count <= keyBytesMax else {
            throw GatehouseError(.invalidArgument, "An order_by key has at most \(keyBytesMax) bytes, not \(text.utf8.count).")
        }
        let tokens = SearchLexer.tokens(text)
        guard let key = tokens.first, tokens.count <= 2, tokens.allSatisfy({ $0.kind == .word }) else {
            throw GatehouseError(.invalidArgument, "Invalid order_by clause '\(text.prefix(200))'. Could not be parsed.")
        }
        var ascending = true
        if tokens.count == 2 {
            guard tokens[1].isKeyword("ASC") || tokens[1].isKeyword("DESC") else {
                throw GatehouseError(.invalidArgument, "Invalid ordering key in order_by clause '\(text.prefix(200))'.")
            }
            ascending = tokens[1].isKeyword("ASC")
        }
        return SearchOrder(try SearchKey(key.raw).orderSubject(in: entity), ascending: ascending)
    }
}

extension SearchOrder {
    /// One key of a search of logged models, which come as objects. Fails with `invalidArgument`.
    package static func loggedModels(
        field: String, ascending: Bool = true, datasetName: String? = nil, datasetDigest: String? = nil
    ) throws(GatehouseError) -> SearchOrder {
        guard datasetDigest == nil || datasetName != nil else {
            throw GatehouseError(
                .invalidArgument, "`dataset_digest` can only be specified if `dataset_name` is also specified.")
        }
        guard field.utf8.count <= SearchOrdering.keyBytesMax else {
            throw GatehouseError(.invalidArgument, "An order_by key has at most \(SearchOrdering.keyBytesMax) bytes.")
        }
        let dataset = datasetName.map { SearchDataset(name: $0, digest: datasetDigest) }
        if let dot = field.firstIndex(of: ".") {
            let list = field[..<dot]
            guard list == "metrics" else {
                throw GatehouseError(
                    .invalidArgument, "Invalid order by field name: \(list), only `metrics.<name>` is allowed.")
            }
            return SearchOrder(.metric(String(field[field.index(after: dot)...])), ascending: ascending, dataset: dataset)
        }
        guard let name = SearchEntity.loggedModels.orderAttributes[field] else {
            throw GatehouseError(.invalidArgument, "Invalid order by field name: \(field.prefix(200)).")
        }
        return SearchOrder(.attribute(name), ascending: ascending)
    }
}

extension SearchSubject {
    /// As it is typed.
    var words: String {
        switch self {
        case .attribute(let name): name
        case .metric(let key): "metrics.\(key)"
        case .param(let key): "params.\(key)"
        case .tag(let key): "tags.\(key)"
        case .dataset(let name): "datasets.\(name)"
        }
    }
}
