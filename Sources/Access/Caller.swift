package import GatehouseCore

/// Who asks, and what they may do.
package struct Caller: Sendable, Hashable {
    package let principal: Principal
    package let grants: Grants

    package init(principal: Principal, grants: Grants) {
        self.principal = principal
        self.grants = grants
    }

    /// Fails with `forbidden`, saying which role is missing.
    package func require(_ permission: Permission) throws(GatehouseError) {
        guard !grants.allows(permission) else { return }
        throw GatehouseError(.forbidden, "\(principal) may not do this.", hint: "Ask an admin for a role that may.")
    }
}
