import GatehouseCore

/// A role, and where it holds. Nil is everywhere.
package struct Grant: Sendable, Hashable {
    package let role: Role
    /// A model's name, or a pattern with `*` for any characters.
    package let models: String?
    package let environment: String?
    /// A segment with all below it: `eu` holds for `eu/de` too.
    package let segment: String?

    package init(_ role: Role, models: String? = nil, environment: String? = nil, segment: String? = nil) {
        self.role = role
        self.models = models
        self.environment = environment
        self.segment = segment
    }

    /// Whether this grant alone permits it.
    package func allows(_ permission: Permission) -> Bool {
        guard role == .admin || permission.roles.contains(role) else { return false }
        switch permission.reach {
        case .anywhere: return true
        case .everything: return models == nil && !isNarrowedToSlot
        case .models(let pattern): return holds(for: pattern) && (role.isHeldPerSlot || !isNarrowedToSlot)
        case .environment(let model, let environment):
            return holds(for: model.text) && (self.environment ?? environment) == environment && segment == nil
        case .slot(let model, let environment, let segment):
            return holds(for: model.text) && (self.environment ?? environment) == environment && covers(segment)
        }
    }

    private var isNarrowedToSlot: Bool { environment != nil || segment != nil }

    /// A pattern is inside another one when it matches as if its stars were letters: whatever they stand for then falls
    /// under a star of the other.
    private func holds(for pattern: String) -> Bool { models.map { NamePattern.matches($0, pattern) } ?? true }

    private func covers(_ other: String) -> Bool {
        guard let segment else { return true }
        return other == segment || other.hasPrefix(segment + "/")
    }
}

/// All that one principal may do. The same rule answers a request and the question who may do something.
package struct Grants: Sendable, Hashable {
    package let grants: [Grant]

    package init(_ grants: [Grant]) { self.grants = grants }

    package static let everything = Grants([Grant(.admin)])

    package func allows(_ permission: Permission) -> Bool { grants.contains { $0.allows(permission) } }
}
