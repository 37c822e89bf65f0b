package import GatehouseCore
package import Storage

/// A registered model as lists and MLflow's clients show it.
package struct ModelSummary: Sendable, Hashable {
    package let name: String
    package let description: String
    package let created: Int64
    package let updated: Int64
    /// Sorted by key and by alias.
    package fileprivate(set) var tags: [Tagged] = []
    package fileprivate(set) var aliases: [Aliased] = []
    /// The newest version of each stage, by number.
    package fileprivate(set) var latest: [VersionSummary] = []

    package struct Tagged: Sendable, Hashable {
        package let key: String
        package let value: String
    }

    package struct Aliased: Sendable, Hashable {
        package let alias: String
        package let version: Int64
    }

    static let columns: SQLStatement = "m.name, m.description, m.created_at, m.updated_at"

    init(_ row: SQLRow) throws {
        name = try row.text("name")
        description = try row.text("description")
        created = try row.integer("created_at")
        updated = try row.integer("updated_at")
    }
}

extension SQLTransaction {
    /// One model with its tags, aliases and latest versions, read in one statement. Fails with `notFound`.
    package func requiredSummary(of name: ModelName) throws -> ModelSummary {
        let parts = try rows(
            """
            WITH newest AS (
                SELECT (SELECT w.number FROM model_version w WHERE w.model = \(name) AND w.stage = s.column1
                    AND w.deleted_at IS NULL AND NOT EXISTS (
                        SELECT 1 FROM slot_occupancy o
                        WHERE o.model = w.model AND o.version = w.number AND o.role = 'challenger')
                    ORDER BY w.number DESC LIMIT 1) AS number
                FROM (VALUES ('None'), ('Staging'), ('Production'), ('Archived')) s
            )
            SELECT 0 AS part, m.name AS model, 0 AS number, '' AS stage, '' AS source, NULL AS run_id, NULL AS run_link,
                NULL AS logged_model_id, m.description, '' AS created_by, m.created_at, m.updated_at
            FROM registered_model m WHERE m.name = \(name) AND m.deleted_at IS NULL
            UNION ALL SELECT 1, v.model, v.number, v.stage, v.source, v.run_id, v.run_link, v.logged_model_id, v.description,
                v.created_by, v.created_at, v.updated_at
            FROM newest JOIN model_version v ON v.model = \(name) AND v.number = newest.number
            UNION ALL SELECT 2, t.key, t.version, t.value, '', NULL, NULL, NULL, '', '', 0, 0
            FROM newest JOIN version_tag t ON t.model = \(name) AND t.version = newest.number
            UNION ALL SELECT 3, t.key, 0, t.value, '', NULL, NULL, NULL, '', '', 0, 0
            FROM model_tag t WHERE t.model = \(name)
            UNION ALL SELECT 4, a.alias, a.version, '', '', NULL, NULL, NULL, '', '', 0, 0
            FROM model_alias a WHERE a.model = \(name)
            """, ModelPart.init)
        var model: ModelSummary?
        var (latest, tags, aliases): ([VersionSummary], [ModelSummary.Tagged], [ModelSummary.Aliased]) = ([], [], [])
        var tagsByVersion: [Int64: [(key: String, value: String)]] = [:]
        for part in parts {
            switch part {
            case .model(let found): model = found
            case .latest(let version): latest.append(version)
            case .versionTag(let number, let tag): tagsByVersion[number, default: []].append((tag.key, tag.value))
            case .tag(let tag): tags.append(tag)
            case .alias(let alias): aliases.append(alias)
            }
        }
        guard var model else { throw RegisteredModel.notFound(name) }
        model.tags = tags.sorted { $0.key < $1.key }
        model.aliases = aliases.sorted { $0.alias < $1.alias }
        model.latest = latest.sorted { $0.number < $1.number }.map { $0.tagged(tagsByVersion[$0.number] ?? []) }
        return model
    }

    /// Fills in what hangs on many models, with one statement each per 500 of them.
    func complete(_ found: [ModelSummary]) throws -> [ModelSummary] {
        guard !found.isEmpty else { return [] }
        var models = found
        let places = Dictionary(found.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        for chunk in found.chunks(ofCount: Self.ownersPerStatementMax) {
            let names = SQLStatement.list(chunk.map(\.name))
            let tags = try rows("SELECT model, key, value FROM model_tag WHERE model IN (\(names)) ORDER BY model, key") {
                (owner: try $0.text("model"), tag: try ModelSummary.Tagged(key: $0.text("key"), value: $0.text("value")))
            }
            for (owner, tag) in tags { if let place = places[owner] { models[place].tags.append(tag) } }
            let aliases = try rows(
                "SELECT model, alias, version FROM model_alias WHERE model IN (\(names)) ORDER BY model, alias"
            ) {
                (
                    owner: try $0.text("model"),
                    alias: try ModelSummary.Aliased(alias: $0.text("alias"), version: $0.integer("version"))
                )
            }
            for (owner, alias) in aliases { if let place = places[owner] { models[place].aliases.append(alias) } }
        }
        for (name, latest) in try latestSummaries(of: found.map(\.name), aliases: false) {
            if let place = places[name] { models[place].latest = latest }
        }
        return models
    }
}

/// A row of the statement that reads a model with all that hangs on it.
private enum ModelPart {
    case model(ModelSummary)
    case latest(VersionSummary)
    case versionTag(Int64, ModelSummary.Tagged)
    case tag(ModelSummary.Tagged)
    case alias(ModelSummary.Aliased)

    init(_ row: SQLRow) throws {
        switch try row.integer("part") {
        case 0: self = .model(try ModelSummary(part: row))
        case 1: self = .latest(try VersionSummary(row))
        case 2: self = .versionTag(try row.integer("number"), try ModelSummary.Tagged(part: row))
        case 3: self = .tag(try ModelSummary.Tagged(part: row))
        default: self = .alias(ModelSummary.Aliased(alias: try row.text("model"), version: try row.integer("number")))
        }
    }
}

extension ModelSummary {
    fileprivate init(part row: SQLRow) throws {
        name = try row.text("model")
        description = try row.text("description")
        created = try row.integer("created_at")
        updated = try row.integer("updated_at")
    }
}

extension ModelSummary.Tagged {
    fileprivate init(part row: SQLRow) throws { self.init(key: try row.text("model"), value: try row.text("stage")) }
}
