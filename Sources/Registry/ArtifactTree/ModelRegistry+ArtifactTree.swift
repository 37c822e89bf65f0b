package import GatehouseCore
package import Storage

extension ModelRegistry {
    /// The tree on this registry's database and clock.
    package func artifactTree(
        _ artifacts: any ArtifactStore, isGuarded: @escaping @Sendable (ModelName, SQLTransaction) throws -> Bool
    ) -> ArtifactTree {
        ArtifactTree(store: store, artifacts: artifacts, now: now, isGuarded: isGuarded)
    }
}
