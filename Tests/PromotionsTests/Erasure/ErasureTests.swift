import Access
import AuditLog
import Foundation
import GatehouseCore
import Registry
import Storage
import StorageSQLite
import Testing

@testable import Promotions

@Suite("Forgetting a person", .timeLimit(.minutes(5)))
struct ErasureTests {
    private static let name = "grace-of-the-risk-team"
    private static let grace = Principal.user(name)

    private func withErasures(_ body: (Workshop, ErasureService, AccountService) async throws -> Void) async throws {
        try await Workshop.run { shop in
            try await shop.store.migrate(
                AuditMigrations.all + RegistryMigrations.all + PromotionMigrations.all + AccessMigrations.all, at: Workshop.start)
            let clock = shop.clock
            let ids = CountingIDs(after: 900_000)
            let accounts = AccountService(
                store: shop.store, cache: CallerCache(), now: { clock.now }, ids: { ids.next() },
                random: { Array(repeating: 7, count: $0) })
            try await body(shop, ErasureService(shop.transitions, accounts: accounts), accounts)
        }
    }

    /// Grace registers a version, is refused with a reason of hers, attests and applies a policy.
    private func leaveTraces(_ shop: Workshop) async throws -> (ModelName, VersionNumber) {
        let caller = Caller(principal: Self.grace, grants: Grants([Grant(.admin)]))
        let model = try await shop.registry.createModel(try ModelName("credit-risk"), by: Self.grace).name
        let version = try await shop.registrations.register(
            VersionRequest(model: model, source: "test", manifest: try await shop.upload(LoanModel.good)), by: Self.grace
        ).number
        try await expectFailure(.blockedByPolicy) {
            try await shop.move(version, of: model, to: .production, reason: "I know what I do", by: caller)
        }
        let artifact = try #require(try await shop.found(version, of: model).artifact)
        _ = try await shop.registry.attest("sign_off", of: artifact, notes: "looked at by me", by: Self.grace)
        _ = try await shop.evaluations.open(model, version, by: Self.grace)
        return (model, version)
    }

    @Test("name and words are gone, what was done stays together under a stand-in, and every leaf is as it was")
    func erased() async throws {
        try await withErasures { shop, erasures, accounts in
            _ = try await accounts.addUser(Self.name, password: nil, identity: nil, grants: [Grant(.viewer)], by: shop.ada)
            let (model, version) = try await leaveTraces(shop)
            let before = try await shop.store.read { tx in try tx.auditLeafHashes(after: 0, limit: 1000) }
            let erasure = try await erasures.erase(user: Self.name, reason: "request 17", by: shop.ada)
            #expect(erasure.hadAccount)
            #expect(erasure.texts == 2)
            #expect(erasure.standIn.text.hasPrefix("user:erased-"))
            #expect(erasure.remaining.map(\.place) == ["attestation.attested_by"])
            let after = try await shop.store.read { tx in try tx.auditLeafHashes(after: 0, limit: 1000) }
            #expect(Array(after.prefix(before.count)) == before)

            let log = try await shop.log()
            #expect(!log.contains { "\($0)".contains(Self.name) })
            #expect(log.filter { $0.principal == erasure.standIn }.count >= 5)
            #expect(log.last?.action == .personErased)
            #expect(log.last?.reason == "request 17")
            #expect(try await shop.found(version, of: model).createdBy == erasure.standIn)
            let found = try await shop.store.read { tx in try tx.explanation(of: version, model: model) }
            let refusal = try #require(found.refusals.last)
            #expect(refusal.by == erasure.standIn)
            #expect(refusal.reason.isEmpty)
            #expect(found.erased[refusal.sequence] == ["reason"])
            #expect(!found.json.canonicalText.contains("I know what I do"))
        }
    }

    @Test("every column of the schema that holds a person is either rewritten or said to keep the name")
    func everyColumn() async throws {
        try await withErasures { shop, _, _ in
            let columns = try await shop.store.read { tx in
                try tx.rows(
                    "SELECT m.name AS t, p.name AS c FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table'"
                ) {
                    "\(try $0.text("t")).\(try $0.text("c"))"
                }
            }
            let named = columns.filter { column in
                let name = column.split(separator: ".").last ?? ""
                return name.hasSuffix("_by") || ["user_id", "reviewer", "author", "requester", "approver"].contains(String(name))
            }
            let known = Set(PersonColumn.known.map(\.place))
            #expect(Set(named).subtracting(known) == [], "add them to PersonColumn.known")
            #expect(known.subtracting(columns) == [], "no such columns")
        }
    }

    @Test("columns that can change do, and those of append-only tables refuse")
    func appendOnly() async throws {
        try await withErasures { shop, _, _ in
            _ = try await leaveTraces(shop)
            for column in PersonColumn.known {
                let count = try await shop.store.read { tx in try column.count(of: Self.grace, tx) }
                guard count > 0 else { continue }
                do {
                    _ = try await shop.store.write { tx in try column.replace(Self.grace, by: shop.ada, tx) }
                    #expect(column.remains == nil, "\(column.place)")
                } catch let error as GatehouseError {
                    #expect(column.remains != nil && error.code == .conflict, "\(column.place): \(error)")
                }
            }
        }
    }

    @Test("after a restart, the name is in no byte of the database but where the answer says it remains")
    func bytes() async throws {
        try await withErasures { shop, erasures, accounts in
            _ = try await accounts.addUser(Self.name, password: nil, identity: nil, grants: [Grant(.viewer)], by: shop.ada)
            let model = try await shop.registry.createModel(try ModelName("credit-risk"), by: Self.grace).name
            let caller = Caller(principal: Self.grace, grants: Grants([Grant(.admin)]))
            let version = try await shop.registrations.register(
                VersionRequest(model: model, source: "test", manifest: try await shop.upload(LoanModel.good)), by: Self.grace
            ).number
            try await expectFailure(.blockedByPolicy) {
                try await shop.move(version, of: model, to: .production, reason: "zebra crossing", by: caller)
            }
            _ = try await shop.promotions.open(model, version, to: .staging, by: caller, reason: "pelican crossing")
            let erasure = try await erasures.erase(user: Self.name, reason: "request 17", by: shop.ada)
            #expect(erasure.remaining.isEmpty)
            try await shop.store.close()
            try await SQLiteStore.open(path: "\(shop.folder)/gatehouse.db").close()
            for file in try FileManager.default.contentsOfDirectory(atPath: shop.folder) where file.hasPrefix("gatehouse.db") {
                let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(shop.folder)/\(file)"))
                #expect(bytes.range(of: Data(Self.name.utf8)) == nil, "\(file)")
                for words in ["zebra crossing", "pelican crossing"] {
                    #expect(bytes.range(of: Data(words.utf8)) == nil, "\(words) in \(file)")
                }
            }
        }
    }

    @Test("nobody erases themselves, a stranger, or without a reason")
    func refusals() async throws {
        try await withErasures { shop, erasures, _ in
            try await shop.model()
            try await expectFailure(.conflict) { try await erasures.erase(user: "ada", reason: "r", by: shop.ada) }
            try await expectFailure(.notFound) { try await erasures.erase(user: "nobody", reason: "r", by: shop.ada) }
            try await expectFailure(.invalidArgument) { try await erasures.erase(user: Self.name, reason: " ", by: shop.ada) }
        }
    }

    @Test("a second erasure finds nobody, and a new account of the name begins anew")
    func again() async throws {
        try await withErasures { shop, erasures, accounts in
            _ = try await leaveTraces(shop)
            let first = try await erasures.erase(user: Self.name, reason: "request 17", by: shop.ada)
            try await expectFailure(.notFound) {
                try await erasures.erase(user: Self.name, reason: "request 17", by: shop.ada)
            }
            _ = try await accounts.addUser(Self.name, password: nil, identity: nil, grants: [Grant(.viewer)], by: shop.ada)
            let second = try await erasures.erase(user: Self.name, reason: "request 18", by: shop.ada)
            #expect(second.standIn != first.standIn)
        }
    }
}
