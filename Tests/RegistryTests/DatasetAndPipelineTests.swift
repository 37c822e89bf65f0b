import AuditLog
import GatehouseCore
import Registry
import Storage
import Testing

@Suite("Datasets and feature pipelines")
struct DatasetAndPipelineTests {
    private func request(_ bytes: String, name: String = "credit-holdout") -> DatasetRequest {
        DatasetRequest(
            name: name, digest: .sha256(of: Array(bytes.utf8)), format: "csv", bytes: Int64(bytes.utf8.count), rowCount: 2,
            columns: [["name": "age", "type": "long"]])
    }

    @Test("datasets are numbered per name; the same bytes give the version that has them")
    func datasets() async throws {
        try await RegistryFixture.run { fixture in
            let first = try await fixture.registry.addDataset(request("a\n1\n"), by: fixture.ada)
            let second = try await fixture.registry.addDataset(request("a\n2\n"), by: fixture.ada)
            let again = try await fixture.registry.addDataset(request("a\n1\n"), by: .user("grace"))
            let other = try await fixture.registry.addDataset(request("a\n1\n", name: "other"), by: fixture.ada)
            #expect(
                [first, second, again, other].map(\.reference) == [
                    "credit-holdout@1", "credit-holdout@2", "credit-holdout@1", "other@1",
                ])
            #expect(again == first)
            let (newest, pinned, all, names) = try await fixture.store.read { tx in
                (
                    try tx.dataset(NamedVersion(parsing: "credit-holdout")),
                    try tx.dataset(NamedVersion(parsing: "credit-holdout@1")), try tx.datasetVersions(of: "credit-holdout"),
                    try tx.datasets()
                )
            }
            #expect(newest == second)
            #expect(pinned == first)
            #expect(all == [second, first])
            #expect(names == [second, other])
            #expect(try await fixture.store.read { tx in try tx.isReferenced(blob: first.digest) })
            #expect(try await fixture.actions() == [.datasetAdded, .datasetAdded, .datasetAdded])
        }
    }

    @Test("many who add different bytes at once get different numbers")
    func datasetRace() async throws {
        try await RegistryFixture.run { fixture in
            let numbers = try await withThrowingTaskGroup(of: Int64.self) { group in
                for number in 0..<16 {
                    group.addTask {
                        try await fixture.registry.addDataset(request("\(number)"), by: RegistryFixture.ada).number.value
                    }
                }
                return try await group.reduce(into: [Int64]()) { $0.append($1) }
            }
            #expect(numbers.sorted() == Array(1...16))
        }
    }

    @Test("a dataset or pipeline that does not exist is not found, and the answer says how to add it", arguments: ["x", "x@3"])
    func absent(_ text: String) async throws {
        try await RegistryFixture.run { fixture in
            let reference = try NamedVersion(parsing: text)
            let reads: [@Sendable (SQLTransaction) throws -> Void] = [
                { _ = try $0.dataset(reference) }, { _ = try $0.pipeline(reference) },
            ]
            for read in reads {
                let error = await #expect(throws: GatehouseError.self) { try await fixture.store.read(read) }
                #expect(error?.code == .notFound)
                #expect(error?.hint?.contains("add x") == true)
            }
        }
    }

    @Test("impossible datasets are refused", arguments: ["a/b", "", "a@1"])
    func badDatasets(_ name: String) async throws {
        try await RegistryFixture.run { fixture in
            let named = await #expect(throws: GatehouseError.self) {
                try await fixture.registry.addDataset(request("x", name: name), by: fixture.ada)
            }
            #expect(named?.code == .invalidArgument)
            let sized = DatasetRequest(name: "x", digest: .sha256(of: []), format: "csv", bytes: -1)
            let counted = DatasetRequest(name: "x", digest: .sha256(of: []), format: "csv", bytes: 1, rowCount: -1)
            for bad in [sized, counted] {
                let error = await #expect(throws: GatehouseError.self) {
                    try await fixture.registry.addDataset(bad, by: fixture.ada)
                }
                #expect(error?.code == .invalidArgument)
            }
        }
    }

    @Test("the first version of a pipeline is in production, a later one when it is activated")
    func pipelines() async throws {
        try await RegistryFixture.run { fixture in
            let age = FieldSchema(name: "age", type: .long)
            let income = FieldSchema(name: "income", type: .double, isRequired: false)
            let first = try await fixture.registry.addPipeline("credit-features", schema: [age], by: fixture.ada)
            let second = try await fixture.registry.addPipeline("credit-features", schema: [age, income], by: fixture.ada)
            let again = try await fixture.registry.addPipeline("credit-features", schema: [age], by: fixture.ada)
            #expect(first.isInProduction)
            #expect(!second.isInProduction)
            #expect(again == first)
            let newest = try NamedVersion(name: "credit-features", version: nil)
            #expect(try await fixture.store.read { tx in try tx.pipeline(newest) } == first)
            for _ in 0..<2 {
                let active = try await fixture.registry.activatePipeline("credit-features", second.number, by: fixture.ada)
                #expect(active.isInProduction)
                #expect(active.schema == [age, income])
            }
            let (versions, all) = try await fixture.store.read { tx in
                (try tx.pipelineVersions(of: "credit-features"), try tx.pipelines())
            }
            #expect(versions.map(\.isInProduction) == [true, false])
            #expect(all.map(\.reference) == ["credit-features@2"])
            #expect(try await fixture.actions() == [.pipelineAdded, .pipelineAdded, .pipelineActivated])
        }
    }

    @Test("two versions of a pipeline cannot be in production at once, whoever writes")
    func oneInProduction() async throws {
        try await RegistryFixture.run { fixture in
            for name in ["a", "b"] {
                _ = try await fixture.registry.addPipeline("p", schema: [FieldSchema(name: name, type: .long)], by: fixture.ada)
            }
            let error = await #expect(throws: GatehouseError.self) {
                try await fixture.store.write { tx in
                    _ = try tx.execute("UPDATE feature_pipeline_version SET in_production = 1")
                }
            }
            #expect(error?.code == .alreadyExists)
        }
    }

    @Test("a schema without columns, or with one twice, is refused")
    func badSchemas() async throws {
        try await RegistryFixture.run { fixture in
            let age = FieldSchema(name: "age", type: .long)
            for schema in [[], [age, age], [FieldSchema(name: "", type: .long)]] {
                let error = await #expect(throws: GatehouseError.self) {
                    try await fixture.registry.addPipeline("p", schema: schema, by: fixture.ada)
                }
                #expect(error?.code == .invalidArgument)
            }
            let unknown = await #expect(throws: GatehouseError.self) {
                try await fixture.registry.activatePipeline("p", VersionNumber(1), by: fixture.ada)
            }
            #expect(unknown?.code == .notFound)
        }
    }
}
