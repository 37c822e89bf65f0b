import Storage

extension Migration {
    static let accessTokens = Migration("registry_0005_access_tokens") { _ in
        ["CREATE TABLE access_token (digest TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, created_at BIGINT NOT NULL)"]
    }
}
