import AuditLog
import GatehouseCore
import Registry
import Storage
import Testing

@testable import Promotions

@Suite("Aliases, free and protected", .timeLimit(.minutes(2)))
struct AliasTests {
    private func withChampion(_ body: (Workshop, ModelName, (VersionNumber, VersionNumber)) async throws -> Void) async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let first = try await shop.version(of: model)
            let second = try await shop.version(of: model, LoanModel.weak)
            try await shop.adoptions.adopt(first, into: Slot(model: model), reason: "ran before", by: shop.ada)
            try await body(shop, model, (first, second))
        }
    }

    @Test("the protected alias cannot be moved around the gates; the attempt is recorded")
    func protectedSet() async throws {
        try await withChampion { shop, model, versions in
            let error = try await expectFailure(.blockedByPolicy) {
                try await shop.aliases.set(
                    Alias("champion"), of: model, to: versions.1, reason: "mine is better", by: shop.caller)
            }
            #expect(says(error.details.first, "has not been in Staging"))
            #expect(try await shop.champion(of: model) == versions.0)
            #expect(try await shop.lastEntry(.transitionRefused).reason == "mine is better")
        }
    }

    @Test("the protected alias cannot be deleted by itself; the attempt is recorded")
    func protectedDelete() async throws {
        try await withChampion { shop, model, versions in
            let error = try await expectFailure(.blockedByPolicy) {
                try await shop.aliases.delete(Alias("champion"), of: model, by: shop.caller)
            }
            #expect(says(error.hint, "archived"))
            #expect(try await shop.champion(of: model) == versions.0)
            #expect(try await shop.lastEntry(.aliasDeleted).outcome == .refused)
        }
    }

    @Test("setting the protected alias to a version that was champion before is a rollback")
    func protectedRollback() async throws {
        try await Workshop.run(default: .shipped(.warn)) { shop in
            let model = try await shop.model()
            let first = try await shop.version(of: model)
            let second = try await shop.version(of: model, LoanModel.weak)
            for version in [first, second] { try await shop.move(version, of: model, to: .production) }
            try await shop.policy(Rules.text())
            try await expectFailure(.blockedByPolicy) {
                try await shop.aliases.set(Alias("champion"), of: model, to: first, reason: nil, by: shop.caller)
            }
            try await shop.aliases.set(Alias("champion"), of: model, to: first, reason: "declines tripled", by: shop.caller)
            #expect(try await shop.stage(first, of: model) == .production)
            #expect(try await shop.stage(second, of: model) == .archived)
            #expect(try await shop.champion(of: model) == first)
        }
    }

    @Test("setting the protected alias to the champion again changes nothing")
    func protectedSame() async throws {
        try await withChampion { shop, model, versions in
            let entries = try await shop.log().count
            try await shop.aliases.set(Alias("champion"), of: model, to: versions.0, reason: nil, by: shop.caller)
            #expect(try await shop.champion(of: model) == versions.0)
            #expect(try await shop.log().count == entries)
        }
    }

    @Test("a version in Production elsewhere does not become champion by setting the alias, and the caller is told")
    func protectedElsewhere() async throws {
        try await withChampion { shop, model, versions in
            try await shop.adoptions.adopt(
                versions.1, into: Slot(model: model, segment: "eu"), reason: "ran there", by: shop.ada)
            try await expectFailure(.blockedByPolicy) {
                try await shop.aliases.set(Alias("champion"), of: model, to: versions.1, reason: "mine", by: shop.caller)
            }
            #expect(try await shop.champion(of: model) == versions.0)
        }
    }

    @Test("other aliases are free")
    func free() async throws {
        try await withChampion { shop, model, versions in
            let alias = try Alias("canary")
            try await shop.aliases.set(alias, of: model, to: versions.1, reason: nil, by: shop.caller)
            #expect(try await shop.store.read { tx in try tx.requiredModel(model).aliases[alias] } == versions.1)
            #expect(try await shop.stage(versions.1, of: model) == .none)
            try await shop.aliases.delete(alias, of: model, by: shop.caller)
            #expect(try await shop.store.read { tx in try tx.requiredModel(model).aliases[alias] } == nil)
            try await shop.aliases.delete(alias, of: model, by: shop.caller)
        }
    }

    @Test("a policy names the alias that it protects, or none")
    func namedByPolicy() async throws {
        try await withChampion { shop, model, versions in
            try await shop.policy(Rules.text(more: "protected_alias: live"))
            try await expectFailure(.blockedByPolicy) {
                try await shop.aliases.set(Alias("live"), of: model, to: versions.1, reason: "go", by: shop.caller)
            }
            try await shop.aliases.set(Alias("champion"), of: model, to: versions.1, reason: nil, by: shop.caller)
            #expect(try await shop.champion(of: model) == versions.1)
            try await shop.policy(Rules.text(more: "protected_alias: none"))
            try await shop.aliases.set(Alias("live"), of: model, to: versions.1, reason: nil, by: shop.caller)
        }
    }

    @Test("the name of the protected alias is compared without regard to letter case nowhere: 'Champion' is another alias")
    func letterCase() async throws {
        try await withChampion { shop, model, versions in
            try await shop.aliases.set(Alias("Champion"), of: model, to: versions.1, reason: nil, by: shop.caller)
            #expect(try await shop.champion(of: model) == versions.0)
        }
    }

    @Test("under off no alias is protected")
    func off() async throws {
        try await Workshop.run(default: .shipped(.off)) { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            try await shop.aliases.set(Alias("champion"), of: model, to: version, reason: nil, by: shop.caller)
            #expect(try await shop.stage(version, of: model) == .none)
            try await shop.aliases.delete(Alias("champion"), of: model, by: shop.caller)
            #expect(try await shop.champion(of: model) == nil)
        }
    }

    @Test("an alias of a model or version that does not exist is not found")
    func notFound() async throws {
        try await withChampion { shop, model, _ in
            for alias in ["champion", "canary"] {
                try await expectFailure(.notFound) {
                    try await shop.aliases.set(Alias(alias), of: model, to: VersionNumber(9), reason: "x", by: shop.caller)
                }
            }
            try await expectFailure(.notFound) {
                try await shop.aliases.delete(Alias("canary"), of: ModelName("other"), by: shop.caller)
            }
        }
    }
}
