import ArgumentParser
import GatehouseCore
import WireAPI

extension VersionCommand {
    struct Card: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a version's model card with what was measured.",
            discussion: """
                gatehouse version card credit-risk 3 > README.md

                The author's card is model_card.md or README.md of the model. Above it stands what Gatehouse measured.
                """)

        @OptionGroup var version: VersionArguments
        @Option(help: ArgumentHelp("hf: Hugging Face; mct: Google's Model Card Toolkit.", valueName: "format")) var format = "hf"
        @Option(name: .shortAndLong, help: ArgumentHelp("Write it there.", valueName: "file")) var output: String?
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: CardAnswer = try await client.client().get(version.path + ["card"], query: [("format", format)])
            let text = answer.text ?? answer.document.prettyText + "\n"
            if let output { try OutputFile.write(Array(text.utf8), to: output) }
            try client.show(answer) { terminal in
                if let output { terminal.out("wrote \(output)") } else { terminal.out(bytes: Array(text.utf8)) }
                if answer.source == nil { terminal.note("note: no model_card.md or README.md is sealed with this version") }
                for finding in answer.findings { terminal.note("note: \(finding)") }
            }
        }
    }

    struct Attestations: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what was signed about a version.",
            discussion: """
                gatehouse version attestations credit-risk 3 -o credit-risk-3.jsonl

                --output writes all statements as DSSE envelopes, one per line; 'gatehouse attestation verify' reads them.
                """)

        @OptionGroup var version: VersionArguments
        @Option(name: .shortAndLong, help: ArgumentHelp("Write the statements there.", valueName: "file")) var output: String?
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let server = try client.client()
            let page: PageAnswer<AttestationAnswer> = try await server.get(version.path + ["attestations"])
            if let output {
                try OutputFile.write(try await server.bytes(version.path + ["attestations", "bundle"]), to: output)
            }
            try client.show(page) { terminal in
                var table = TextTable([("SIGNED", .left), ("NAME", .left), ("ABOUT", .left), ("DIGEST", .left), ("CLAIM", .left)])
                for item in page.items {
                    let digest = String(item.digest.dropFirst(Digest.prefix.count).prefix(12))
                    table.add([item.signedAt, item.name, item.about ?? "", digest, item.predicateType])
                }
                terminal.show(table)
                if let output { terminal.note("wrote \(output)") }
            }
        }
    }

    struct Signature: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fetch the signature over a model's files.",
            discussion: """
                gatehouse version signature credit-risk 3 -o model.sig
                gatehouse attestation key > key.pem
                model_signing verify key DIR --signature model.sig --public_key key.pem

                A model is signed when it is promoted to Production, in the format of OpenSSF model signing.
                """)

        @OptionGroup var version: VersionArguments
        @Option(name: .shortAndLong, help: ArgumentHelp("Write the signature there.", valueName: "file")) var output: String?
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let server = try client.client()
            let answer: ModelVerificationAnswer = try await server.get(version.path + ["signature", "verification"])
            if let output { try OutputFile.write(try await server.bytes(version.path + ["signature"]), to: output) }
            try client.show(answer) { terminal in
                terminal.out("\(answer.modelName) v\(answer.version)  signed \(answer.signedAt)")
                terminal.out("files      \(answer.verification.digest)")
                terminal.out("artifact   \(answer.artifactDigest)")
                terminal.out("key        \(answer.keyID)")
                if let output { terminal.out("wrote \(output)") } else { terminal.note("write it with: -o model.sig") }
            }
        }
    }
}
