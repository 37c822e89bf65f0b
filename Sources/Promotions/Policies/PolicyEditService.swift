package import Access
import GatehouseCore
import Gates
package import Registry

/// Applies policies: parsed first, so that what is stored can always be read back.
package struct PolicyEditService: Sendable {
    private let registry: ModelRegistry

    package init(registry: ModelRegistry) { self.registry = registry }

    /// The same document again gives the version that is there. Fails with `invalidArgument` listing every problem,
    /// and with `forbidden` when the caller may not write policies for these models.
    package func apply(_ yaml: String, by caller: Caller) async throws -> PolicyVersion {
        let policy: Policy
        do {
            policy = try PolicyParser.parse(yaml, file: "policy")
        } catch {
            throw error.error
        }
        try caller.require(.editPolicy(pattern: policy.model))
        return try await registry.applyPolicy(
            policy.model, text: yaml, document: policy.json, digest: .sha256(of: policy.canonicalBytes), by: caller.principal)
    }
}
