package import GatehouseCore

package struct ModelAnswer: Codable, Sendable {
    package let name: String
    package let description: String
    package let createdAt: String
    package let createdBy: String
    package let versionCount: Int64
    package let aliases: [String: Int64]

    package init(
        name: String, description: String, createdAt: String, createdBy: String, versionCount: Int64, aliases: [String: Int64]
    ) {
        self.name = name
        self.description = description
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.versionCount = versionCount
        self.aliases = aliases
    }

    enum CodingKeys: String, CodingKey {
        case name, description, aliases
        case createdAt = "created_at"
        case createdBy = "created_by"
        case versionCount = "version_count"
    }
}

package struct CreateModelCall: Codable, Sendable {
    package let name: String
    package let description: String?

    package init(name: String, description: String? = nil) {
        self.name = name
        self.description = description
    }
}

/// One file of an artifact: where it stands in the artifact and which blob holds its bytes.
package struct ManifestEntry: Codable, Sendable {
    package let path: String
    package let digest: String
    package let bytes: Int64

    package init(path: String, digest: String, bytes: Int64) {
        self.path = path
        self.digest = digest
        self.bytes = bytes
    }
}

/// Registers a version of bytes that were uploaded as blobs before.
package struct CreateVersionCall: Codable, Sendable {
    package let files: [ManifestEntry]
    package let source: String?
    package let runID: String?
    package let description: String?
    package let tags: [String: String]
    /// MLflow's signature with `inputs` and `outputs` as lists; nil: read from the artifact's `MLmodel`.
    package let signature: JSONValue?
    /// The same key for the same model answers with the version made the first time.
    package let idempotencyKey: String?

    package init(
        files: [ManifestEntry], source: String? = nil, runID: String? = nil, description: String? = nil,
        tags: [String: String] = [:], signature: JSONValue? = nil, idempotencyKey: String? = nil
    ) {
        self.files = files
        self.source = source
        self.runID = runID
        self.description = description
        self.tags = tags
        self.signature = signature
        self.idempotencyKey = idempotencyKey
    }

    /// Without files the version is unpinned; without tags it has none.
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            files: try members.decodeIfPresent([ManifestEntry].self, forKey: .files) ?? [],
            source: try members.decodeIfPresent(String.self, forKey: .source),
            runID: try members.decodeIfPresent(String.self, forKey: .runID),
            description: try members.decodeIfPresent(String.self, forKey: .description),
            tags: try members.decodeIfPresent([String: String].self, forKey: .tags) ?? [:],
            signature: try members.decodeIfPresent(JSONValue.self, forKey: .signature),
            idempotencyKey: try members.decodeIfPresent(String.self, forKey: .idempotencyKey))
    }

    enum CodingKeys: String, CodingKey {
        case files, source, description, tags, signature
        case runID = "run_id"
        case idempotencyKey = "idempotency_key"
    }
}

package struct VersionAnswer: Codable, Sendable {
    package let modelName: String
    package let version: Int64
    package let stage: String
    package let artifactDigest: String?
    package let artifactBytes: Int64?
    package let files: [ManifestEntry]
    package let source: String?
    package let runID: String?
    package let description: String
    package let createdAt: String
    package let createdBy: String
    package let tags: [String: String]
    package let aliases: [String]
    package let signature: JSONValue?

    package init(
        modelName: String, version: Int64, stage: String, artifactDigest: String?, artifactBytes: Int64?, files: [ManifestEntry],
        source: String?, runID: String?, description: String, createdAt: String, createdBy: String, tags: [String: String],
        aliases: [String], signature: JSONValue?
    ) {
        self.modelName = modelName
        self.version = version
        self.stage = stage
        self.artifactDigest = artifactDigest
        self.artifactBytes = artifactBytes
        self.files = files
        self.source = source
        self.runID = runID
        self.description = description
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.tags = tags
        self.aliases = aliases
        self.signature = signature
    }

    enum CodingKeys: String, CodingKey {
        case version, stage, files, source, description, tags, aliases, signature
        case modelName = "model_name"
        case artifactDigest = "artifact_digest"
        case artifactBytes = "artifact_bytes"
        case runID = "run_id"
        case createdAt = "created_at"
        case createdBy = "created_by"
    }
}

package struct SetTagCall: Codable, Sendable {
    package let value: String
    package init(value: String) { self.value = value }
}

package struct SetAliasCall: Codable, Sendable {
    package let version: Int64
    package let reason: String?
    package init(version: Int64, reason: String? = nil) {
        self.version = version
        self.reason = reason
    }
}

package struct TransitionCall: Codable, Sendable {
    package let to: String
    package let reason: String?
    /// Refuse when the version is not in this stage any more.
    package let expectedStage: String?
    package let idempotencyKey: String?
    package let archiveExistingVersions: Bool?
    /// The slot in production; nil: the default one.
    package let environment: String?
    package let segment: String?

    package init(
        to: String, reason: String? = nil, expectedStage: String? = nil, idempotencyKey: String? = nil,
        archiveExistingVersions: Bool? = nil, environment: String? = nil, segment: String? = nil
    ) {
        self.to = to
        self.reason = reason
        self.expectedStage = expectedStage
        self.idempotencyKey = idempotencyKey
        self.archiveExistingVersions = archiveExistingVersions
        self.environment = environment
        self.segment = segment
    }

    enum CodingKeys: String, CodingKey {
        case to, reason, environment, segment
        case expectedStage = "expected_stage"
        case idempotencyKey = "idempotency_key"
        case archiveExistingVersions = "archive_existing_versions"
    }
}

package struct TransitionAnswer: Codable, Sendable {
    package let modelName: String
    package let version: Int64
    package let from: String
    package let to: String
    /// Versions that left Production because of it.
    package let displaced: [Int64]
    /// What would have been refused under `enforce`.
    package let warnings: [String]

    package init(modelName: String, version: Int64, from: String, to: String, displaced: [Int64], warnings: [String]) {
        self.modelName = modelName
        self.version = version
        self.from = from
        self.to = to
        self.displaced = displaced
        self.warnings = warnings
    }

    enum CodingKeys: String, CodingKey {
        case version, from, to, displaced, warnings
        case modelName = "model_name"
    }
}

/// Enters a version that was in production before Gatehouse came.
package struct AdoptCall: Codable, Sendable {
    package let reason: String
    package let segment: String?
    package let environment: String?

    package init(reason: String, segment: String? = nil, environment: String? = nil) {
        self.reason = reason
        self.segment = segment
        self.environment = environment
    }
}

/// A stretch of time in which one version was active in a slot.
package struct HistoryAnswer: Codable, Sendable {
    package let slot: String
    package let version: Int64
    package let from: String
    package let until: String?
    package let how: String
    package let by: String
    package let reason: String
    package let auditSequence: Int64

    package init(
        slot: String, version: Int64, from: String, until: String?, how: String, by: String, reason: String, auditSequence: Int64
    ) {
        self.slot = slot
        self.version = version
        self.from = from
        self.until = until
        self.how = how
        self.by = by
        self.reason = reason
        self.auditSequence = auditSequence
    }

    enum CodingKeys: String, CodingKey {
        case slot, version, from, until, how, by, reason
        case auditSequence = "audit_sequence"
    }
}

/// A list of anything, with the token of its next page.
package struct PageAnswer<Item: Codable & Sendable>: Codable, Sendable {
    package let items: [Item]
    package let nextPageToken: String?

    package init(items: [Item], nextPageToken: String? = nil) {
        self.items = items
        self.nextPageToken = nextPageToken
    }

    enum CodingKeys: String, CodingKey {
        case items
        case nextPageToken = "next_page_token"
    }
}
