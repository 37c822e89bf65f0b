import ArgumentParser
import GatehouseCore
import WireAPI

struct EvidenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence", abstract: "What others measured for a model, such as a job in CI.", subcommands: [Post.self])

    struct Post: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Post evidence for a check of a version's artifact.",
            discussion: """
                gatehouse evidence post credit-risk 3 spark_backtest result.json

                The file holds {"passed": true, "reason": "…", "measurements": [{"metric": "…", "value": 0.1}]}.
                It is bound to the bytes of the version: other versions with the same bytes share it.
                """)

        @OptionGroup var version: VersionArguments
        @Argument(help: "Name of the check in the policy.") var check: String
        @Argument(help: "The result, JSON.") var file: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let body = try JSONParser.parse(PolicyFile.text(file))
            let server = try client.client()
            let artifact = try await server.artifact(version)
            try await server.put(["artifacts", artifact, "evidence", check], sending: body)
            try client.show(JSONValue.object(["artifact": .string(artifact), "check": .string(check)])) { terminal in
                terminal.out("posted evidence for \(check) of \(artifact)")
            }
        }
    }
}

struct AttestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attest", abstract: "Record a named approval of a version's artifact.",
        discussion: "Such as a regulatory sign-off that a policy asks for by name.")

    @OptionGroup var version: VersionArguments
    @Argument(help: "Name of the check in the policy.") var check: String
    @Option(help: "What was looked at and found.") var note: String
    @OptionGroup var client: ClientOptions

    func run() async throws {
        let server = try client.client()
        let artifact = try await server.artifact(version)
        try await server.put(["artifacts", artifact, "attestations", check], sending: AttestCall(note: note))
        try client.show(JSONValue.object(["artifact": .string(artifact), "check": .string(check)])) { terminal in
            terminal.out("attested \(check) of \(artifact)")
        }
    }
}

extension GatehouseClient {
    /// The digest that evidence for a version is filed under. Fails with `conflict` when the version is unpinned.
    fileprivate func artifact(_ version: VersionArguments) async throws -> String {
        let answer: VersionAnswer = try await get(version.path)
        guard let digest = answer.artifactDigest else {
            throw GatehouseError(
                .conflict, "\(version.name) v\(version.version) is unpinned, so no evidence can be bound to its bytes.")
        }
        return digest
    }
}
