import GatehouseCore
package import Storage

/// The files that a version's source stands for, found on this server.
package struct ArtifactSource: Sendable, Hashable {
    package let manifest: ArtifactManifest
    /// Where in the tree they stand. Empty when only a version holds them.
    package let paths: [ArtifactPath]
    /// Whether the manifest was read from the tree, where it may change until it is sealed; else from another version.
    let isLive: Bool
}

/// The files at a version's source changed between reading them and sealing them. Reading them again settles it.
package struct ArtifactSourceChanged: Error {}

extension SQLTransaction {
    /// The files behind `mlflow-artifacts:/…`, `runs:/…`, `models:/m-…` and `models:/NAME/VERSION`. Nil for an address that this
    /// server cannot read, and where there are no files. Fails as `ArtifactManifest` does for files that cannot be sealed.
    package func artifactSource(_ source: String) throws -> ArtifactSource? {
        if let version = try sourceVersion(source) {
            guard let artifact = version.artifact else { return nil }
            return ArtifactSource(
                manifest: try manifest(of: artifact), paths: try sealedPaths(of: version.model, version.number),
                isLive: false)
        }
        guard let path = try sourcePath(source), !path.isRoot else { return nil }
        let files = try artifactFiles(below: path)
        return files.isEmpty ? nil : ArtifactSource(manifest: try ArtifactManifest(files), paths: [path], isLive: true)
    }

    /// Where in the tree an address points; nil when it points elsewhere.
    package func sourcePath(_ source: String) throws -> ArtifactPath? {
        if let path = try ArtifactPath(uri: source) { return path }
        for (scheme, location) in [("runs:/", artifactLocation(ofRun:)), ("models:/", artifactLocation(ofLoggedModel:))] {
            guard source.hasPrefix(scheme) else { continue }
            let rest = source.dropFirst(scheme.count).drop { $0 == "/" }
            let id = rest.prefix { $0 != "/" }
            guard let location = try location(String(id)), let root = try ArtifactPath(uri: location) else { return nil }
            return try root.appending(ArtifactPath(rest.dropFirst(id.count).drop { $0 == "/" }))
        }
        return nil
    }

    /// The version that `models:/NAME/NUMBER` names.
    private func sourceVersion(_ source: String) throws -> ModelVersion? {
        guard source.hasPrefix("models:/") else { return nil }
        let parts = source.dropFirst("models:/".count).drop { $0 == "/" }.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let model = try? ModelName(String(parts[0])),
            let number = try? VersionNumber(parsing: String(parts[1]))
        else { return nil }
        return try version(number, of: model)
    }

    /// Makes the files of a source those of a version, for good. Fails with `ArtifactSourceChanged` when they are no longer
    /// what was read: whoever writes after this is refused, whoever wrote before it is in the manifest.
    func seal(_ source: ArtifactSource, as number: VersionNumber, of model: ModelName) throws {
        for path in source.paths {
            if source.isLive {
                let files = try artifactFiles(below: path)
                guard !files.isEmpty, try ArtifactManifest(files).digest == source.manifest.digest else {
                    throw ArtifactSourceChanged()
                }
            }
            try insertSeal(at: path, of: model, number)
        }
    }
}
