package import GatehouseCore
package import Storage

/// A version as lists and MLflow's clients show it: what is stored, without the signature and without reading texts again
/// that were checked when they were written. For answers that are sent often; decisions read a `ModelVersion`.
package struct VersionSummary: Sendable, Hashable {
    package let model: String
    package let number: Int64
    package let stage: String
    package let source: String
    package let runID: String?
    package let runLink: String?
    package let loggedModelID: String?
    package let description: String
    package let createdBy: String
    package let created: Int64
    package let updated: Int64
    /// Sorted by key.
    package var tags: [(key: String, value: String)] { storedTags.map { ($0.key, $0.value) } }
    package fileprivate(set) var aliases: [String] = []
    fileprivate var storedTags: [StoredTag] = []

    fileprivate struct StoredTag: Sendable, Hashable {
        let key: String
        let value: String
    }

    /// Names every column that `init(_:)` reads, of `model_version` under the name `v`.
    static let columns: SQLStatement = """
        v.model, v.number, v.stage, v.source, v.run_id, v.run_link, v.logged_model_id, v.description, v.created_by,
            v.created_at, v.updated_at
        """

    /// The same with these tags.
    func tagged(_ tags: [(key: String, value: String)]) -> VersionSummary {
        var version = self
        version.storedTags = tags.map { StoredTag(key: $0.key, value: $0.value) }.sorted { $0.key < $1.key }
        return version
    }

    init(_ row: SQLRow) throws {
        model = try row.text("model")
        number = try row.integer("number")
        stage = try row.text("stage")
        source = try row.text("source")
        runID = try row.optional("run_id", row.text)
        runLink = try row.optional("run_link", row.text)
        loggedModelID = try row.optional("logged_model_id", row.text)
        description = try row.text("description")
        createdBy = try row.text("created_by")
        created = try row.integer("created_at")
        updated = try row.integer("updated_at")
    }
}

extension SQLTransaction {
    /// One version with its tags and aliases, read in one statement. Nil when there is none.
    package func versionSummary(_ number: VersionNumber, of model: ModelName) throws -> VersionSummary? {
        try summary(
            rows(
                """
                SELECT 0 AS part, v.model, v.number, v.stage, v.source, v.run_id, v.run_link, v.logged_model_id,
                    v.description, v.created_by, v.created_at, v.updated_at
                FROM model_version v WHERE v.model = \(model) AND v.number = \(number) AND v.deleted_at IS NULL
                UNION ALL SELECT 1, t.key, 0, t.value, '', NULL, NULL, NULL, '', '', 0, 0
                FROM version_tag t WHERE t.model = \(model) AND t.version = \(number)
                UNION ALL SELECT 2, a.alias, 0, '', '', NULL, NULL, NULL, '', '', 0, 0
                FROM model_alias a WHERE a.model = \(model) AND a.version = \(number)
                """, SummaryPart.init))
    }

    /// The version that an alias points at, in one statement. Nil when there is no such alias.
    package func versionSummary(of alias: Alias, model: ModelName) throws -> VersionSummary? {
        try summary(
            rows(
                """
                WITH target AS (SELECT version FROM model_alias WHERE model = \(model) AND alias = \(alias))
                SELECT 0 AS part, v.model, v.number, v.stage, v.source, v.run_id, v.run_link, v.logged_model_id,
                    v.description, v.created_by, v.created_at, v.updated_at
                FROM model_version v WHERE v.model = \(model) AND v.number = (SELECT version FROM target)
                    AND v.deleted_at IS NULL
                UNION ALL SELECT 1, t.key, 0, t.value, '', NULL, NULL, NULL, '', '', 0, 0
                FROM version_tag t WHERE t.model = \(model) AND t.version = (SELECT version FROM target)
                UNION ALL SELECT 2, a.alias, 0, '', '', NULL, NULL, NULL, '', '', 0, 0
                FROM model_alias a WHERE a.model = \(model) AND a.version = (SELECT version FROM target)
                """, SummaryPart.init))
    }

    /// The same, or `notFound` as MLflow words it.
    package func requiredSummary(_ number: VersionNumber, of model: ModelName) throws -> VersionSummary {
        guard let version = try versionSummary(number, of: model) else { throw ModelVersion.notFound(number, of: model) }
        return version
    }

    /// The version that an alias points at. Fails as MLflow does: with `notFound` for the model, with `invalidArgument` for the
    /// alias.
    package func requiredSummary(of alias: Alias, model: ModelName) throws -> VersionSummary {
        if let version = try versionSummary(of: alias, model: model) { return version }
        _ = try requiredModel(model)
        throw Alias.notFound(alias.text)
    }

    /// The newest version of a model. Fails with `notFound` when it has none.
    package func newestSummary(of model: ModelName) throws -> VersionSummary {
        _ = try requiredModel(model)
        guard let newest = try versions(of: model, limit: 1).first else {
            throw GatehouseError(.notFound, "Latest version not found for model \(model).")
        }
        return try requiredSummary(newest.number, of: model)
    }

    /// The newest version in each stage that has one, with tags and aliases: MLflow's latest versions. One that a rollout gives a
    /// share of the traffic is in Production, but whoever asks for Production's version means the one beside it.
    package func latestSummaries(of models: [String], aliases: Bool = true) throws -> [String: [VersionSummary]] {
        var latest: [String: [VersionSummary]] = [:]
        for chunk in models.chunks(ofCount: Self.ownersPerStatementMax) {
            let found = try rows(
                """
                SELECT \(VersionSummary.columns)
                FROM (VALUES \(SQLStatement.joined(chunk.map { "(\($0))" }, by: ", "))) n
                CROSS JOIN (VALUES ('None'), ('Staging'), ('Production'), ('Archived')) s
                JOIN model_version v ON v.model = n.column1 AND v.number = (
                    SELECT w.number FROM model_version w WHERE w.model = n.column1 AND w.stage = s.column1
                        AND w.deleted_at IS NULL AND NOT EXISTS (
                            SELECT 1 FROM slot_occupancy o
                            WHERE o.model = w.model AND o.version = w.number AND o.role = 'challenger')
                    ORDER BY w.number DESC LIMIT 1)
                ORDER BY v.model, v.number
                """, VersionSummary.init)
            for version in try withTagsAndAliases(found, aliases: aliases) { latest[version.model, default: []].append(version) }
        }
        return latest
    }

    /// Fills in the tags and aliases of many versions with one statement each per 500 of them.
    package func withTagsAndAliases(_ found: [VersionSummary], aliases: Bool = true) throws -> [VersionSummary] {
        var versions = found
        var places: [VersionKey: Int] = [:]
        places.reserveCapacity(found.count)
        for (place, version) in found.enumerated() {
            places[VersionKey(model: version.model, number: version.number)] = place
        }
        for chunk in found.chunks(ofCount: Self.ownersPerStatementMax) {
            let owners = SQLStatement.joined(chunk.map { "(\($0.model), \($0.number))" }, by: ", ")
            let tags = try rows(
                """
                WITH owner (model, version) AS (VALUES \(owners))
                SELECT t.model, t.version, t.key, t.value FROM owner
                CROSS JOIN version_tag t WHERE t.model = owner.model AND t.version = owner.version
                ORDER BY t.model, t.version, t.key
                """
            ) { (owner: try VersionKey($0), tag: try VersionSummary.StoredTag(key: $0.text("key"), value: $0.text("value"))) }
            for (owner, tag) in tags { if let place = places[owner] { versions[place].storedTags.append(tag) } }
            guard aliases else { continue }
            let named = try rows(
                """
                WITH owner (model, version) AS (VALUES \(owners))
                SELECT a.model, a.version, a.alias FROM owner
                CROSS JOIN model_alias a WHERE a.model = owner.model AND a.version = owner.version
                ORDER BY a.model, a.alias
                """
            ) { (owner: try VersionKey($0), alias: try $0.text("alias")) }
            for (owner, alias) in named { if let place = places[owner] { versions[place].aliases.append(alias) } }
        }
        return versions
    }

    /// SQLite binds at most 32,766 values in a statement.
    static let ownersPerStatementMax = 500

    private func summary(_ parts: [SummaryPart]) throws -> VersionSummary? {
        var found: VersionSummary?
        var tags: [VersionSummary.StoredTag] = []
        var aliases: [String] = []
        for part in parts {
            switch part {
            case .version(let version): found = version
            case .tag(let tag): tags.append(tag)
            case .alias(let alias): aliases.append(alias)
            }
        }
        found?.storedTags = tags.sorted { $0.key < $1.key }
        found?.aliases = aliases.sorted()
        return found
    }
}

/// A row of a statement that reads a version with all that hangs on it.
private enum SummaryPart {
    case version(VersionSummary)
    case tag(VersionSummary.StoredTag)
    case alias(String)

    init(_ row: SQLRow) throws {
        switch try row.integer("part") {
        case 0: self = .version(try VersionSummary(row))
        case 1: self = .tag(VersionSummary.StoredTag(key: try row.text("model"), value: try row.text("stage")))
        default: self = .alias(try row.text("model"))
        }
    }
}

extension Array {
    /// Pieces of at most so many elements, in order.
    func chunks(ofCount count: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: self.count, by: count).map { self[$0..<Swift.min($0 + count, self.count)] }
    }
}
