import GatehouseCore
package import Storage

extension SQLTransaction {
    /// What stands at a path, or nil. The root is a folder that always exists.
    package func artifactEntry(at path: ArtifactPath) throws -> ArtifactEntry? {
        if path.isRoot { return ArtifactEntry(name: "", blob: nil) }
        return try first(
            "SELECT name, digest, bytes FROM artifact_entry WHERE parent = \(path.parent.text) AND name = \(path.name)",
            ArtifactEntry.init(row:))
    }

    /// The entries of a folder, sorted by the bytes of their names; none where there is no folder.
    /// Fails with `tooLarge` when there are more than `ArtifactTree.folderEntriesMax`.
    package func artifactEntries(in folder: ArtifactPath) throws -> [ArtifactEntry] {
        let found = try rows(
            """
            SELECT name, digest, bytes FROM artifact_entry WHERE parent = \(folder.text)
            ORDER BY name LIMIT \(ArtifactTree.folderEntriesMax + 1)
            """, ArtifactEntry.init(row:))
        guard found.count <= ArtifactTree.folderEntriesMax else {
            throw GatehouseError(
                .tooLarge, "The folder '\(folder)' has more than \(ArtifactTree.folderEntriesMax) entries.",
                hint: "List its folders one by one.")
        }
        return found.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// All files below a folder with paths relative to it; a file alone under its own name; none where nothing stands.
    /// One more than `ArtifactManifest.filesMax` at most, which no manifest takes.
    package func artifactFiles(below path: ArtifactPath) throws -> [ArtifactFile] {
        if let blob = try artifactEntry(at: path)?.blob {
            return [ArtifactFile(path: path.name, digest: blob.digest, bytes: blob.bytes)]
        }
        return try rows(
            """
            \(Self.folders(below: path)) SELECT e.parent, e.name, e.digest, e.bytes
            FROM folder JOIN artifact_entry e ON e.parent = folder.path WHERE e.digest IS NOT NULL
            LIMIT \(ArtifactManifest.filesMax + 1)
            """
        ) { row in
            let parent = try row.text("parent").utf8.dropFirst(path.isRoot ? 0 : path.text.utf8.count + 1)
            let name = try row.text("name")
            return ArtifactFile(
                path: parent.isEmpty ? name : "\(String(decoding: parent, as: UTF8.self))/\(name)",
                digest: try row.digest("digest"), bytes: try row.integer("bytes"))
        }
    }

    /// Puts a file at a path, over the one that was there. Fails with `invalidArgument` when a folder is there, or a file
    /// where a folder is needed.
    func putArtifact(_ blob: Blob, at path: ArtifactPath, now: Timestamp) throws {
        guard !path.isRoot else { throw ArtifactPath.invalid("a file needs a name") }
        try makeFolder(path.parent, now: now)
        let changed = try execute(
            """
            INSERT INTO artifact_entry (parent, name, digest, bytes, updated_at)
            VALUES (\(path.parent.text), \(path.name), \(blob.digest), \(blob.bytes), \(now))
            ON CONFLICT (parent, name) DO UPDATE SET digest = excluded.digest, bytes = excluded.bytes,
                updated_at = excluded.updated_at WHERE artifact_entry.digest IS NOT NULL
            """)
        guard changed == 1 else { throw ArtifactPath.invalid("'\(path)' is a folder, not a file") }
    }

    /// Makes the folders of a path that are missing. A folder that exists has all those above it.
    private func makeFolder(_ path: ArtifactPath, now: Timestamp) throws {
        guard let entry = try artifactEntry(at: path) else {
            try makeFolder(path.parent, now: now)
            try execute(
                """
                INSERT INTO artifact_entry (parent, name, digest, bytes, updated_at)
                VALUES (\(path.parent.text), \(path.name), NULL, NULL, \(now))
                """)
            return
        }
        guard entry.blob == nil else { throw ArtifactPath.invalid("'\(path)' is a file, not a folder") }
    }

    /// Removes what stands at a path, a folder with everything in it. The bytes stay until they are collected.
    func deleteArtifacts(at path: ArtifactPath) throws {
        try execute(
            """
            DELETE FROM artifact_entry WHERE parent IN (
                \(Self.folders(below: path)) SELECT path FROM folder)
            """)
        try execute("DELETE FROM artifact_entry WHERE parent = \(path.parent.text) AND name = \(path.name)")
    }

    // MARK: - Seals

    /// Marks what stands at a path as the files of a version.
    func insertSeal(at path: ArtifactPath, of model: ModelName, _ version: VersionNumber) throws {
        try execute("INSERT INTO artifact_seal (path, model, version) VALUES (\(path.text), \(model), \(version))")
    }

    /// The paths that a version's files were sealed at.
    func sealedPaths(of model: ModelName, _ version: VersionNumber) throws -> [ArtifactPath] {
        try rows("SELECT path FROM artifact_seal WHERE model = \(model) AND version = \(version) LIMIT 10") {
            ArtifactPath(stored: try $0.text("path"))
        }
    }

    /// The seals at a path or at a folder above it, of versions that are not deleted.
    package func seals(covering path: ArtifactPath) throws -> [ArtifactSeal] {
        try path.lineage.flatMap { place in
            try rows(
                """
                SELECT s.path, s.model, s.version FROM artifact_seal s
                JOIN model_version v ON v.model = s.model AND v.number = s.version
                WHERE s.path = \(place.text) AND v.deleted_at IS NULL LIMIT \(ArtifactTree.sealsMax)
                """, ArtifactSeal.init(row:))
        }
    }

    /// The seals below a folder, of versions that are not deleted.
    package func seals(below path: ArtifactPath) throws -> [ArtifactSeal] {
        try rows(
            """
            \(Self.folders(below: path)) SELECT s.path, s.model, s.version
            FROM folder JOIN artifact_entry e ON e.parent = folder.path
            JOIN artifact_seal s ON s.path = CASE WHEN e.parent = '' THEN e.name ELSE e.parent || '/' || e.name END
            JOIN model_version v ON v.model = s.model AND v.number = s.version
            WHERE v.deleted_at IS NULL LIMIT \(ArtifactTree.sealsMax)
            """, ArtifactSeal.init(row:))
    }

    /// The common table expression `folder(path)`: a folder and all below it, each found by its parent.
    private static func folders(below path: ArtifactPath) -> SQLStatement {
        """
        WITH RECURSIVE folder (path) AS (
            SELECT CAST(\(path.text) AS TEXT) UNION ALL
            SELECT CASE WHEN e.parent = '' THEN e.name ELSE e.parent || '/' || e.name END
            FROM folder JOIN artifact_entry e ON e.parent = folder.path WHERE e.digest IS NULL)
        """
    }
}

extension ArtifactEntry {
    init(row: SQLRow) throws {
        let digest = try row.optional("digest", row.digest)
        try self.init(
            name: row.text("name"), blob: digest.map { Blob(digest: $0, bytes: try row.integer("bytes")) })
    }
}

extension ArtifactSeal {
    init(row: SQLRow) throws {
        path = try row.text("path")
        model = try ModelName(row.text("model"))
        version = try VersionNumber(row.integer("version"))
    }
}
