package import GatehouseCore
package import Storage

extension SQLTransaction {
    /// The named version, or the newest. Fails with `notFound` and what can be done.
    package func dataset(_ reference: NamedVersion) throws -> DatasetVersion {
        let one: SQLStatement = reference.version.map { "AND number = \($0)" } ?? ""
        let found = try first(
            "SELECT * FROM dataset_version WHERE name = \(reference.name) \(one) ORDER BY number DESC LIMIT 1",
            DatasetVersion.init(row:))
        guard let found else {
            throw GatehouseError(
                .notFound, "There is no dataset '\(reference)'.",
                hint: "Add it: gatehouse dataset add \(reference.name) FILE.csv. List them: gatehouse dataset list")
        }
        return found
    }

    /// A page of one dataset's versions, newest first. `before` is the last number seen.
    package func datasetVersions(
        of name: String, before: VersionNumber? = nil, limit: Int = 100
    ) throws -> [DatasetVersion] {
        try rows(
            """
            SELECT * FROM dataset_version WHERE name = \(name) AND number < \(before?.value ?? .max)
            ORDER BY number DESC LIMIT \(Page.bounded(limit))
            """, DatasetVersion.init(row:))
    }

    /// A page of the newest version of each dataset, by name. `after` is the last name seen.
    package func datasets(after: String = "", limit: Int = 100) throws -> [DatasetVersion] {
        try rows(
            """
            SELECT v.* FROM dataset d JOIN dataset_version v ON v.name = d.name AND v.number = d.last_version
            WHERE d.name > \(after) ORDER BY d.name LIMIT \(Page.bounded(limit))
            """, DatasetVersion.init(row:))
    }

    /// The version of this name that has these bytes already, read the same way: another format or other columns of text
    /// make another dataset of them.
    func dataset(like request: DatasetRequest) throws -> DatasetVersion? {
        try first(
            """
            SELECT * FROM dataset_version WHERE name = \(request.name) AND digest = \(request.digest)
                AND format = \(request.format) AND columns = \(request.columns)
            """, DatasetVersion.init(row:))
    }

    func insertDataset(_ request: DatasetRequest, by principal: Principal, at now: Timestamp) throws -> DatasetVersion {
        let number = try first(
            """
            INSERT INTO dataset (name, last_version) VALUES (\(request.name), 1)
            ON CONFLICT (name) DO UPDATE SET last_version = dataset.last_version + 1 RETURNING last_version
            """
        ) { try VersionNumber($0.integer("last_version")) }
        guard let number else { throw GatehouseError(.internalFailure, "A counter gave no number.") }
        let dataset = DatasetVersion(
            name: request.name, number: number, digest: request.digest, format: request.format, bytes: request.bytes,
            rowCount: request.rowCount, columns: request.columns, addedBy: principal, added: now)
        try execute(
            """
            INSERT INTO dataset_version (name, number, digest, format, bytes, row_count, columns, added_by, added_at)
            VALUES (\(dataset.name), \(number), \(dataset.digest), \(dataset.format), \(dataset.bytes), \(dataset.rowCount),
                \(dataset.columns), \(principal), \(now))
            """)
        return dataset
    }
}

extension DatasetVersion {
    fileprivate init(row: SQLRow) throws {
        self.init(
            name: try row.text("name"), number: try VersionNumber(row.integer("number")), digest: try row.digest("digest"),
            format: try row.text("format"), bytes: try row.integer("bytes"),
            rowCount: try row.optional("row_count", row.integer), columns: try row.json("columns"),
            addedBy: Principal(stored: try row.text("added_by")), added: try row.timestamp("added_at"))
    }
}
