import ArgumentParser
import Attestations
import GatehouseCore
import WireAPI

struct AttestationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attestation", abstract: "What the server signs, and the key it signs with.",
        subcommands: [Key.self, Verify.self])

    struct Key: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the server's public key, PEM.", discussion: "gatehouse attestation key > key.pem")

        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: AttestationKeyAnswer = try await client.client().get(["attestation-key"])
            try client.show(answer) { $0.out(bytes: Array(answer.pem.utf8)) }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Verify signed statements; needs no server.",
            discussion: """
                gatehouse attestation verify credit-risk-3.jsonl --key key.pem

                The file holds one DSSE envelope, or one per line. With several keys, --threshold says how many different ones
                must have signed. Exit code 2: a signature does not verify.
                """)

        @Argument(help: "The statements.") var file: String
        @Option(help: ArgumentHelp("Public key, PEM; repeatable.", valueName: "file")) var key: [String]
        @Option(help: ArgumentHelp("How many of the keys must have signed.", valueName: "count")) var threshold = 1
        @Flag(help: "Print one JSON object.") var json = false

        func run() async throws {
            var keys: Set<VerificationKey> = []
            for path in key { keys.insert(try VerificationKey(pem: InputFile.text(path, bytesMax: 1 << 16))) }
            let lines = try InputFile.bytes(file, bytesMax: Envelope.envelopeBytesMax).split(separator: UInt8(ascii: "\n"))
            guard !lines.isEmpty else { throw GatehouseError(.invalidArgument, "The file '\(file)' holds no statement.") }
            var findings: [Finding] = []
            for (number, line) in lines.enumerated() {
                findings.append(try Finding(Array(line), line: number + 1, keys: keys, threshold: threshold))
            }
            let terminal = Terminal.process()
            if json {
                terminal.out(verbatim: JSONValue.object(["items": .array(findings.map(\.json))]).canonicalText)
            } else {
                for finding in findings { terminal.out(finding.sentence) }
            }
            if findings.contains(where: { $0.problem != nil }) { throw EarlyExit(status: .answerIsNo) }
        }
    }
}

extension AttestationCommand {
    /// What came of one line.
    private struct Finding {
        let line: Int
        var statement: Statement?
        var problem: String?

        /// Fails with `invalidArgument` when the line is no envelope of a statement.
        init(_ bytes: [UInt8], line: Int, keys: Set<VerificationKey>, threshold: Int) throws {
            self.line = line
            let envelope = try Envelope(parsing: bytes)
            do throws(GatehouseError) {
                statement = try Statement(envelope.verified(by: keys, threshold: threshold))
            } catch {
                guard error.code == .integrity else { throw error }
                problem = error.message
            }
        }

        var sentence: String {
            let subject = statement?.subjects.first
            guard problem == nil, let statement else { return "NOT VERIFIED: line \(line): \(problem ?? "")" }
            return "verified: \(statement.predicateType) about \(subject?.name ?? "") \(subject?.digest?.description ?? "")"
        }

        var json: JSONValue {
            .object([
                "line": .integer(Int64(line)), "verified": .bool(problem == nil),
                "problem": problem.map { .string($0) } ?? .null, "statement": statement?.json ?? .null,
            ])
        }
    }
}
