import AuditLog
import GatehouseCore
import Registry
import Storage
import Testing

@Suite("Tags and aliases")
struct TagAndAliasTests {
    @Test("a tag is set, replaced and taken away; taking it away again is no error")
    func tags() async throws {
        try await RegistryFixture.run { fixture in
            let version = try await fixture.version(of: fixture.model())
            let key = try TagKey("validated by: Zoë/1")
            func value() async throws -> String? {
                try await fixture.store.read { tx in try tx.version(version.number, of: version.model)?.tags[key.text] }
            }
            for text in ["yes", "", String(repeating: "x", count: 100_000)] {
                try await fixture.registry.setTag(key, text, of: version.number, model: version.model, by: fixture.ada)
                #expect(try await value() == text)
            }
            for _ in 0..<2 {
                try await fixture.registry.deleteTag(key, of: version.number, model: version.model, by: fixture.ada)
                #expect(try await value() == nil)
            }
            #expect(try await fixture.actions().suffix(4) == [.tagSet, .tagSet, .tagSet, .tagDeleted])
        }
    }

    @Test("many who set one tag at once all succeed and leave one value")
    func upsertRace() async throws {
        try await RegistryFixture.run { fixture in
            let version = try await fixture.version(of: fixture.model())
            let key = try TagKey("k")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<16 {
                    group.addTask {
                        try await fixture.registry.setTag(
                            key, "\(number)", of: version.number, model: version.model, by: RegistryFixture.ada)
                    }
                }
                try await group.waitForAll()
            }
            let tags = try await fixture.store.read { tx in try tx.version(version.number, of: version.model)?.tags }
            #expect(tags?.count == 1)
        }
    }

    @Test(
        "keys of Gatehouse's own are refused to clients, in any letter case",
        arguments: ["gate.fairness.passed", "PROMOTION.timestamp", "Gate."])
    func protected(_ text: String) async throws {
        try await RegistryFixture.run { fixture in
            let name = try await fixture.model()
            let version = try await fixture.version(of: name)
            let key = try TagKey(text)
            let attempts: [() async throws -> Void] = [
                { try await fixture.registry.setTag(key, "true", of: version.number, model: name, by: fixture.ada) },
                { try await fixture.registry.deleteTag(key, of: version.number, model: name, by: fixture.ada) },
                { try await fixture.registry.setTag(key, "true", of: name, by: fixture.ada) },
                { try await fixture.version(of: name, tags: [text: "true"]) },
                { _ = try await fixture.registry.createModel(ModelName("x"), tags: [text: "true"], by: fixture.ada) },
            ]
            for attempt in attempts {
                let error = await #expect(throws: GatehouseError.self) { try await attempt() }
                #expect(error?.code == .forbidden)
            }
            try await fixture.registry.setTag(
                key, "true", of: version.number, model: name, writer: .gatehouse, by: .system("evaluations"))
            let tags = try await fixture.store.read { tx in try tx.version(version.number, of: name)?.tags }
            #expect(tags == [text: "true"])
        }
    }

    @Test("a key or value out of bounds is refused")
    func bounds() async throws {
        try await RegistryFixture.run { fixture in
            for text in ["", String(repeating: "k", count: 251), "a\u{0}b", "a\nb"] {
                let error = #expect(throws: GatehouseError.self) { try TagKey(text) }
                #expect(error?.code == .invalidArgument)
            }
            #expect(try TagKey(String(repeating: "k", count: 250)).text.count == 250)
            let name = try await fixture.model()
            let error = await #expect(throws: GatehouseError.self) {
                try await fixture.registry.setTag(
                    TagKey("k"), String(repeating: "x", count: 100_001), of: name, by: fixture.ada)
            }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test("an alias moves from version to version and shows in every answer")
    func alias() async throws {
        try await RegistryFixture.run { fixture in
            let name = try await fixture.model()
            let alias = try Alias("challenger")
            for _ in 0..<2 {
                let version = try await fixture.version(of: name)
                try await fixture.setAlias(alias, of: name, to: version.number)
            }
            let (model, versions, pointed) = try await fixture.store.read { tx in
                (try tx.requiredModel(name), try tx.versions(of: name), try tx.version(of: alias, model: name))
            }
            #expect(model.aliases.mapValues(\.value) == [alias: 2])
            #expect(versions.map(\.aliases) == [[alias], []])
            #expect(pointed?.number.value == 2)
            let last = try await fixture.store.read { tx in try tx.auditEntries(limit: 1).first }
            #expect(last?.facts["previous_version"] == 1)
            for _ in 0..<2 { try await fixture.deleteAlias(alias, of: name) }
            #expect(try await fixture.store.read { tx in try tx.requiredModel(name) }.aliases == [:])
        }
    }

    @Test("an alias to a version that does not exist is refused")
    func aliasToNothing() async throws {
        try await RegistryFixture.run { fixture in
            let name = try await fixture.model()
            let error = await #expect(throws: GatehouseError.self) {
                try await fixture.setAlias(Alias("best"), of: name, to: VersionNumber(9))
            }
            #expect(error?.code == .notFound)
        }
    }

    @Test("an attempt to delete a protected alias is recorded and the answer says what to do")
    func protectedAlias() async throws {
        try await RegistryFixture.run { fixture in
            let version = try await fixture.version(of: fixture.model())
            let champion = try Alias("champion")
            try await fixture.setAlias(champion, of: version.model, to: version.number)
            let error = try await fixture.store.write { tx in
                try fixture.registry.refuseToDelete(champion, of: version.model, by: fixture.ada, in: tx)
            }
            #expect(error.code == .blockedByPolicy)
            #expect(error.hint?.contains("gatehouse version stage") == true)
            let refused = try await fixture.store.read { tx in
                try tx.auditEntries(AuditFilter(outcome: .refused), after: 0).map(\.action)
            }
            #expect(refused == [.aliasDeleted])
            let aliases = try await fixture.store.read { tx in try tx.requiredModel(version.model) }.aliases
            #expect(aliases == [champion: version.number])
        }
    }

    @Test("where nothing is enforced, tags of Gatehouse's are like any other")
    func freeTags() async throws {
        try await RegistryFixture.run(protects: false) { fixture in
            let name = try await fixture.model()
            let version = try await fixture.version(of: name, tags: ["gate.auc.passed": "true"])
            try await fixture.registry.setTag(
                TagKey("promotion.x"), "1", of: version.number, model: name, by: fixture.ada)
            try await fixture.registry.deleteTag(TagKey("gate.auc.passed"), of: version.number, model: name, by: fixture.ada)
            let tags = try await fixture.store.read { tx in try tx.version(version.number, of: name)?.tags }
            #expect(tags == ["promotion.x": "1"])
        }
    }
}
