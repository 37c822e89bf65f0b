package import GatehouseCore
package import Storage

extension SQLTransaction {
    /// Who would miss a blob, in words: versions, datasets, files of the tree. At most `limit` of each.
    package func users(of blob: Digest, limit: Int = 20) throws -> [String] {
        let versions = try rows(
            """
            SELECT DISTINCT v.model, v.number FROM artifact_file f JOIN model_version v ON v.artifact = f.artifact
            WHERE f.digest = \(blob) AND v.deleted_at IS NULL ORDER BY v.model, v.number LIMIT \(limit)
            """
        ) { "version \(try $0.text("model"))/\(try $0.integer("number"))" }
        let datasets = try rows(
            "SELECT name, number FROM dataset_version WHERE digest = \(blob) ORDER BY name, number LIMIT \(limit)"
        ) { "dataset \(try $0.text("name"))@\(try $0.integer("number"))" }
        let files = try rows(
            "SELECT parent, name FROM artifact_entry WHERE digest = \(blob) ORDER BY parent, name LIMIT \(limit)"
        ) { row in
            let (parent, name) = (try row.text("parent"), try row.text("name"))
            return "artifact \(parent.isEmpty ? name : "\(parent)/\(name)")"
        }
        return versions + datasets + files
    }

    /// The blobs that records refer to, in the order of their digests.
    func referencedBlobs(after: Digest?, limit: Int) throws -> [Digest] {
        let position = after?.description ?? ""
        return try rows(
            """
            SELECT digest FROM artifact_file WHERE digest > \(position)
            UNION SELECT digest FROM dataset_version WHERE digest > \(position)
            UNION SELECT digest FROM artifact_entry WHERE digest > \(position)
            UNION SELECT digest FROM artifact_upload_part WHERE digest > \(position)
            ORDER BY digest LIMIT \(limit)
            """
        ) { try $0.digest("digest") }
    }
}
