/// A role, and where it holds. Nil is everywhere.
package struct Grant: Sendable, Hashable {
    package let role: Role
    /// A model's name, or a pattern with `*` for any characters.
    package let models: String?
    package let environment: String?
    package let segment: String?

    package init(_ role: Role, models: String? = nil, environment: String? = nil, segment: String? = nil) {
        self.role = role
        self.models = models
        self.environment = environment
        self.segment = segment
    }
}

/// All that one principal may do. The same rule answers a request and the question who may do something.
package struct Grants: Sendable, Hashable {
    package let grants: [Grant]

    package init(_ grants: [Grant]) { self.grants = grants }

    package static let everything = Grants([Grant(.admin)])

    package func allows(_ permission: Permission) -> Bool { grants.contains { $0.allows(permission) } }
}

extension Grant {
    func allows(_ permission: Permission) -> Bool {
        // The rules come with users and roles; until then every token is an admin's.
        role == .admin
    }
}
