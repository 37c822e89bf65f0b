package import GatehouseCore

/// What stands at a path of the artifact tree.
package struct ArtifactEntry: Sendable, Hashable {
    package let name: String
    /// Nil: a folder.
    package let blob: Blob?

    package init(name: String, blob: Blob?) {
        self.name = name
        self.blob = blob
    }
}

/// A version whose sealed files stand at a path, so that nobody may change what is there.
package struct ArtifactSeal: Sendable, Hashable {
    package let path: String
    package let model: ModelName
    package let version: VersionNumber
}
