import GatehouseCore
package import Storage

extension ExperimentID: SQLBindable { package var sqlValue: SQLValue { .integer(value) } }
extension Lifecycle: SQLBindable { package var sqlValue: SQLValue { .text(rawValue) } }

extension SQLTransaction {
    /// An experiment, deleted or not.
    package func experiment(_ id: ExperimentID) throws -> Experiment? {
        try first("SELECT * FROM experiment WHERE id = \(id)", ExperimentRow.init)?.experiment(tags: experimentTags(id))
    }

    /// The same, or `notFound` saying so.
    package func requiredExperiment(_ id: ExperimentID) throws -> Experiment {
        guard let experiment = try experiment(id) else { throw Experiment.notFound(id) }
        return experiment
    }

    /// An experiment by its name, deleted or not.
    package func experiment(named name: String) throws -> Experiment? {
        guard let row = try first("SELECT * FROM experiment WHERE name = \(name)", ExperimentRow.init) else { return nil }
        return row.experiment(tags: try experimentTags(row.id))
    }

    private func experimentTags(_ id: ExperimentID) throws -> [String: String] {
        let tags = try rows("SELECT key, value FROM experiment_tag WHERE experiment = \(id)") {
            (try $0.text("key"), try $0.text("value"))
        }
        return Dictionary(tags, uniquingKeysWith: { _, last in last })
    }

    /// Fills in the tags of a page with one statement.
    func experiments(_ found: [ExperimentRow]) throws -> [Experiment] {
        let tags = try rows(
            "SELECT experiment, key, value FROM experiment_tag WHERE experiment IN (", anyOf: found.map(\.id), ")"
        ) { (owner: ExperimentID(try $0.integer("experiment")), key: try $0.text("key"), value: try $0.text("value")) }
        let tagsByExperiment = Dictionary(grouping: tags, by: \.owner)
        return found.map { row in
            row.experiment(
                tags: Dictionary(
                    tagsByExperiment[row.id, default: []].map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last }))
        }
    }

    // MARK: - Changes

    /// Numbers count up and are never used again: nothing removes an experiment's row.
    func nextExperimentID() throws -> ExperimentID {
        ExperimentID(try first("SELECT COALESCE(MAX(id), 0) + 1 AS next FROM experiment") { try $0.integer("next") } ?? 1)
    }

    /// Fails with `alreadyExists` when the name is taken, also by a deleted one.
    func insert(_ experiment: Experiment) throws {
        let inserted = try execute(
            """
            INSERT INTO experiment (id, name, artifact_location, lifecycle, created_at, updated_at)
            VALUES (\(experiment.id), \(experiment.name), \(experiment.artifactLocation), \(experiment.lifecycle),
                \(experiment.created), \(experiment.updated))
            ON CONFLICT (name) DO NOTHING
            """)
        guard inserted == 1 else { throw Experiment.nameTaken(experiment.name) }
        try insert(
            "INSERT INTO experiment_tag (experiment, key, value) VALUES",
            experiment.tags.sorted { $0.key < $1.key }.map { [experiment.id.sqlValue, .text($0.key), .text($0.value)] })
    }

    func renameExperiment(_ id: ExperimentID, to name: String, at now: Timestamp) throws {
        let taken = try first("SELECT id FROM experiment WHERE name = \(name)") { ExperimentID(try $0.integer("id")) }
        guard taken == nil || taken == id else { throw Experiment.nameTaken(name) }
        try execute("UPDATE experiment SET name = \(name), updated_at = \(now) WHERE id = \(id)")
    }

    /// Deletes or restores an experiment and all its runs. False when it is not in the state to leave.
    func moveExperiment(_ id: ExperimentID, from: Lifecycle, to: Lifecycle, at now: Timestamp) throws -> Bool {
        let changed = try execute(
            "UPDATE experiment SET lifecycle = \(to), updated_at = \(now) WHERE id = \(id) AND lifecycle = \(from)")
        guard changed == 1 else { return false }
        let deleted: Timestamp? = to == .deleted ? now : nil
        try execute("UPDATE run SET lifecycle = \(to), deleted_at = \(deleted) WHERE experiment = \(id)")
        return true
    }

    func setTag(_ key: String, _ value: String, of experiment: ExperimentID) throws {
        try execute(
            """
            INSERT INTO experiment_tag (experiment, key, value) VALUES (\(experiment), \(key), \(value))
            ON CONFLICT (experiment, key) DO UPDATE SET value = excluded.value
            """)
    }

    func deleteTag(_ key: String, of experiment: ExperimentID) throws -> Bool {
        try execute("DELETE FROM experiment_tag WHERE experiment = \(experiment) AND key = \(key)") == 1
    }
}

extension Experiment {
    static func nameTaken(_ name: String) -> GatehouseError {
        GatehouseError(
            .alreadyExists, "Experiment(name=\(name)) already exists.",
            hint: "Choose another name, or restore the deleted experiment of this name.")
    }
}

/// A row before its tags are known.
struct ExperimentRow {
    private let bare: Experiment
    var id: ExperimentID { bare.id }

    init(_ row: SQLRow) throws {
        bare = Experiment(
            id: ExperimentID(try row.integer("id")), name: try row.text("name"),
            artifactLocation: try row.text("artifact_location"), lifecycle: try row.lifecycle("lifecycle"),
            created: try row.timestamp("created_at"), updated: try row.timestamp("updated_at"), tags: [:])
    }

    func experiment(tags: [String: String]) -> Experiment {
        Experiment(
            id: bare.id, name: bare.name, artifactLocation: bare.artifactLocation, lifecycle: bare.lifecycle,
            created: bare.created, updated: bare.updated, tags: tags)
    }
}

extension SQLRow {
    func lifecycle(_ column: String) throws -> Lifecycle {
        guard let lifecycle = Lifecycle(rawValue: try text(column)) else {
            throw GatehouseError(.integrity, "The database holds an unknown state of life in '\(column)'.")
        }
        return lifecycle
    }
}
