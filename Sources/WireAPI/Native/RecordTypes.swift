package import GatehouseCore

/// Names a blob as a new version of a dataset.
package struct AddDatasetCall: Codable, Sendable {
    package let digest: String
    /// `csv` or `jsonl`.
    package let format: String
    /// Columns that hold text even where their cells look like numbers.
    package let textColumns: [String]?

    package init(digest: String, format: String, textColumns: [String]? = nil) {
        self.digest = digest
        self.format = format
        self.textColumns = textColumns
    }

    enum CodingKeys: String, CodingKey {
        case digest, format
        case textColumns = "text_columns"
    }
}

package struct DatasetAnswer: Codable, Sendable {
    package let name: String
    package let version: Int64
    package let digest: String
    package let bytes: Int64
    package let format: String
    package let rows: Int64?
    package let columns: [String]
    package let createdAt: String
    package let createdBy: String

    package init(
        name: String, version: Int64, digest: String, bytes: Int64, format: String, rows: Int64?, columns: [String],
        createdAt: String, createdBy: String
    ) {
        self.name = name
        self.version = version
        self.digest = digest
        self.bytes = bytes
        self.format = format
        self.rows = rows
        self.columns = columns
        self.createdAt = createdAt
        self.createdBy = createdBy
    }

    enum CodingKeys: String, CodingKey {
        case name, version, digest, bytes, format, rows, columns
        case createdAt = "created_at"
        case createdBy = "created_by"
    }
}

/// A feature pipeline's schema: `[{"name": …, "type": …, "required": …}]`.
package struct AddPipelineCall: Codable, Sendable {
    package let schema: JSONValue
    package init(schema: JSONValue) { self.schema = schema }
}

package struct PipelineAnswer: Codable, Sendable {
    package let name: String
    package let version: Int64
    package let inProduction: Bool
    package let schema: JSONValue
    package let createdAt: String
    package let createdBy: String

    package init(name: String, version: Int64, inProduction: Bool, schema: JSONValue, createdAt: String, createdBy: String) {
        self.name = name
        self.version = version
        self.inProduction = inProduction
        self.schema = schema
        self.createdAt = createdAt
        self.createdBy = createdBy
    }

    enum CodingKeys: String, CodingKey {
        case name, version, schema
        case inProduction = "in_production"
        case createdAt = "created_at"
        case createdBy = "created_by"
    }
}

package struct ApplyPolicyCall: Codable, Sendable {
    package let yaml: String
    package init(yaml: String) { self.yaml = yaml }
}

package struct PolicyAnswer: Codable, Sendable {
    /// A model's name or a pattern.
    package let model: String
    /// Nil for the server's default policy.
    package let version: Int64?
    package let digest: String
    package let yaml: String
    package let rules: JSONValue
    package let appliedAt: String?
    package let appliedBy: String?
    /// The edit of these rules that waits for a second person; nil for rules that are in force.
    package let proposal: String?
    /// Why the policy has to be confirmed; empty while it is not stale.
    package let stale: [String]

    package init(
        model: String, version: Int64?, digest: String, yaml: String, rules: JSONValue, appliedAt: String?, appliedBy: String?,
        proposal: String? = nil, stale: [String] = []
    ) {
        self.model = model
        self.version = version
        self.digest = digest
        self.yaml = yaml
        self.rules = rules
        self.appliedAt = appliedAt
        self.appliedBy = appliedBy
        self.proposal = proposal
        self.stale = stale
    }

    enum CodingKeys: String, CodingKey {
        case model, version, digest, yaml, rules, proposal, stale
        case appliedAt = "applied_at"
        case appliedBy = "applied_by"
    }
}

package struct AttestCall: Codable, Sendable {
    package let note: String
    package init(note: String) { self.note = note }
}

package struct BlobAnswer: Codable, Sendable {
    package let digest: String
    package let bytes: Int64
    package init(digest: String, bytes: Int64) {
        self.digest = digest
        self.bytes = bytes
    }
}
