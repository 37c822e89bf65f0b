package import GatehouseCore

/// A version of another registry, named as that registry names it.
package struct CopySourceAnswer: Codable, Sendable, Equatable {
    /// `gatehouse` or `mlflow`.
    package let kind: String
    /// The name of its audit log, or the address of an MLflow server.
    package let registry: String
    /// What it was called when it was copied.
    package let name: String
    package let model: String
    package let version: String
    package let runID: String?

    package init(kind: String, registry: String, name: String, model: String, version: String, runID: String?) {
        self.kind = kind
        self.registry = registry
        self.name = name
        self.model = model
        self.version = version
        self.runID = runID
    }

    init(_ fields: MLflowFields) throws(GatehouseError) {
        self.init(
            kind: try fields.requiredText("kind"), registry: try fields.requiredText("registry"),
            name: try fields.requiredText("name"), model: try fields.requiredText("model"),
            version: try fields.requiredText("version"), runID: try fields.text("run_id"))
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("kind", kind)
            $0.member("registry", registry)
            $0.member("name", name)
            $0.member("model", model)
            $0.member("version", version)
            $0.member("run_id", runID)
        }
    }

    enum CodingKeys: String, CodingKey {
        case kind, registry, name, model, version
        case runID = "run_id"
    }
}

/// Registers a copy of bytes that were uploaded before. Read and written by hand, because the run in it is MLflow's object.
package struct CopyCall: Sendable {
    /// A hundred thousand files, or a run with as many points of metrics.
    package static let bodyBytesMax = 64 * 1024 * 1024
    package static let textCharactersMax = 2000

    package var source: CopySourceAnswer
    /// Where a chain of copies began.
    package var firstRegistry: String?
    package var firstVersion: String?
    package var artifactDigest: String
    package var files: [ManifestEntry]
    package var description: String
    package var tags: [MLflowTag]
    package var signature: JSONValue?
    package var run: MLflowRun?
    package var experiment: String?
    package var metrics: [MLflowMetric]
    package var receipts: [String]
    /// How the version stood at the source: stage, aliases, times.
    package var standing: JSONValue
    /// The number it shall keep.
    package var number: Int64?

    package init(source: CopySourceAnswer, artifactDigest: String, files: [ManifestEntry]) {
        self.source = source
        self.artifactDigest = artifactDigest
        self.files = files
        description = ""
        tags = []
        metrics = []
        receipts = []
        standing = [:]
    }

    /// Fails with `invalidArgument` naming the field.
    package init(_ fields: MLflowFields) throws(GatehouseError) {
        guard let source = try fields.object("source") else { throw fields.missing("source") }
        self.source = try CopySourceAnswer(source)
        firstRegistry = try fields.text("first_registry")
        firstVersion = try fields.text("first_version")
        artifactDigest = try fields.requiredText("artifact_digest")
        files = try fields.objects("files").map { file throws(GatehouseError) in
            ManifestEntry(
                path: try file.requiredText("path"), digest: try file.requiredText("digest"),
                bytes: try file.requiredInteger("bytes"))
        }
        description = try fields.text("description") ?? ""
        tags = try fields.objects("tags").map { tag throws(GatehouseError) in try .init(tag) }
        signature = try fields.value("signature")
        run = try fields.object("run").map { run throws(GatehouseError) in try .init(run) }
        experiment = try fields.text("experiment")
        metrics = try fields.objects("metrics").map { point throws(GatehouseError) in try .init(point) }
        receipts = try fields.texts("receipts")
        standing = try fields.value("standing") ?? [:]
        number = try fields.integer("number")
    }

    package var bytes: [UInt8] {
        JSONWriter.object(capacity: 64 * 1024) {
            $0.key("source")
            source.write(to: &$0)
            $0.member("first_registry", firstRegistry)
            $0.member("first_version", firstVersion)
            $0.member("artifact_digest", artifactDigest)
            $0.member("files", unlessEmpty: files) { json, file in
                json.object {
                    $0.member("path", file.path)
                    $0.member("digest", file.digest)
                    $0.member("bytes", file.bytes)
                }
            }
            $0.member("description", description)
            $0.member("tags", unlessEmpty: tags) { $1.write(to: &$0) }
            if let signature {
                $0.key("signature")
                $0.value(signature)
            }
            if let run {
                $0.key("run")
                run.write(to: &$0)
            }
            $0.member("experiment", experiment)
            $0.member("metrics", unlessEmpty: metrics) { $1.write(to: &$0) }
            $0.member("receipts", unlessEmpty: receipts) { $0.value($1) }
            $0.key("standing")
            $0.value(standing)
            $0.member("number", number)
        }
    }
}

/// Where a copied version comes from, and what vouches for it.
package struct ProvenanceAnswer: Codable, Sendable {
    package let source: CopySourceAnswer
    package let firstRegistry: String
    package let firstVersion: String
    package let artifactDigest: String
    /// `verified` or `not_verified`.
    package let verification: String
    package let reason: String
    /// The signed state of the source's log that the receipts lead to.
    package let logOrigin: String?
    package let logSize: Int64?
    package let logRoot: String?
    /// The entries of that log that the receipts are for.
    package let entries: [Int64]
    package let receipts: [String]
    package let snapshot: JSONValue

    package init(
        source: CopySourceAnswer, firstRegistry: String, firstVersion: String, artifactDigest: String, verification: String,
        reason: String, logOrigin: String?, logSize: Int64?, logRoot: String?, entries: [Int64], receipts: [String],
        snapshot: JSONValue
    ) {
        self.source = source
        self.firstRegistry = firstRegistry
        self.firstVersion = firstVersion
        self.artifactDigest = artifactDigest
        self.verification = verification
        self.reason = reason
        self.logOrigin = logOrigin
        self.logSize = logSize
        self.logRoot = logRoot
        self.entries = entries
        self.receipts = receipts
        self.snapshot = snapshot
    }

    enum CodingKeys: String, CodingKey {
        case source, verification, reason, entries, receipts, snapshot
        case firstRegistry = "first_registry"
        case firstVersion = "first_version"
        case artifactDigest = "artifact_digest"
        case logOrigin = "log_origin"
        case logSize = "log_size"
        case logRoot = "log_root"
    }
}

/// What became of a copy.
package struct CopyAnswer: Codable, Sendable {
    package let version: VersionAnswer
    /// False: it was there already, and nothing was done.
    package let isNew: Bool
    /// What did not come although it was sent, each with its reason.
    package let leftOut: [String]
    package let provenance: ProvenanceAnswer

    package init(version: VersionAnswer, isNew: Bool, leftOut: [String], provenance: ProvenanceAnswer) {
        self.version = version
        self.isNew = isNew
        self.leftOut = leftOut
        self.provenance = provenance
    }

    enum CodingKeys: String, CodingKey {
        case version, provenance
        case isNew = "is_new"
        case leftOut = "left_out"
    }
}

/// What the log says of a version, for somebody who takes it elsewhere: the registration, and the newest move.
package struct VersionProofsAnswer: Codable, Sendable {
    package let origin: String
    package let receipts: [Receipt]

    package struct Receipt: Codable, Sendable, Equatable {
        package let entry: Int64
        package let action: String
        /// C2SP tlog-proof.
        package let receipt: String

        package init(entry: Int64, action: String, receipt: String) {
            self.entry = entry
            self.action = action
            self.receipt = receipt
        }
    }

    package init(origin: String, receipts: [Receipt]) {
        self.origin = origin
        self.receipts = receipts
    }
}
