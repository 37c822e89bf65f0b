import GatehouseCore

/// A dataset that a run read. In one experiment, equal name and digest are one dataset.
package struct RunDataset: Sendable, Hashable {
    package static let nameCharactersMax = 500
    package static let digestCharactersMax = 36
    package static let sourceCharactersMax = 65_535
    package static let schemaCharactersMax = 1_048_575
    package static let profileCharactersMax = 16_777_215

    package let name: String
    package let digest: String
    package let sourceType: String
    package let source: String
    package let schema: String?
    package let profile: String?

    package init(name: String, digest: String, sourceType: String, source: String, schema: String?, profile: String?) {
        self.name = name
        self.digest = digest
        self.sourceType = sourceType
        self.source = source
        self.schema = schema
        self.profile = profile
    }
}

/// A dataset with what it was used for, in tags.
package struct DatasetInput: Sendable, Hashable {
    package static let perCallMax = 1000
    package static let tagKeyCharactersMax = 255
    package static let tagValueCharactersMax = 500
    /// The tag that says what a dataset was used for: `training`, `eval`.
    package static let contextTag = "mlflow.data.context"

    package let dataset: RunDataset
    package let tags: [LoggedEntry]

    package init(dataset: RunDataset, tags: [LoggedEntry]) {
        self.dataset = dataset
        self.tags = tags
    }

    /// Fails with `invalidArgument`.
    func check() throws(GatehouseError) {
        try LoggedKey.check(dataset.name, charactersMax: RunDataset.nameCharactersMax, what: "name")
        try LoggedKey.check(dataset.digest, charactersMax: RunDataset.digestCharactersMax, what: "digest")
        try LoggedKey.check(dataset.source, charactersMax: RunDataset.sourceCharactersMax, what: "source")
        if let schema = dataset.schema {
            try LoggedKey.check(schema, charactersMax: RunDataset.schemaCharactersMax, what: "schema")
        }
        if let profile = dataset.profile {
            try LoggedKey.check(profile, charactersMax: RunDataset.profileCharactersMax, what: "profile")
        }
        for tag in tags {
            try LoggedKey.check(tag.key, charactersMax: Self.tagKeyCharactersMax, what: "key")
            try LoggedKey.check(tag.value, charactersMax: Self.tagValueCharactersMax, what: "value")
        }
        _ = try Tracking.distinct(tags.map { ($0.key, $0.value) })
    }
}

/// A dataset of an experiment and one of its uses.
package struct DatasetSummary: Sendable, Hashable {
    package static let perAnswerMax = 1000

    package let experiment: ExperimentID
    package let name: String
    package let digest: String
    package let context: String?
}
