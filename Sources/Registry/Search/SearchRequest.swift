package import GatehouseCore

/// One page of a search, understood and checked.
package struct SearchRequest: Sendable {
    package let entity: SearchEntity
    package let filter: SearchFilter
    /// Complete: no two things are equal in it.
    package let order: [SearchOrder]
    /// Of logged models: which measurements count.
    package let datasets: [SearchDataset]
    package let limit: Int
    let start: PageToken.Start
    let fingerprint: String

    /// `scope` is whatever else decides what is found, such as the ids of experiments: a token of one scope does not fit
    /// another. Fails with `invalidArgument`.
    package init(
        _ entity: SearchEntity, filter: String = "", orderBy: [String] = [], pageToken: String? = nil, limit: Int,
        scope: [String] = []
    ) throws(GatehouseError) {
        try self.init(
            entity, filter: filter, order: SearchOrdering.parse(orderBy, for: entity), pageToken: pageToken, limit: limit,
            scope: scope)
    }

    /// The same for an order that came in pieces.
    package init(
        _ entity: SearchEntity, filter: String, order: [SearchOrder], datasets: [SearchDataset] = [], pageToken: String?,
        limit: Int, scope: [String] = []
    ) throws(GatehouseError) {
        self.entity = entity
        self.filter = try SearchFilter.parse(filter, for: entity)
        guard order.count <= SearchOrdering.keysMax, datasets.count <= SearchFilter.comparisonsMax else {
            throw GatehouseError(.invalidArgument, "A search has at most \(SearchOrdering.keysMax) order_by keys.")
        }
        self.order = entity.completed(try SearchOrdering.checked(order, for: entity))
        self.datasets = datasets
        self.limit = max(limit, 1)
        let parts =
            [entity.rawValue, filter] + self.order.map(\.words) + datasets.map { "\($0.name) \($0.digest ?? "")" } + scope
        let text = JSONValue.array(parts.map { .string($0) }).canonicalBytes
        fingerprint = String(Digest.sha256(of: text).hex.prefix(16))
        start = try PageToken.start(pageToken, of: fingerprint)
    }

    private init(_ other: SearchRequest, filter: SearchFilter) {
        entity = other.entity
        self.filter = filter
        order = other.order
        datasets = other.datasets
        limit = other.limit
        start = other.start
        fingerprint = other.fingerprint
    }

    /// The same question, and the same page tokens, with other conditions.
    func narrowed(to filter: SearchFilter) -> SearchRequest { SearchRequest(self, filter: filter) }
}

extension SearchOrder {
    fileprivate var words: String {
        "\(subject.words) \(ascending) \(dataset?.name ?? "") \(dataset?.digest ?? "")"
    }
}

/// A page of what was found.
package struct SearchPage<Found: Sendable>: Sendable {
    package let found: [Found]
    /// Nil on the last page.
    package let nextPageToken: String?

    package init(found: [Found], nextPageToken: String?) {
        self.found = found
        self.nextPageToken = nextPageToken
    }

    package func map<Other>(_ transform: ([Found]) throws -> [Other]) rethrows -> SearchPage<Other> {
        SearchPage<Other>(found: try transform(found), nextPageToken: nextPageToken)
    }
}
