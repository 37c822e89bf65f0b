package import GatehouseCore

/// Records of another tracking server, as they are posted: MLflow's own objects, which both MLflow's answers and its database
/// are read into.
package struct ImportCall: Sendable {
    /// A dataset's profile alone may have 16 million characters.
    package static let bodyBytesMax = 64 * 1024 * 1024
    package static let recordsMax = 20_000
    package static let originCharactersMax = 300

    /// Where they come from, for the audit log.
    package var origin: String
    /// Compare only.
    package var isDryRun: Bool
    package var experiments: [MLflowExperiment] = []
    package var runs: [MLflowRun] = []
    /// Points, each with its run.
    package var metrics: [MLflowMetric] = []
    package var loggedModels: [ImportedLoggedModel] = []
    package var models: [MLflowRegisteredModel] = []
    package var versions: [ImportedModelVersion] = []
    /// With the version that each stood for.
    package var aliases: [ImportedModelAlias] = []
    /// Versions that are put into the stage they had. Needs a reason.
    package var stages: [ImportedStage] = []
    package var reason: String?

    package init(origin: String, isDryRun: Bool) {
        self.origin = origin
        self.isDryRun = isDryRun
    }

    /// Fails with `invalidArgument` naming the field, and `tooLarge` beyond `recordsMax`.
    package init(_ fields: MLflowFields) throws(GatehouseError) {
        origin = try fields.requiredText("origin")
        isDryRun = try fields.flag("dry_run") ?? false
        experiments = try fields.objects("experiments").map { fields throws(GatehouseError) in try .init(fields) }
        runs = try fields.objects("runs").map { fields throws(GatehouseError) in try .init(fields) }
        metrics = try fields.objects("metrics").map { fields throws(GatehouseError) in try .init(fields) }
        loggedModels = try fields.objects("logged_models").map { fields throws(GatehouseError) in try .init(fields) }
        models = try fields.objects("models").map { fields throws(GatehouseError) in try .init(fields) }
        versions = try fields.objects("versions").map { fields throws(GatehouseError) in try .init(fields) }
        aliases = try fields.objects("aliases").map { fields throws(GatehouseError) in try .init(fields) }
        stages = try fields.objects("stages").map { fields throws(GatehouseError) in try .init(fields) }
        reason = try fields.text("reason")
        guard recordCount <= Self.recordsMax else {
            throw GatehouseError(
                .tooLarge, "A call imports at most \(Self.recordsMax) records, not \(recordCount).",
                hint: "Send the rest in another call.")
        }
    }

    package var recordCount: Int {
        experiments.count + runs.count + metrics.count + loggedModels.count + models.count + versions.count + aliases.count
            + stages.count
    }

    /// The records of a call that has one kind of them, in two calls.
    package var halves: (ImportCall, ImportCall) {
        var (first, second) = (self, self)
        func split<Record>(_ list: WritableKeyPath<ImportCall, [Record]>) {
            let middle = (self[keyPath: list].count + 1) / 2
            first[keyPath: list] = Array(self[keyPath: list].prefix(middle))
            second[keyPath: list] = Array(self[keyPath: list].dropFirst(middle))
        }
        split(\.experiments)
        split(\.runs)
        split(\.metrics)
        split(\.loggedModels)
        split(\.models)
        split(\.versions)
        split(\.aliases)
        split(\.stages)
        return (first, second)
    }

    package var bytes: [UInt8] {
        JSONWriter.object(capacity: 64 * 1024) {
            $0.member("origin", origin)
            $0.member("dry_run", isDryRun)
            $0.member("experiments", unlessEmpty: experiments) { $1.write(to: &$0) }
            $0.member("runs", unlessEmpty: runs) { $1.write(to: &$0) }
            $0.member("metrics", unlessEmpty: metrics) { $1.write(to: &$0) }
            $0.member("logged_models", unlessEmpty: loggedModels) { $1.write(to: &$0) }
            $0.member("models", unlessEmpty: models) { $1.write(to: &$0) }
            $0.member("versions", unlessEmpty: versions) { $1.write(to: &$0) }
            $0.member("aliases", unlessEmpty: aliases) { $1.write(to: &$0) }
            $0.member("stages", unlessEmpty: stages) { $1.write(to: &$0) }
            $0.member("reason", reason)
        }
    }
}

/// A logged model, and whether it was deleted, which MLflow's own object does not say.
package struct ImportedLoggedModel: Sendable {
    package var model: MLflowLoggedModel
    package var isDeleted: Bool

    package init(_ model: MLflowLoggedModel, isDeleted: Bool = false) {
        self.model = model
        self.isDeleted = isDeleted
    }

    package init(_ fields: MLflowFields) throws(GatehouseError) {
        guard let inner = try fields.object("model") else { throw fields.missing("model") }
        model = try MLflowLoggedModel(inner)
        isDeleted = try fields.flag("deleted") ?? false
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.key("model")
            model.write(to: &$0)
            $0.member("deleted", isDeleted)
        }
    }
}

/// A version, and where its files are when its source does not say.
package struct ImportedModelVersion: Sendable {
    package var version: MLflowModelVersion
    package var storageLocation: String?

    package init(_ version: MLflowModelVersion, storageLocation: String? = nil) {
        self.version = version
        self.storageLocation = storageLocation
    }

    package init(_ fields: MLflowFields) throws(GatehouseError) {
        guard let inner = try fields.object("model_version") else { throw fields.missing("model_version") }
        version = try MLflowModelVersion(inner)
        storageLocation = try fields.givenText("storage_location")
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.key("model_version")
            version.write(to: &$0)
            $0.member("storage_location", storageLocation)
        }
    }
}

/// An alias and what it stood for.
package struct ImportedModelAlias: Sendable {
    package let model: String
    package let alias: MLflowAlias

    package init(_ alias: MLflowAlias, of model: String) {
        self.model = model
        self.alias = alias
    }

    package init(_ fields: MLflowFields) throws(GatehouseError) {
        model = try fields.requiredText("name")
        alias = try MLflowAlias(fields)
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("name", model)
            $0.member("alias", alias.alias)
            $0.member("version", alias.version)
        }
    }
}

/// A version and the stage it was in.
package struct ImportedStage: Sendable {
    package let model: String
    package let version: String
    package let stage: String

    package init(model: String, version: String, stage: String) {
        self.model = model
        self.version = version
        self.stage = stage
    }

    package init(_ fields: MLflowFields) throws(GatehouseError) {
        model = try fields.requiredText("name")
        version = try fields.requiredText("version")
        stage = try fields.requiredText("stage")
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("name", model)
            $0.member("version", version)
            $0.member("stage", stage)
        }
    }
}

/// What became of each record, in the order in which they were sent.
package struct ImportAnswer: Codable, Sendable {
    package struct Finding: Codable, Sendable {
        package enum State: String, Codable, Sendable {
            case added, same, different
            case leftOut = "left_out"
        }

        package let kind: String
        package let id: String
        package let state: State
        /// Of `added` what of it did not come, of `different` the fields, of `left_out` why.
        package let details: [String]
        /// New points, of metrics.
        package let points: Int

        package init(kind: String, id: String, state: State, details: [String] = [], points: Int = 0) {
            self.kind = kind
            self.id = id
            self.state = state
            self.details = details
            self.points = points
        }
    }

    package let findings: [Finding]

    package init(findings: [Finding]) { self.findings = findings }
}
