import ArgumentParser
import Attestations
import GatehouseCore

extension VersionCommand {
    struct VerifySignature: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify-signature", abstract: "Compare a model's folder with its signature; needs no server.",
            discussion: """
                gatehouse version verify-signature ./model --signature model.sig --key key.pem

                Exit code 0: every file is the one that was signed, and there is no other. 2: something differs, or another key
                signed it.
                """)

        @Argument(help: ArgumentHelp("Folder of the model.", valueName: "dir")) var folder: String
        @Option(help: ArgumentHelp("The signature.", valueName: "file")) var signature: String
        @Option(help: ArgumentHelp("Public key, PEM.", valueName: "file")) var key: String
        @Flag(help: "Print one JSON object.") var json = false

        func run() async throws {
            let key = try VerificationKey(pem: InputFile.text(key, bytesMax: 1 << 16))
            let bundle = try SigstoreBundle(parsing: InputFile.bytes(signature, bytesMax: Envelope.envelopeBytesMax))
            let terminal = Terminal.process()
            let problems: [String]
            do throws(GatehouseError) {
                let signed = try bundle.signedModel(verifiedBy: key)
                let found = try ModelFolder.files(in: folder, leavingOut: signature)
                problems = signed.differences(to: found).map(\.sentence)
            } catch {
                guard error.code == .integrity else { throw error }
                problems = [error.message]
            }
            if json {
                terminal.out(
                    verbatim: JSONValue.object([
                        "verified": .bool(problems.isEmpty), "problems": .array(problems.map { .string($0) }),
                        "key_id": .string(key.keyID),
                    ]).canonicalText)
            } else if problems.isEmpty {
                terminal.out("verified: every file in \(folder) is the one that was signed")
            } else {
                for problem in problems { terminal.out("NOT VERIFIED: \(problem)") }
            }
            if !problems.isEmpty { throw EarlyExit(status: .answerIsNo) }
        }
    }
}
