package import GatehouseCore

/// The number of an experiment. Written in decimal; 0 is the one that every server has.
package struct ExperimentID: Hashable, Sendable, CustomStringConvertible {
    package static let `default` = ExperimentID(0)

    package let value: Int64

    package init(_ value: Int64) { self.value = value }

    /// Fails with `invalidArgument`. Spaces around the number and a plus sign are taken, as MLflow takes them.
    package init(parsing text: String) throws(GatehouseError) {
        let trimmed = text.drop(while: \.isWhitespace)
        let digits = trimmed.prefix(while: { !$0.isWhitespace })
        guard trimmed.dropFirst(digits.count).allSatisfy(\.isWhitespace), let value = Int64(digits) else {
            throw GatehouseError(
                .invalidArgument, "Invalid experiment ID '\(text.prefix(80))'. Experiment ID must be a valid integer.")
        }
        self.value = value
    }

    package var description: String { String(value) }
}

/// Whether something is there or was deleted and can be restored. The raw value is what is stored and sent.
package enum Lifecycle: String, Sendable, CaseIterable {
    case active, deleted
}

/// Which of them a listing shows. The raw value is MLflow's name for it.
package enum LifecycleView: String, Sendable, CaseIterable {
    case active = "ACTIVE_ONLY"
    case deleted = "DELETED_ONLY"
    case all = "ALL"

    package var lifecycles: [Lifecycle] {
        switch self {
        case .active: [.active]
        case .deleted: [.deleted]
        case .all: [.active, .deleted]
        }
    }
}

/// A collection of runs.
package struct Experiment: Sendable, Hashable {
    package let id: ExperimentID
    package let name: String
    /// Where the artifacts of its runs go.
    package let artifactLocation: String
    package let lifecycle: Lifecycle
    package let created: Timestamp
    package let updated: Timestamp
    package let tags: [String: String]
}

extension Experiment {
    static let nameCharactersMax = 500
    static let tagValueCharactersMax = 20_000

    static func notFound(_ id: ExperimentID) -> GatehouseError {
        GatehouseError(.notFound, "No Experiment with id=\(id) exists")
    }

    static func checkName(_ name: String) throws(GatehouseError) {
        guard !name.isEmpty else { throw GatehouseError(.invalidArgument, "Invalid experiment name: ''") }
        try LoggedKey.check(name, charactersMax: nameCharactersMax, what: "name")
    }

    /// Unlike a run's, a long value is refused and not cut.
    static func checkTag(_ key: String, _ value: String) throws(GatehouseError) {
        try LoggedKey.check(key, place: "key")
        try LoggedKey.check(key, charactersMax: LoggedKey.charactersMax, what: "key")
        try LoggedKey.check(value, charactersMax: tagValueCharactersMax, what: "value")
    }

    /// Fails with `invalidArgument` when it was deleted.
    func requireActive() throws(GatehouseError) {
        guard lifecycle == .active else {
            throw GatehouseError(
                .invalidArgument,
                "The experiment \(id) must be in the 'active' state. Current state is \(lifecycle.rawValue).")
        }
    }
}
