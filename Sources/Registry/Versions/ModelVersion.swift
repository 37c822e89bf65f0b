package import GatehouseCore

/// One registered version of a model, with all that every answer about it carries.
package struct ModelVersion: Sendable, Hashable {
    package let model: ModelName
    package let number: VersionNumber
    package let stage: Stage
    /// Where the client said the bytes are: `runs:/…`, `models:/…`, a path or a URL.
    package let source: String
    package let runID: String?
    package let runLink: String?
    /// MLflow's logged model, when the version was made from one.
    package let loggedModelID: String?
    package let description: String
    /// The sealed bytes. Nil is *unpinned*: the server could not read the source, so the version cannot enter Production.
    package let artifact: Digest?
    package let signature: ModelSignature?
    package let createdBy: Principal
    package let created: Timestamp
    package let updated: Timestamp
    /// When it last left Production; nil when it never did.
    package let leftProduction: Timestamp?
    package let tags: [String: String]
    package let aliases: [Alias]

    package var isPinned: Bool { artifact != nil }
    /// How a version is named everywhere: `credit-risk/12`.
    package var reference: String { "\(model)/\(number)" }
}

/// What is asked for when a version is registered.
package struct VersionRequest: Sendable, Hashable {
    package static let textBytesMax = 100_000

    package var model: ModelName
    package var source: String
    /// Nil: the source could not be read, the version is unpinned.
    package var manifest: ArtifactManifest?
    /// Where the manifest was read, on this server: sealed together with it.
    package var artifactSource: ArtifactSource?
    package var signature: ModelSignature?
    package var runID: String?
    package var runLink: String?
    package var loggedModelID: String?
    /// Where the files can be read from, when that is not the source itself: what a copy points at.
    package var storageLocation: String?
    package var description: String
    package var tags: [String: String]
    /// The same key with the same request gives the same version; with another request, `conflict`.
    package var idempotencyKey: String?

    package init(
        model: ModelName, source: String, manifest: ArtifactManifest? = nil, signature: ModelSignature? = nil,
        runID: String? = nil, runLink: String? = nil, loggedModelID: String? = nil, storageLocation: String? = nil,
        description: String = "",
        tags: [String: String] = [:], idempotencyKey: String? = nil
    ) {
        self.model = model
        self.source = source
        self.manifest = manifest
        self.signature = signature
        self.runID = runID
        self.runLink = runLink
        self.loggedModelID = loggedModelID
        self.storageLocation = storageLocation
        self.description = description
        self.tags = tags
        self.idempotencyKey = idempotencyKey
    }

    /// Tells two requests apart that use the same idempotency key.
    var fingerprint: JSONValue {
        func text(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }
        return .object([
            "source": .string(source), "run_id": text(runID), "run_link": text(runLink), "model_id": text(loggedModelID),
            "description": .string(description), "artifact": text(manifest?.digest.description),
            "signature": signature?.json ?? .null, "tags": .object(tags.mapValues(JSONValue.string)),
        ])
    }
}
