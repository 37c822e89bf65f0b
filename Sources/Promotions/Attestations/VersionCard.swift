package import GatehouseCore
package import Gates
package import Registry

/// The model card that is sealed with a version.
package struct VersionCard: Sendable {
    package let card: ModelCard
    /// `model_card.md`, or where else it stands in the artifact.
    package let path: String
    package let digest: Digest
}

extension ArtifactStore {
    /// The model card among an artifact's files; nil when there is none. Fails with `tooLarge`, with `invalidArgument` when it is
    /// not UTF-8, with `integrity` when its bytes were changed: a card that cannot be read must not look like an empty one.
    package func modelCard(in manifest: ArtifactManifest) async throws -> VersionCard? {
        guard let file = ModelCard.path(among: manifest.files.lazy.map(\.path)).flatMap({ manifest.file($0) }) else { return nil }
        let text = try await bytes(of: file.digest, bytesMax: CardDocument.cardBytesMax)
        return VersionCard(card: try ModelCard(reading: text), path: file.path, digest: file.digest)
    }
}
