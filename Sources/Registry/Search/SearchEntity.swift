/// What can be searched, and by what.
package enum SearchEntity: String, Sendable, CaseIterable {
    case experiments
    case runs
    case loggedModels
    case registeredModels
    case modelVersions
}

/// A property that a filter or an order may name.
struct SearchAttribute: Sendable {
    enum Values: Sendable {
        case text
        /// Whole numbers; a decimal is compared as it is.
        case number
        /// Whole numbers and nothing else.
        case wholeNumber
        /// Whole numbers, also in quotes.
        case quotableNumber
        /// Decimal digits in quotes.
        case identifier
    }

    /// The first of its names.
    let name: String
    let values: Values
    let takesList: Bool
}

/// Which list of entries a key is looked for in.
enum SearchKind: String, Sendable {
    case attribute, metric, parameter, tag, dataset
}

extension SearchEntity {
    /// What may stand before the dot.
    var kinds: [String: SearchKind] {
        switch self {
        case .runs:
            [
                "attribute": .attribute, "attributes": .attribute, "attr": .attribute, "run": .attribute,
                "metric": .metric, "metrics": .metric, "parameter": .parameter, "parameters": .parameter,
                "param": .parameter, "params": .parameter, "tag": .tag, "tags": .tag, "dataset": .dataset,
                "datasets": .dataset,
            ]
        case .loggedModels: ["attributes": .attribute, "metrics": .metric, "params": .parameter, "tags": .tag]
        case .experiments, .registeredModels, .modelVersions:
            ["attribute": .attribute, "tag": .tag, "tags": .tag]
        }
    }

    /// By every name that MLflow knows them by.
    var attributes: [String: SearchAttribute] {
        switch self {
        case .experiments:
            Self.table(text: ["name"], identifiers: ["experiment_id"], whole: ["creation_time", "last_update_time"])
        case .runs:
            Self.table(
                text: ["artifact_uri", "run_name", "status", "user_id"], lists: ["run_id"], numbers: ["start_time", "end_time"],
                others: [
                    "created": "start_time", "Created": "start_time", "run name": "run_name", "Run name": "run_name",
                    "Run Name": "run_name",
                ])
        case .loggedModels:
            Self.table(
                lists: ["name", "model_id", "model_type", "status", "source_run_id"],
                numbers: ["creation_timestamp", "last_updated_timestamp"],
                others: [
                    "creation_time": "creation_timestamp", "creation_timestamp_ms": "creation_timestamp",
                    "last_updated_time": "last_updated_timestamp", "last_updated_timestamp_ms": "last_updated_timestamp",
                ])
        case .registeredModels: Self.table(lists: ["name"])
        case .modelVersions:
            Self.table(text: ["source_path"], lists: ["name", "run_id"], quotable: ["version_number"])
        }
    }

    /// What a page may be ordered by, by every name.
    var orderAttributes: [String: String] {
        switch self {
        case .experiments, .loggedModels: attributes.mapValues(\.name)
        case .runs: attributes.filter { !$0.key.contains(" ") }.mapValues(\.name)
        case .registeredModels:
            ["name": "name", "timestamp": "last_updated_timestamp", "last_updated_timestamp": "last_updated_timestamp"]
        case .modelVersions:
            [
                "name": "name", "version_number": "version_number", "creation_timestamp": "creation_timestamp",
                "last_updated_timestamp": "last_updated_timestamp",
            ]
        }
    }

    /// The comparators that a subject takes.
    func comparators(_ kind: SearchKind, _ attribute: SearchAttribute?) -> [SearchComparator] {
        let texts: [SearchComparator] = [.equal, .notEqual, .like, .likeAnyCase]
        let numbers: [SearchComparator] = [.equal, .notEqual, .less, .atMost, .greater, .atLeast]
        let lists: [SearchComparator] = [.oneOf, .noneOf]
        switch kind {
        case .metric: return numbers
        case .dataset: return texts + lists
        case .parameter, .tag:
            switch self {
            case .runs, .experiments: return texts + [.isAbsent, .isPresent]
            case .loggedModels: return texts + lists
            case .registeredModels, .modelVersions: return texts
            }
        case .attribute:
            switch attribute?.values {
            case .number, .wholeNumber, .quotableNumber: return numbers
            case .identifier: return [.equal, .notEqual] + lists
            case .text, nil: return attribute?.takesList == true ? texts + lists : texts
            }
        }
    }

    /// The order of a search that asks for none, and what is appended to every other one so that it is total.
    func completed(_ order: [SearchOrder]) -> [SearchOrder] {
        let ties: [SearchOrder]
        switch self {
        case .experiments:
            ties =
                order.isEmpty
                ? [.init(.attribute("creation_time"), ascending: false), .init(.attribute("experiment_id"), ascending: true)]
                : [.init(.attribute("experiment_id"), ascending: false)]
        case .runs: ties = [.init(.attribute("start_time"), ascending: false), .init(.attribute("run_id"), ascending: true)]
        case .loggedModels:
            ties = [.init(.attribute("creation_timestamp"), ascending: false), .init(.attribute("model_id"), ascending: true)]
        case .registeredModels: ties = [.init(.attribute("name"), ascending: true)]
        case .modelVersions:
            let newest = SearchOrder(.attribute("last_updated_timestamp"), ascending: false)
            ties =
                (order.isEmpty ? [newest] : [])
                + [.init(.attribute("name"), ascending: true), .init(.attribute("version_number"), ascending: false)]
        }
        return order + ties.filter { tie in !order.contains { $0.subject == tie.subject } }
    }

    private static func table(
        text: [String] = [], lists: [String] = [], identifiers: [String] = [], numbers: [String] = [], whole: [String] = [],
        quotable: [String] = [], others: [String: String] = [:]
    ) -> [String: SearchAttribute] {
        var table: [String: SearchAttribute] = [:]
        for name in text { table[name] = SearchAttribute(name: name, values: .text, takesList: false) }
        for name in lists { table[name] = SearchAttribute(name: name, values: .text, takesList: true) }
        for name in identifiers { table[name] = SearchAttribute(name: name, values: .identifier, takesList: true) }
        for name in numbers { table[name] = SearchAttribute(name: name, values: .number, takesList: false) }
        for name in whole { table[name] = SearchAttribute(name: name, values: .wholeNumber, takesList: false) }
        for name in quotable { table[name] = SearchAttribute(name: name, values: .quotableNumber, takesList: false) }
        for (other, name) in others { table[other] = table[name] }
        return table
    }
}
