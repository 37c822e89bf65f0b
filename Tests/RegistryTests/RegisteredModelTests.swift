import AuditLog
import GatehouseCore
import Registry
import Storage
import Testing

@Suite("Registered models")
struct RegisteredModelTests {
    @Test("a model comes back with its description, tags and aliases")
    func create() async throws {
        try await RegistryFixture.run { fixture in
            let name = try ModelName("Kredit 日本 it's")
            let model = try await fixture.registry.createModel(
                name, description: "Who pays back?", tags: ["team": "risk", "": "x"].filter { !$0.key.isEmpty }, by: fixture.ada)
            #expect(model.description == "Who pays back?")
            #expect(model.tags == ["team": "risk"])
            #expect(model.aliases == [:])
            #expect(model.created == RegistryFixture.start)
            #expect(try await fixture.store.read { tx in try tx.model(name) } == model)
            #expect(try await fixture.actions() == [.modelCreated])
        }
    }

    @Test("a name stands once, and letter case tells names apart")
    func duplicate() async throws {
        try await RegistryFixture.run { fixture in
            let name = try await fixture.model("credit-risk")
            let error = await #expect(throws: GatehouseError.self) {
                try await fixture.registry.createModel(name, by: fixture.ada)
            }
            #expect(error?.code == .alreadyExists)
            #expect(try await fixture.model("Credit-Risk").text == "Credit-Risk")
            #expect(try await fixture.actions() == [.modelCreated, .modelCreated])
        }
    }

    @Test("of many who create one name at once, one succeeds")
    func race() async throws {
        try await RegistryFixture.run { fixture in
            let name = try ModelName("credit-risk")
            let successes = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<16 {
                    group.addTask { (try? await fixture.registry.createModel(name, by: RegistryFixture.ada)) != nil }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(successes == 1)
            #expect(try await fixture.actions() == [.modelCreated])
        }
    }

    @Test("models are listed by name in pages")
    func listing() async throws {
        try await RegistryFixture.run { fixture in
            for name in ["d", "b", "a", "c", "e"] { _ = try await fixture.model(name) }
            let pages = try await fixture.store.read { tx in
                let first = try tx.models(limit: 2)
                let second = try tx.models(after: first.last?.name, limit: 2)
                let narrowed = try tx.models(where: "m.name LIKE \("%c%")")
                return [first, second, narrowed].map { $0.map(\.name.text) }
            }
            #expect(pages == [["a", "b"], ["c", "d"], ["c"]])
        }
    }

    @Test("a renamed model keeps its versions, tags and aliases")
    func rename() async throws {
        try await RegistryFixture.run { fixture in
            let old = try await fixture.model("old")
            let version = try await fixture.version(of: old, tags: ["k": "v"])
            try await fixture.setAlias(Alias("best"), of: old, to: version.number)
            let new = try ModelName("new")
            let renamed = try await fixture.registry.renameModel(old, to: new, by: fixture.ada)
            #expect(renamed.aliases == [try Alias("best"): version.number])
            let (gone, moved) = try await fixture.store.read { tx in
                (try tx.model(old), try tx.version(of: Alias("best"), model: new))
            }
            #expect(gone == nil)
            #expect(moved?.tags == ["k": "v"])
        }
    }

    @Test("a model that was in production keeps its name, and the attempt is recorded")
    func renameAfterProduction() async throws {
        try await RegistryFixture.run { fixture in
            let name = try await fixture.model()
            let version = try await fixture.version(of: name)
            try await fixture.store.write { tx in
                _ = try tx.occupy(Slot(model: name), with: version.number, at: RegistryFixture.start, auditSequence: 1)
            }
            let error = await #expect(throws: GatehouseError.self) {
                try await fixture.registry.renameModel(name, to: ModelName("other"), by: fixture.ada)
            }
            #expect(error?.code == .conflict)
            let last = try await fixture.store.read { tx in try tx.auditEntries(limit: 1).first }
            #expect(last?.action == .modelRenamed)
            #expect(last?.outcome == .refused)
        }
    }

    @Test("a name cannot be taken from another model, not even a deleted one")
    func renameOntoExisting() async throws {
        try await RegistryFixture.run { fixture in
            let (first, second) = (try await fixture.model("first"), try await fixture.model("second"))
            for _ in 0..<2 {
                let error = await #expect(throws: GatehouseError.self) {
                    try await fixture.registry.renameModel(first, to: second, by: fixture.ada)
                }
                #expect(error?.code == .alreadyExists)
                if try await fixture.store.read({ tx in try tx.model(second) }) != nil {
                    try await fixture.registry.deleteModel(second, by: fixture.ada)
                }
            }
        }
    }

    @Test("a name that was deleted may be used again, and its numbers go on")
    func recreate() async throws {
        try await RegistryFixture.run { fixture in
            let name = try await fixture.model()
            try await fixture.version(of: name, tags: ["k": "v"])
            try await fixture.registry.deleteModel(name, by: fixture.ada)
            let (model, versions) = try await fixture.store.read { tx in (try tx.model(name), try tx.versions(of: name)) }
            #expect(model == nil)
            #expect(versions == [])
            let again = try await fixture.registry.createModel(name, by: fixture.ada)
            #expect(again.tags == [:])
            #expect(try await fixture.version(of: name).number.value == 2)
        }
    }

    @Test("what is not there is not found", arguments: ["update", "rename", "delete", "tag", "version"])
    func absent(_ deed: String) async throws {
        try await RegistryFixture.run { fixture in
            let name = try ModelName("nobody")
            let error = await #expect(throws: GatehouseError.self) {
                switch deed {
                case "update": _ = try await fixture.registry.updateModel(name, description: "", by: fixture.ada)
                case "rename": _ = try await fixture.registry.renameModel(name, to: ModelName("x"), by: fixture.ada)
                case "delete": try await fixture.registry.deleteModel(name, by: fixture.ada)
                case "tag": try await fixture.registry.setTag(TagKey("k"), "v", of: name, by: fixture.ada)
                default: try await fixture.version(of: name)
                }
            }
            #expect(error?.code == .notFound)
            #expect(error?.message.contains("nobody") == true)
            #expect(try await fixture.actions() == [])
        }
    }
}
