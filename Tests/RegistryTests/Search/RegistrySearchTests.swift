import GatehouseCore
import Registry
import Storage
import Testing

@Suite("Searches of models and versions")
struct RegistrySearchTests {
    /// Five models: two with versions, one of them with tags, one prompt with a version, one deleted.
    private static func withModels(_ body: (RegistryFixture) async throws -> Void) async throws {
        try await RegistryFixture.run { fixture in
            let registry = fixture.registry
            let prompt = [SearchFilter.promptTag: "true"]
            _ = try await registry.createModel(ModelName("find-a"), tags: ["team": "Risk"], by: fixture.ada)
            _ = try await registry.createModel(ModelName("find-b"), tags: ["team": "risk", "x": "1"], by: fixture.ada)
            _ = try await registry.createModel(ModelName("other"), by: fixture.ada)
            _ = try await registry.createModel(ModelName("prompt"), tags: prompt, by: fixture.ada)
            _ = try await registry.createModel(ModelName("gone"), by: fixture.ada)
            for number in 1...5 {
                fixture.clock.advance(by: .seconds(1))
                _ = try await registry.createVersion(
                    VersionRequest(
                        model: ModelName("find-a"), source: "s3://find/\(number)", runID: number == 2 ? "run-2" : nil,
                        tags: number < 3 ? ["k": "v\(number)"] : [:]), by: fixture.ada)
            }
            _ = try await registry.createVersion(VersionRequest(model: ModelName("find-b"), source: "s3://b/1"), by: fixture.ada)
            _ = try await registry.createVersion(
                VersionRequest(model: ModelName("prompt"), source: "dummy-source", tags: prompt), by: fixture.ada)
            _ = try await registry.createVersion(VersionRequest(model: ModelName("gone"), source: "s3://g/1"), by: fixture.ada)
            try await registry.deleteModel(ModelName("gone"), by: fixture.ada)
            try await registry.deleteVersion(VersionNumber(4), of: ModelName("find-a"), by: fixture.ada)
            try await body(fixture)
        }
    }

    @Test(
        "find models by name and tag, prompts only on demand",
        arguments: [
            ("", ["find-a", "find-b", "other"]),
            ("name = 'find-a'", ["find-a"]),
            ("name != 'find-a'", ["find-b", "other"]),
            ("name LIKE 'find-%'", ["find-a", "find-b"]),
            ("name LIKE 'FIND-%'", []),
            ("name ILIKE 'FIND-_'", ["find-a", "find-b"]),
            ("name IN ('other', 'find-b')", ["find-b", "other"]),
            ("name NOT IN ('other', 'find-b')", ["find-a"]),
            ("tags.team = 'Risk'", ["find-a"]),
            ("tags.team != 'Risk'", ["find-b"]),
            ("tags.team ILIKE 'RISK' AND tags.x = '1'", ["find-b"]),
            ("tags.nothing = 'x'", []),
            ("tag.`mlflow.prompt.is_prompt` != 'true'", ["find-a", "find-b", "other"]),
            ("tags.`mlflow.prompt.is_prompt` = 'false' AND name LIKE 'f%'", ["find-a", "find-b"]),
            ("tags.`mlflow.prompt.is_prompt` = 'true'", ["prompt"]),
            ("name = 'prompt'", []),
            ("name = 'gone'", []),
        ])
    func models(_ filter: String, _ names: [String]) async throws {
        try await Self.withModels { fixture in
            let request = try SearchRequest(.registeredModels, filter: filter, limit: 100)
            let page = try await fixture.store.read { tx in try tx.searchModels(request) }
            #expect(page.found.map(\.name) == names)
            #expect(page.nextPageToken == nil)
        }
    }

    @Test(
        "find versions by model, number, run, source and tag",
        arguments: [
            ("name = 'find-a'", [5, 3, 2, 1]),
            ("name = 'find-a' AND version_number >= 2 AND version_number < 5", [3, 2]),
            ("run_id = 'run-2'", [2]),
            ("run_id IN ('run-2', 'x')", [2]),
            // A version without a run counts as one whose run is the empty text, as MLflow stores it.
            ("run_id NOT IN ('run-2') AND name = 'find-a'", [5, 3, 1]),
            ("run_id != 'run-2' AND name = 'find-a'", [5, 3, 1]),
            ("run_id LIKE '%' AND name = 'find-a'", [5, 3, 2, 1]),
            ("run_id = '' AND name = 'find-a'", [5, 3, 1]),
            ("source_path LIKE 's3://find/%'", [5, 3, 2, 1]),
            ("source_path ILIKE 'S3://FIND/3'", [3]),
            ("tags.k = 'v1'", [1]),
            ("tags.k != 'v1'", [2]),
            ("name = 'prompt'", []),
            ("tags.`mlflow.prompt.is_prompt` = 'true'", [1]),
            ("name = 'gone'", []),
        ])
    func versions(_ filter: String, _ numbers: [Int64]) async throws {
        try await Self.withModels { fixture in
            let request = try SearchRequest(.modelVersions, filter: filter, limit: 100)
            let page = try await fixture.store.read { tx in try tx.searchVersions(request) }
            #expect(page.found.map(\.number) == numbers)
        }
    }

    @Test("versions come with their tags, in the order that was asked for")
    func tagsAndOrder() async throws {
        try await Self.withModels { fixture in
            let request = try SearchRequest(
                .modelVersions, filter: "name = 'find-a'", orderBy: ["creation_timestamp ASC"], limit: 100)
            let page = try await fixture.store.read { tx in try tx.searchVersions(request) }
            #expect(page.found.map(\.number) == [1, 2, 3, 5])
            #expect(page.found.map { $0.tags.map(\.value) } == [["v1"], ["v2"], [], []])
        }
    }

    @Test("pages follow one another without gaps or repeats, also when something is added between them", arguments: [1, 2, 3])
    func pages(_ limit: Int) async throws {
        try await Self.withModels { fixture in
            var (numbers, token): ([Int64], String?) = ([], nil)
            repeat {
                let request = try SearchRequest(
                    .modelVersions, filter: "name = 'find-a'", pageToken: token, limit: limit)
                let page = try await fixture.store.read { tx in try tx.searchVersions(request) }
                #expect(page.found.count <= limit)
                numbers += page.found.map(\.number)
                token = page.nextPageToken
                // Newer than all that was seen: it would push rows onto the next page if pages were counted.
                fixture.clock.advance(by: .seconds(1))
                _ = try await fixture.registry.createVersion(
                    VersionRequest(model: ModelName("find-a"), source: "s3://late"), by: fixture.ada)
            } while token != nil
            #expect(numbers == [5, 3, 2, 1])
        }
    }

    @Test("a token of one search does not fit another; MLflow's does")
    func tokens() async throws {
        try await Self.withModels { fixture in
            let first = try SearchRequest(.modelVersions, filter: "name = 'find-a'", limit: 2)
            let token = try await fixture.store.read { tx in try tx.searchVersions(first).nextPageToken }
            #expect(token != nil)
            let error = #expect(throws: GatehouseError.self) {
                try SearchRequest(.modelVersions, filter: "name = 'find-b'", pageToken: token, limit: 2)
            }
            #expect(error?.message.hasPrefix("Invalid page token") == true)
            let skipping = try SearchRequest(
                .modelVersions, filter: "name = 'find-a'", pageToken: "eyJvZmZzZXQiOiAyfQ==", limit: 10)
            let page = try await fixture.store.read { tx in try tx.searchVersions(skipping) }
            #expect(page.found.map(\.number) == [2, 1])
        }
    }

    @Test("the default orders come from an index, and a page takes a fixed number of statements")
    func plans() async throws {
        try await Self.withModels { fixture in
            let searches: [(SearchEntity, String, String, Int)] = [
                (.modelVersions, "", "model_version_newest", 2),
                (.modelVersions, "name = 'find-a'", "model_version_newest_of_model", 2),
                (.modelVersions, "run_id = 'run-2'", "model_version_by_run", 2), (.registeredModels, "", "sqlite_autoindex", 5),
            ]
            for (entity, filter, index, count) in searches {
                let request = try SearchRequest(entity, filter: filter, limit: 100)
                let (plan, statements) = try await fixture.store.read { tx in
                    let recorder = Recorder(tx)
                    let recorded = SQLTransaction(recorder)
                    switch entity {
                    case .registeredModels: _ = try recorded.searchModels(request)
                    case .modelVersions, .experiments, .runs, .loggedModels: _ = try recorded.searchVersions(request)
                    }
                    return (try recorder.statements.first.map { try tx.plan(of: $0) } ?? "", recorder.statements.count)
                }
                #expect(plan.contains(index), "\(entity) \(filter): \(plan)")
                if !filter.hasPrefix("run_id") { #expect(!plan.contains("TEMP B-TREE"), "\(entity) \(filter): \(plan)") }
                #expect(statements == count, "\(entity) \(filter)")
            }
        }
    }
}
