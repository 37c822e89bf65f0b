package struct AddUserCall: Codable, Sendable {
    package let name: String
    /// Nil: signs in at the OpenID provider.
    package let password: String?
    /// Who it is there; nil: known by password only.
    package let subject: String?
    /// `ROLE[:MODELS[:ENVIRONMENT[:SEGMENT]]]`, each.
    package let grants: [String]?

    package init(name: String, password: String? = nil, subject: String? = nil, grants: [String]? = nil) {
        self.name = name
        self.password = password
        self.subject = subject
        self.grants = grants
    }
}

/// A person who may sign in. The password never leaves the server.
package struct UserAnswer: Codable, Sendable {
    package let name: String
    package let hasPassword: Bool
    package let subject: String?
    package let grants: [String]
    package let createdAt: String
    package let createdBy: String

    package init(name: String, hasPassword: Bool, subject: String?, grants: [String], createdAt: String, createdBy: String) {
        self.name = name
        self.hasPassword = hasPassword
        self.subject = subject
        self.grants = grants
        self.createdAt = createdAt
        self.createdBy = createdBy
    }

    enum CodingKeys: String, CodingKey {
        case name, subject, grants
        case hasPassword = "has_password"
        case createdAt = "created_at"
        case createdBy = "created_by"
    }
}

/// Users under one name, which policies can name as reviewers.
package struct TeamAnswer: Codable, Sendable {
    package let name: String
    package let members: [String]

    package init(name: String, members: [String]) {
        self.name = name
        self.members = members
    }
}

package struct SetPasswordCall: Codable, Sendable {
    package let password: String
    /// Asked of whoever changes their own.
    package let currentPassword: String?

    package init(password: String, currentPassword: String? = nil) {
        self.password = password
        self.currentPassword = currentPassword
    }

    enum CodingKeys: String, CodingKey {
        case password
        case currentPassword = "current_password"
    }
}

package struct GrantCall: Codable, Sendable {
    package let grant: String

    package init(grant: String) {
        self.grant = grant
    }
}

package struct CreateTokenCall: Codable, Sendable {
    package let name: String
    package let grants: [String]?
    /// RFC 3339; nil: until it is revoked.
    package let expiresAt: String?

    package init(name: String, grants: [String]? = nil, expiresAt: String? = nil) {
        self.name = name
        self.grants = grants
        self.expiresAt = expiresAt
    }

    enum CodingKeys: String, CodingKey {
        case name, grants
        case expiresAt = "expires_at"
    }
}

/// A service token. `token` is the secret, in the answer that makes it and never again.
package struct TokenAnswer: Codable, Sendable {
    package let name: String
    package let token: String?
    package let grants: [String]
    package let createdAt: String
    package let createdBy: String
    package let expiresAt: String?
    package let revokedAt: String?
    /// A day, `2026-01-15`.
    package let lastUsedOn: String?

    package init(
        name: String, token: String?, grants: [String], createdAt: String, createdBy: String, expiresAt: String?,
        revokedAt: String?, lastUsedOn: String?
    ) {
        self.name = name
        self.token = token
        self.grants = grants
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
        self.lastUsedOn = lastUsedOn
    }

    enum CodingKeys: String, CodingKey {
        case name, token, grants
        case createdAt = "created_at"
        case createdBy = "created_by"
        case expiresAt = "expires_at"
        case revokedAt = "revoked_at"
        case lastUsedOn = "last_used_on"
    }
}

/// Who the server takes the caller for.
package struct WhoamiAnswer: Codable, Sendable {
    package let principal: String
    package let grants: [String]

    package init(principal: String, grants: [String]) {
        self.principal = principal
        self.grants = grants
    }
}

/// Who may do something, and by which grant.
package struct WhoCanAnswer: Codable, Sendable {
    /// What was asked, in words.
    package let permission: String
    /// The roles that permit it, beside admin.
    package let roles: [String]
    package let items: [GrantHolderAnswer]

    package init(permission: String, roles: [String], items: [GrantHolderAnswer]) {
        self.permission = permission
        self.roles = roles
        self.items = items
    }
}

package struct GrantHolderAnswer: Codable, Sendable {
    /// `user:…`, `token:…`, `group:…` of the OpenID provider, or `everybody`.
    package let holder: String
    package let grant: String

    package init(holder: String, grant: String) {
        self.holder = holder
        self.grant = grant
    }
}
