import ArgumentParser
import GatehouseCore
import Rendering
import Scoring
import WireAPI

struct VersionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Versions of a model.",
        subcommands: [
            Create.self, List.self, Show.self, Provenance.self, StageVersion.self, Tag.self, Untag.self, Delete.self, Card.self,
            Attestations.self,
            Signature.self, VerifySignature.self,
        ])

    static func table(_ versions: [VersionAnswer]) -> TextTable {
        var table = TextTable([
            ("VERSION", .right), ("STAGE", .left), ("ALIASES", .left), ("ARTIFACT", .left), ("CREATED", .left),
        ])
        for version in versions {
            let artifact = version.artifactDigest.map { String($0.dropFirst(Digest.prefix.count).prefix(12)) } ?? "unpinned"
            table.add([
                String(version.version), version.stage, version.aliases.joined(separator: " "), artifact, version.createdAt,
            ])
        }
        return table
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Upload a model and register it as the next version.",
            discussion: """
                gatehouse version create credit-risk --model ./model --tag gatehouse.feature_pipeline=credit-features@7

                --model is an MLflow model directory, or one model file. --input-example makes a signature from the columns of
                a file where the artifact has none.
                """)

        @Argument(help: "Name of the model; created when it is new.") var name: String
        @Option(help: ArgumentHelp("Model file or directory.", valueName: "path")) var model: String
        @Option(help: ArgumentHelp("Tag, repeatable.", valueName: "key=value")) var tag: [String] = []
        @Option(help: ArgumentHelp("Rows the model was trained on or will see.", valueName: "file")) var inputExample: String?
        @Option(help: ArgumentHelp("Column of the example that is not an input, repeatable.", valueName: "column")) var exclude:
            [String] = []
        @Option(help: "What is new in it.") var description: String?
        @Option(help: ArgumentHelp("MLflow run it comes from.", valueName: "id")) var runID: String?
        @Option(help: ArgumentHelp("Repeating a request with the same key repeats its answer.", valueName: "key"))
        var idempotencyKey: String?
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let server = try client.client()
            let tags = try VersionCommand.tags(tag)
            let signature: ModelSignature? = if let inputExample { try await exampleSignature(inputExample) } else { nil }
            try await ensureModel(server)
            let call = CreateVersionCall(
                files: try await server.upload(model: model), source: model, runID: runID, description: description, tags: tags,
                signature: signature?.json, idempotencyKey: idempotencyKey)
            let answer: VersionAnswer = try await server.post(["models", name, "versions"], call)
            try client.show(answer) { terminal in
                terminal.out(
                    "registered \(answer.modelName) v\(answer.version), \(Wording.count(answer.files.count, "file")) sealed as \(answer.artifactDigest ?? "")"
                )
            }
        }

        private func exampleSignature(_ path: String) async throws -> ModelSignature {
            let table = try await DatasetReader.read(contentsOf: path).table
            let excluded = Swift.Set(exclude)
            return ModelSignature(
                inputsOf: Table(rowCount: table.rowCount, columns: table.columns.filter { !excluded.contains($0.name) }))
        }

        private func ensureModel(_ server: GatehouseClient) async throws {
            do {
                let _: ModelAnswer = try await server.post(["models"], CreateModelCall(name: name))
            } catch let error as GatehouseError where error.code == .alreadyExists {
                return
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the versions of a model, newest first.", aliases: ["ls"])

        @Argument(help: "Name of the model.") var name: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let items: [VersionAnswer] = try await client.client().all(["models", name, "versions"])
            try client.show(PageAnswer(items: items)) { $0.show(VersionCommand.table(items)) }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a version: stage, files, tags, signature.")

        @OptionGroup var version: VersionArguments
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let server = try client.client()
            let answer: VersionAnswer = try await server.get(version.path)
            let deployed = try await client.json ? [] : Self.deployments(version.path, server)
            let origin = client.json ? nil : try await provenance(server)
            try client.show(answer) { terminal in
                terminal.out("\(answer.modelName) v\(answer.version)  \(answer.stage)  \(answer.aliases.joined(separator: " "))")
                terminal.out("artifact   \(answer.artifactDigest ?? "unpinned: the bytes are not in this registry")")
                for file in answer.files { terminal.out("           \(file.path)  \(file.bytes) bytes") }
                terminal.out("created    \(answer.createdAt) by \(answer.createdBy)")
                if let origin {
                    terminal.out("copied from \(origin.source.model) v\(origin.source.version) of \(origin.source.name)")
                    terminal.out("           \(origin.reason)")
                }
                for (key, value) in answer.tags.sorted(by: { $0.key < $1.key }) { terminal.out("tag        \(key) = \(value)") }
                for input in answer.signature?["inputs"]?.arrayValue ?? [] {
                    terminal.out("input      \(input["name"]?.stringValue ?? "")  \(input["type"]?.stringValue ?? "")")
                }
                for one in deployed { terminal.out("deployed   \(DeployReport.line(one))") }
            }
        }

        /// The newest ones; none from a server that knows of none yet.
        private static func deployments(_ path: [String], _ server: GatehouseClient) async throws -> [DeploymentAnswer] {
            do {
                let page: PageAnswer<DeploymentAnswer> = try await server.get(path + ["deployments"], query: [("limit", "5")])
                return page.items
            } catch let error as GatehouseError where error.code == .notFound {
                return []
            }
        }

        /// Nil: it was registered there.
        private func provenance(_ server: GatehouseClient) async throws -> ProvenanceAnswer? {
            do {
                return try await server.get(version.path + ["provenance"], as: ProvenanceAnswer.self)
            } catch let error as GatehouseError where error.code == .notFound {
                return nil
            }
        }
    }

    /// Where a copied version comes from; shown beside the tags, which anybody may edit.
    struct Provenance: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show where a copied version comes from, and what vouches for it.")

        @OptionGroup var version: VersionArguments
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let found: ProvenanceAnswer = try await client.client().get(version.path + ["provenance"])
            try client.show(found) { terminal in
                terminal.out("\(found.source.model) v\(found.source.version) of \(found.source.name) (\(found.source.registry))")
                terminal.out("first      v\(found.firstVersion) of \(found.firstRegistry)")
                terminal.out("artifact   \(found.artifactDigest)")
                terminal.out("log        \(found.reason)")
                if let origin = found.logOrigin, let size = found.logSize {
                    terminal.out("           \(origin) at \(size) entries")
                }
                terminal.note("The receipts are in --json; check one with: gatehouse audit receipt verify FILE --key VKEY")
            }
        }
    }

    fileprivate static func tags(_ pairs: [String]) throws -> [String: String] {
        var tags: [String: String] = [:]
        for pair in pairs {
            guard let equals = pair.firstIndex(of: "="), equals > pair.startIndex else {
                throw ValidationError("A tag is written key=value, not '\(pair)'.")
            }
            tags[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
        }
        return tags
    }
}
