import GatehouseCore
import Gates
import Registry
import Storage
import Testing

@testable import Promotions

@Suite("Registering versions", .timeLimit(.minutes(2)))
struct RegistrationTests {
    private static let demanding = Rules.text(
        more: "registration: {require: [feature_pipeline, training_data, model_card, dataset_card, feature_stats]}")

    @Test("facts that are missing are named all at once, each with what supplies it")
    func missingFacts() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            try await shop.policy(Self.demanding)
            let bare = ["model.lgb": LoanModel.good["model.lgb"] ?? ""]
            let error = try await expectFailure(.blockedByPolicy) { try await shop.version(of: model, bare) }
            #expect(
                error.details.sorted() == [
                    "missing: dataset_card, as the file dataset_card.md → put dataset_card.md into the model's folder",
                    "missing: feature_pipeline, as the tag gatehouse.feature_pipeline"
                        + " → repeat it with --tag gatehouse.feature_pipeline=VALUE",
                    "missing: feature_stats, as the file feature_stats.json → put feature_stats.json into the model's folder",
                    "missing: model_card, as the file model_card.md → put model_card.md into the model's folder",
                    "missing: training_data, as the tag gatehouse.training_data"
                        + " → repeat it with --tag gatehouse.training_data=VALUE",
                ])
            #expect(try await shop.store.read { tx in try tx.version(VersionNumber(1), of: model) } == nil)
        }
    }

    @Test("with every fact there, the version is registered")
    func allFacts() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            try await shop.policy(Self.demanding)
            var files = LoanModel.good
            files["dataset_card.md"] = "# Loans"
            let tags = ["gatehouse.feature_pipeline": "credit-features@1", "gatehouse.training_data": "loans-2025"]
            let version = try await shop.version(of: model, files, tags: tags)
            #expect(try await shop.stage(version, of: model) == .none)
        }
    }

    @Test("a fact that says nothing is missing", arguments: ["", " ", "\n"])
    func emptyFact(value: String) async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            try await shop.policy(Rules.text(more: "registration: {require: [training_data]}"))
            try await expectFailure(.blockedByPolicy) {
                try await shop.version(of: model, tags: ["gatehouse.training_data": value])
            }
        }
    }

    @Test("warn and off register without the facts", arguments: ["warn", "off"])
    func notEnforced(enforcement: String) async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            try await shop.policy(Rules.text(enforcement: enforcement, more: "registration: {require: [training_data]}"))
            #expect(try await shop.version(of: model).value == 1)
        }
    }

    @Test("bytes that were not uploaded are named by their path")
    func notUploaded() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let digest = Digest.sha256(of: Array("never sent".utf8))
            let manifest = try ArtifactManifest([ArtifactFile(path: "model/model.lgb", digest: digest, bytes: 10)])
            let error = try await expectFailure(.notFound) {
                try await shop.registrations.register(
                    VersionRequest(model: model, source: "test", manifest: manifest), by: shop.ada)
            }
            #expect(says(error.message, "'model/model.lgb'"))
        }
    }

    @Test("bytes of another size than stated are refused")
    func wrongSize() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let blob = try await shop.artifacts.put(Array("tree".utf8))
            let manifest = try ArtifactManifest([ArtifactFile(path: "model.lgb", digest: blob.digest, bytes: 5)])
            let error = try await expectFailure(.invalidArgument) {
                try await shop.registrations.register(
                    VersionRequest(model: model, source: "test", manifest: manifest), by: shop.ada)
            }
            #expect(error.message == "'model.lgb' has 4 bytes, not 5.")
        }
    }

    @Test("the signature is read from MLmodel where the caller gives none")
    func signature() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let read = try await shop.version(of: model)
            let inputs = try await shop.found(read, of: model).signature?.inputs
            #expect(inputs == Loan.schema)

            let given = ModelSignature(inputs: [FieldSchema(name: "income", type: .double)])
            let own = try await shop.registrations.register(
                VersionRequest(
                    model: model, source: "test", manifest: try await shop.upload(LoanModel.weak), signature: given),
                by: shop.ada)
            #expect(own.signature == given)

            let none = try await shop.version(of: model, LoanModel.files(splitAt: 0.3, signature: nil))
            #expect(try await shop.found(none, of: model).signature == nil)
        }
    }

    @Test("an MLmodel that nobody can read is registered without a signature")
    func damagedDescription() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            var files = LoanModel.good
            files["MLmodel"] = "flavors: [unclosed"
            let version = try await shop.version(of: model, files)
            #expect(try await shop.found(version, of: model).signature == nil)
        }
    }

    @Test("a model that does not exist is not found")
    func noModel() async throws {
        try await Workshop.run { shop in
            try await expectFailure(.notFound) { try await shop.version(of: ModelName("nobody")) }
        }
    }

    /// Uploads files as MLflow's clients do and returns the address they were uploaded to.
    private static func log(_ files: [String: String], _ shop: Workshop, enforced: Bool = true) async throws -> String {
        let tree = shop.registry.artifactTree(shop.artifacts) { _, _ in enforced }
        for (path, text) in files {
            let bytes = AsyncStream<[UInt8]> { stream in
                stream.yield(Array(text.utf8))
                stream.finish()
            }
            try await tree.put(bytes, at: ArtifactPath("1/models/m-1/artifacts/\(path)"))
        }
        return "mlflow-artifacts:/1/models/m-1/artifacts"
    }

    @Test("the files at a source on this server are sealed, and facts and signature are read from them")
    func source() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            try await shop.policy(Rules.text(more: "registration: {require: [model_card]}"))
            let service = RegistrationService(
                registry: shop.registry, artifacts: shop.artifacts, policies: PolicyBook(default: .shipped(.enforce)))
            let bare = try await Self.log(["model.txt": "tree"], shop)
            let request = VersionRequest(model: model, source: bare)
            try await expectFailure(.blockedByPolicy) { try await service.register(request, by: shop.ada) }
            let inputs = #"[{"type": "double", "name": "a", "required": true}]"#
            _ = try await Self.log(
                [
                    "model_card.md": "# Loans",
                    "MLmodel": "flavors: {lightgbm: {data: model.txt}}\nsignature:\n  inputs: '\(inputs)'\n",
                ], shop)
            let version = try await service.register(request, by: shop.ada)
            #expect(version.artifact != nil)
            #expect(version.signature?.inputs.map(\.name) == ["a"])
            try await expectFailure(.conflict) { try await Self.log(["model.txt": "another"], shop) }
        }
    }

    @Test("files that no manifest takes stop a registration under a policy and stay unpinned without one")
    func unsealable() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let source = try await Self.log(["model.txt": "a", "Model.txt": "b"], shop)
            for (enforcement, isTaken) in [(PolicyEnforcement.enforce, false), (.off, true)] {
                let service = RegistrationService(
                    registry: shop.registry, artifacts: shop.artifacts, policies: PolicyBook(default: .shipped(enforcement)))
                let request = VersionRequest(model: model, source: source)
                if isTaken {
                    #expect(try await service.register(request, by: shop.ada).artifact == nil)
                } else {
                    try await expectFailure(.invalidArgument) { try await service.register(request, by: shop.ada) }
                }
            }
        }
    }
}
