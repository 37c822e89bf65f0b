package import GatehouseCore

/// A frozen evaluation dataset: its bytes are in the artifact store under its digest.
package struct DatasetVersion: Sendable, Hashable {
    package let name: String
    package let number: VersionNumber
    package let digest: Digest
    /// `csv`, …: as the reader that will open it calls it.
    package let format: String
    package let bytes: Int64
    package let rowCount: Int64?
    /// What the reader found: `[{"name": …, "type": …}, …]`.
    package let columns: JSONValue
    package let addedBy: Principal
    package let added: Timestamp

    package var reference: String { "\(name)@\(number)" }
}

/// What is asked for when a dataset is added.
package struct DatasetRequest: Sendable, Hashable {
    package var name: String
    package var digest: Digest
    package var format: String
    package var bytes: Int64
    package var rowCount: Int64?
    package var columns: JSONValue

    package init(
        name: String, digest: Digest, format: String, bytes: Int64, rowCount: Int64? = nil, columns: JSONValue = .array([])
    ) {
        self.name = name
        self.digest = digest
        self.format = format
        self.bytes = bytes
        self.rowCount = rowCount
        self.columns = columns
    }
}
