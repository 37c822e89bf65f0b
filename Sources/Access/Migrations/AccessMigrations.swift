package import Storage

package enum AccessMigrations {
    /// In the order in which they run. A released one never changes.
    package static let all: [Migration] = [.accessTokens, .usersAndGrants, .teams, .slackIdentities, .browserSessions]
}

extension Migration {
    /// Released as a part of the registry; the name stays.
    static let accessTokens = Migration("registry_0005_access_tokens") { _ in
        ["CREATE TABLE access_token (digest TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, created_at BIGINT NOT NULL)"]
    }
}
