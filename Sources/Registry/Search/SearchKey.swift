import GatehouseCore

/// A key as it was typed: `params.lr`, ``tags.`a b` ``, `name`.
struct SearchKey {
    let raw: String

    init(_ raw: String) { self.raw = raw }

    /// What the key means. Fails with `invalidArgument` for a list or a property that the entity does not have.
    func subject(in entity: SearchEntity) throws(GatehouseError) -> ResolvedSearchKey {
        let parts = try parts(in: entity)
        let key = Self.unquoted(parts.key)
        switch parts.kind {
        case .attribute:
            guard let attribute = entity.attributes[key] else { throw Self.unknown(key, "attribute", entity.attributes.keys) }
            return ResolvedSearchKey(kind: .attribute, key: key, attribute: attribute, subject: .attribute(attribute.name))
        case .dataset:
            let known = ["context", "digest", "name"]
            guard known.contains(key) else { throw Self.unknown(key, "dataset", known) }
            return ResolvedSearchKey(kind: .dataset, key: key, attribute: nil, subject: .dataset(key))
        case .metric: return ResolvedSearchKey(kind: .metric, key: key, attribute: nil, subject: .metric(key))
        case .parameter: return ResolvedSearchKey(kind: .parameter, key: key, attribute: nil, subject: .param(key))
        case .tag: return ResolvedSearchKey(kind: .tag, key: key, attribute: nil, subject: .tag(key))
        }
    }

    /// The same for a key to sort by: other properties, and entries of runs only.
    func orderSubject(in entity: SearchEntity) throws(GatehouseError) -> SearchSubject {
        if entity == .registeredModels {
            guard let name = entity.orderAttributes[Self.unquoted(raw)] else {
                throw GatehouseError(
                    .invalidArgument,
                    "Invalid order by key '\(raw.prefix(200))' specified. Valid keys are '{'name', 'timestamp'}'")
            }
            return .attribute(name)
        }
        let parts = try parts(in: entity)
        let key = Self.unquoted(parts.key)
        switch parts.kind {
        case .attribute:
            guard let name = entity.orderAttributes[key] else {
                throw Self.unknown(key, "attribute", entity.orderAttributes.keys)
            }
            return .attribute(name)
        case .metric where entity == .runs || entity == .loggedModels: return .metric(key)
        case .parameter where entity == .runs: return .param(key)
        case .tag where entity == .runs: return .tag(key)
        case .metric, .parameter, .tag, .dataset:
            throw GatehouseError(.invalidArgument, "Invalid order_by entity: \(parts.kind.rawValue)")
        }
    }

    /// Everything behind the first dot is the key; without one it is a property.
    private func parts(in entity: SearchEntity) throws(GatehouseError) -> (kind: SearchKind, key: String) {
        guard let dot = firstDot else { return (.attribute, raw) }
        let prefix = Self.stripped(String(raw[..<dot]), of: "`")
        let key = String(raw[raw.index(after: dot)...])
        if let kind = entity.kinds[prefix] { return (kind, key) }
        let shown = String(prefix.prefix(200))
        switch entity {
        case .runs:
            throw GatehouseError(
                .invalidArgument,
                "Invalid entity type '\(shown)'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']")
        case .loggedModels:
            throw GatehouseError(
                .invalidArgument,
                "Invalid entity type: '\(shown)'. Expected one of ['attributes', 'metrics', 'params', 'tags'].")
        case .experiments, .registeredModels, .modelVersions:
            throw GatehouseError(
                .invalidArgument, "Invalid entity type '\(shown)'. Valid entity types are ('attribute', 'tag', 'tags')")
        }
    }

    /// The first dot outside quotes.
    private var firstDot: String.Index? {
        guard let first = raw.first, first == "`" || first == "\"" else { return raw.firstIndex(of: ".") }
        guard let end = raw.dropFirst().firstIndex(of: first) else { return nil }
        return raw[end...].firstIndex(of: ".")
    }

    /// Without one pair of quotes, and then without one pair of back-ticks.
    private static func unquoted(_ text: String) -> String {
        let once = stripped(text, of: "'")
        return stripped(once == text ? stripped(text, of: "\"") : once, of: "`")
    }

    private static func stripped(_ text: String, of quote: Character) -> String {
        guard text.utf8.count >= 2, text.first == quote, text.last == quote else { return text }
        return String(text.dropFirst().dropLast())
    }

    private static func unknown(_ key: String, _ what: String, _ known: some Sequence<String>) -> GatehouseError {
        let list = known.sorted().map { "'\($0)'" }.joined(separator: ", ")
        return GatehouseError(
            .invalidArgument, "Invalid \(what) key '\(key.prefix(200))' specified. Valid keys are '{\(list)}'")
    }
}

/// A key with all that is known about it.
struct ResolvedSearchKey {
    let kind: SearchKind
    let key: String
    let attribute: SearchAttribute?
    let subject: SearchSubject
}
