import AuditLog
import GatehouseCore
import Storage
import StorageSQLite
import Testing

@testable import Access

@Suite("Users, tokens and grants", .timeLimit(.minutes(2)))
struct AccountServiceTests {
    @Test("every change is on record, and no secret is")
    func recorded() async throws {
        try await AccessFixture.run { access in
            let root = AccessFixture.root
            let secret = try await access.token("root", "admin")
            try await access.user("ada", password: "correct horse battery", "viewer")
            try await access.accounts.grant([Grant(.reviewer)], to: .user("ada"), by: root)
            try await access.accounts.grant([Grant(.reviewer)], to: .user("ada"), by: root)
            try await access.accounts.withdraw([Grant(.viewer)], from: .user("ada"), by: root)
            try await access.accounts.setPassword("another horse entirely", of: "ada", by: .user("ada"))
            try await access.accounts.removeUser("ada", by: root)
            let other = try await access.token("ci")
            try await access.accounts.revokeToken("ci", by: root)
            try await access.accounts.revokeToken("ci", by: root)
            let log = try await access.log()
            #expect(
                log.map(\.action.rawValue) == [
                    "token.created", "grant.added", "user.created", "grant.added", "grant.added", "grant.removed",
                    "password.changed", "user.removed", "token.created", "token.revoked",
                ])
            let text = log.map { String(decoding: $0.leaf.canonicalBytes, as: UTF8.self) + "\($0.texts)" }.joined()
            for word in [secret, other, String(secret.dropFirst(3)), "horse"] { #expect(!text.contains(word)) }
        }
    }

    @Test("of several grants all are withdrawn, or none")
    func together() async throws {
        try await AccessFixture.run { access in
            let root = AccessFixture.root
            _ = try await access.token("root", "admin")
            try await access.user("ada", password: "correct horse battery", "viewer", "reviewer")
            let before = try await access.log().count
            try await expectFailure(.notFound) {
                try await access.accounts.withdraw([Grant(.reviewer), Grant(.auditor)], from: .user("ada"), by: root)
            }
            let held = try await access.store.read { tx in try tx.grants(of: .user("ada")).grants }
            #expect(Set(held) == [Grant(.viewer), Grant(.reviewer)])
            #expect(try await access.log().count == before)
            try await access.accounts.withdraw([Grant(.reviewer), Grant(.viewer)], from: .user("ada"), by: root)
            #expect(try await access.store.read { tx in try tx.grants(of: .user("ada")).grants.isEmpty })
        }
    }

    @Test("nothing at rest opens a door: the database holds hashes only")
    func hashed() async throws {
        try await AccessFixture.run { access in
            let secret = try await access.token("ci", "viewer")
            try await access.user("ada", password: "correct horse battery")
            let stored = try await access.store.read { tx in
                try tx.rows("SELECT digest AS secret FROM access_token UNION ALL SELECT password FROM access_user LIMIT 9") {
                    try $0.text("secret")
                }
            }
            #expect(stored.count == 2)
            #expect(!stored.joined().contains(secret.dropFirst(3)))
            #expect(stored.contains { $0.hasPrefix("$scrypt$ln=4,r=1,p=1$") })
        }
    }

    @Test("the last admin can be neither revoked nor removed")
    func lastAdmin() async throws {
        try await AccessFixture.run { access in
            let root = AccessFixture.root
            _ = try await access.token("root", "admin")
            try await expectFailure(.conflict) { try await access.accounts.revokeToken("root", by: root) }
            try await expectFailure(.conflict) {
                try await access.accounts.withdraw([Grant(.admin)], from: .token("root"), by: root)
            }
            // Neither an admin of some models nor somebody who cannot sign in counts.
            _ = try await access.token("half", "admin:credit-*")
            try await access.user("bob", password: nil, "admin")
            try await expectFailure(.conflict) { try await access.accounts.revokeToken("root", by: root) }
            try await access.user("ada", password: "correct horse battery", "admin")
            try await access.accounts.revokeToken("root", by: root)
            try await expectFailure(.conflict) { try await access.accounts.removeUser("ada", by: root) }
        }
    }

    @Test("names of tokens are not used twice, not even of revoked ones; users' come back without their grants")
    func names() async throws {
        try await AccessFixture.run { access in
            _ = try await access.token("ci", "viewer")
            try await access.accounts.revokeToken("ci", by: AccessFixture.root)
            try await expectFailure(.alreadyExists) { try await access.token("ci") }
            try await access.user("ada", password: nil, "viewer")
            try await expectFailure(.alreadyExists) { try await access.user("ada", password: nil) }
            try await access.accounts.removeUser("ada", by: AccessFixture.root)
            try await access.user("ada", password: nil)
            let grants = try await access.store.read { tx in try tx.grants(of: .user("ada")) }
            #expect(grants == Grants([]))
        }
    }

    @Test(
        "what cannot be a name is refused",
        arguments: ["", "a:b", "a b", "a/b", ".", "..", "ä", String(repeating: "a", count: 129)])
    func badNames(_ name: String) async throws {
        try await AccessFixture.run { access in
            try await expectFailure(.invalidArgument) { try await access.token(name) }
            try await expectFailure(.invalidArgument) { try await access.user(name, password: nil) }
        }
    }

    @Test(
        "what cannot be a password is refused",
        arguments: ["", "short", "gh_correct horse battery", "correct\0horse battery", String(repeating: "ä", count: 600)])
    func badPasswords(_ password: String) async throws {
        try await AccessFixture.run { access in
            try await expectFailure(.invalidArgument) { try await access.user("ada", password: password) }
        }
    }

    @Test("nobody is found, and a grant that is not held cannot be taken")
    func missing() async throws {
        try await AccessFixture.run { access in
            let root = AccessFixture.root
            try await expectFailure(.notFound) { try await access.accounts.removeUser("eve", by: root) }
            try await expectFailure(.notFound) { try await access.accounts.revokeToken("eve", by: root) }
            try await expectFailure(.notFound) { try await access.accounts.grant([Grant(.viewer)], to: .user("eve"), by: root) }
            try await expectFailure(.invalidArgument) {
                try await access.accounts.grant([Grant(.viewer)], to: .system("server"), by: root)
            }
            _ = try await access.token("ci", "viewer")
            let error = try await expectFailure(.notFound) {
                try await access.accounts.withdraw([Grant(.admin)], from: .token("ci"), by: root)
            }
            #expect(error.hint == "It holds: viewer.")
        }
    }

    @Test("a token that would have ended already is refused")
    func past() async throws {
        try await AccessFixture.run { access in
            try await expectFailure(.invalidArgument) {
                try await access.token("ci", "viewer", expires: AccessFixture.start)
            }
        }
    }

    @Test("the first token of a folder is an admin's, and there is no second first")
    func first() async throws {
        try await AccessFixture.run { access in
            let secret = try #require(try await access.accounts.firstToken())
            #expect(try await access.bearer(secret).grants.allows(.administer))
            #expect(try await access.accounts.firstToken() == nil)
        }
    }

    @Test("tokens of before there were grants can do everything, as they could")
    func migration() async throws {
        try await AccessFixture.runEmpty { store in
            try await store.migrate(AuditMigrations.all + [.accessTokens], at: AccessFixture.start)
            let digest = Digest(ofSecret: "gh_old")
            _ = try await store.write { tx in
                try tx.execute(
                    "INSERT INTO access_token (digest, name, created_at) VALUES (\(digest), 'admin', \(AccessFixture.start))")
            }
            try await store.migrate(AuditMigrations.all + AccessMigrations.all, at: AccessFixture.start)
            let authenticator = Authenticator(
                store: store, cache: CallerCache(), now: { AccessFixture.start }, cost: AccessFixture.cheap)
            let caller = try await authenticator.caller(.bearer("gh_old"), from: "192.0.2.1")
            #expect(caller == Caller(principal: .token("admin"), grants: .everything))
        }
    }

    @Test("who can is answered from the grants of those who still can")
    func holders() async throws {
        try await AccessFixture.run { access in
            _ = try await access.token("ci", "registrant", expires: AccessFixture.start.adding(.seconds(60)))
            _ = try await access.token("gone", "registrant")
            try await access.accounts.revokeToken("gone", by: AccessFixture.root)
            try await access.user("ada", password: nil, "viewer")
            let now = try await access.store.read { tx in try tx.allGrants(at: AccessFixture.start).map(\.holder.text) }
            #expect(now == ["token:ci", "user:ada"])
            let later = AccessFixture.start.adding(.seconds(60))
            let then = try await access.store.read { tx in try tx.allGrants(at: later).map(\.holder.text) }
            #expect(then == ["user:ada"])
        }
    }
}

@Suite("Passwords at rest")
struct PasswordHashTests {
    @Test("the key is scrypt's")
    func reference() throws {
        // RFC 7914 §12, third vector, its first 32 bytes.
        let cost = PasswordHash.Cost(log2Rounds: 10, blockSize: 8, parallelism: 16)
        let hash = try PasswordHash.make("password", salt: Array("NaCl".utf8), cost: cost)
        let hex = "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
        #expect(Digest(bytes: hash.key).hex == hex)
    }

    @Test("a hash reads back and knows its password")
    func roundTrip() throws {
        let hash = try PasswordHash.make("correct horse", salt: Array(0..<16), cost: AccessFixture.cheap)
        let again = try PasswordHash(parsing: hash.text)
        #expect(again == hash)
        #expect(try again.matches("correct horse"))
        #expect(try !again.matches("correct horsf"))
        #expect(try !again.matches(""))
    }

    @Test(
        "what is no hash is refused, whatever cost it asks for",
        arguments: [
            "", "$scrypt$", "$scrypt$ln=4,r=1,p=1$AAAA$AAAA",
            "$scrypt$ln=99,r=1,p=1$AAAA$" + String(repeating: "A", count: 43) + "=",
            "$scrypt$ln=4,r=0,p=1$AAAA$" + String(repeating: "A", count: 43) + "=",
            "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA",
        ])
    func refused(_ text: String) { #expect(throws: GatehouseError.self) { try PasswordHash(parsing: text) } }
}
