import AuditLog
import GatehouseCore
import Storage
import Testing

@testable import Access

@Suite("People in Slack")
struct SlackIdentityTests {
    private func identity(_ user: String = "U1", team: String = "T1") throws -> SlackIdentity {
        try SlackIdentity(team: team, user: user)
    }

    private func person(_ name: String) -> Caller { Caller(principal: .user(name), grants: Grants([])) }

    @Test("a linked person acts with the grants that are recorded now; another one is told how to be linked")
    func callers() async throws {
        try await AccessFixture.run { access in
            try await access.user("ben", password: nil, "reviewer:credit-*")
            let stranger = await #expect(throws: GatehouseError.self) { try await access.accounts.caller(identity()) }
            #expect(stranger?.code == .forbidden && stranger?.hint?.contains("--team T1 --user U1") == true)
            _ = try await access.accounts.linkSlack(identity(), to: "ben", by: AccessFixture.root)
            let caller = try await access.accounts.caller(identity())
            let model = try ModelName("credit-risk")
            #expect(caller.principal == .user("ben") && caller.grants.allows(.review(model)))
            try await access.accounts.withdraw([Grant(parsing: "reviewer:credit-*")], from: .user("ben"), by: AccessFixture.root)
            #expect(try await access.accounts.caller(identity()).grants.allows(.read) == false)
            // The same id in another workspace is somebody else.
            await #expect(throws: GatehouseError.self) { try await access.accounts.caller(identity(team: "T2")) }
        }
    }

    @Test("a code links once, for ten minutes, the newest only, and only to whom it was shown")
    func codes() async throws {
        try await AccessFixture.run { access in
            try await access.user("ben", password: nil)
            let old = try await access.accounts.makeSlackLinkCode(for: person("ben"))
            let code = try await access.accounts.makeSlackLinkCode(for: person("ben"))
            #expect(old.text != code.text && code.text.count == 24)
            for wrong in [old.text, "", "0", String(repeating: "a", count: 10_000)] {
                let error = await #expect(throws: GatehouseError.self) {
                    try await access.accounts.linkSlack(identity(), code: wrong)
                }
                #expect(error?.code == .forbidden)
            }
            let typed = code.text.uppercased().replacing("-", with: " ")
            #expect(try await access.accounts.linkSlack(identity(), code: typed).name == "ben")
            await #expect(throws: GatehouseError.self) { try await access.accounts.linkSlack(identity("U2"), code: code.text) }
            let late = try await access.accounts.makeSlackLinkCode(for: person("ben"))
            access.clock.advance(by: SlackLinkCode.lifetime)
            await #expect(throws: GatehouseError.self) { try await access.accounts.linkSlack(identity("U3"), code: late.text) }
        }
    }

    @Test("tokens and people without an account get no code")
    func machines() async throws {
        try await AccessFixture.run { access in
            for principal in [Principal.token("ci"), .system("anybody"), .user("nobody")] {
                await #expect(throws: GatehouseError.self) {
                    try await access.accounts.makeSlackLinkCode(for: Caller(principal: principal, grants: .everything))
                }
            }
        }
    }

    @Test("one account in Slack is one user; removing the user removes the link, and a new user of that name does not get it")
    func links() async throws {
        try await AccessFixture.run { access in
            for name in ["ben", "cleo"] { try await access.user(name, password: nil) }
            _ = try await access.accounts.linkSlack(identity(), to: "ben", by: AccessFixture.root)
            _ = try await access.accounts.linkSlack(identity(), to: "ben", by: AccessFixture.root)
            let taken = await #expect(throws: GatehouseError.self) {
                try await access.accounts.linkSlack(identity(), to: "cleo", by: AccessFixture.root)
            }
            #expect(taken?.code == .alreadyExists && taken?.description.contains("ben") == false)
            await #expect(throws: GatehouseError.self) {
                try await access.accounts.unlinkSlack(identity(), from: "cleo", by: AccessFixture.root)
            }
            _ = try await access.accounts.makeSlackLinkCode(for: person("ben"))
            try await access.accounts.removeUser("ben", by: AccessFixture.root)
            try await access.user("ben", password: nil)
            await #expect(throws: GatehouseError.self) { try await access.accounts.caller(identity()) }
        }
    }

    @Test("the record has Slack's ids as words, which can be forgotten, and not among its facts")
    func record() async throws {
        try await AccessFixture.run { access in
            try await access.user("ben", password: nil)
            _ = try await access.accounts.linkSlack(identity(), to: "ben", by: AccessFixture.root)
            try await access.accounts.unlinkSlack(identity(), from: "ben", by: .user("ben"))
            let entries = try await access.store.read { tx in try tx.auditEntries(after: 0, limit: 100) }
                .filter { [.slackLinked, .slackUnlinked].contains($0.action) }
            #expect(entries.map(\.action) == [.slackLinked, .slackUnlinked])
            for entry in entries {
                #expect(entry.texts["slack_user"] == "T1/U1" && entry.people["user"] == .user("ben"))
                #expect(!entry.facts.canonicalText.contains("U1"))
            }
        }
    }
}
