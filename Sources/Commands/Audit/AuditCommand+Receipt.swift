import ArgumentParser
import AuditLog
import Foundation
import GatehouseCore
import WireAPI

extension AuditCommand {
    struct Receipt: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Get a receipt for a decision, or check one offline.", subcommands: [Get.self, VerifyReceipt.self],
            defaultSubcommand: Get.self)

        struct Get: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "get", abstract: "Write a receipt that verifies without the server.",
                discussion: """
                    gatehouse audit receipt credit-risk 3 -o credit-risk-3.tlog-proof

                    For a version it is the receipt of its last granted transition, or else of its newest entry.
                    """)

            @Argument(help: "Name of the registered model.") var name: String?
            @Argument(help: "Number of the version.") var version: Int64?
            @Option(help: ArgumentHelp("The audit entry with this number instead.", valueName: "sequence")) var entry: Int64?
            @Option(name: .shortAndLong, help: ArgumentHelp("Write to this file.", valueName: "file")) var output: String?
            @OptionGroup var client: ClientOptions

            /// Longer than the sequencer takes.
            private static let waitSeconds = 5

            func validate() throws {
                let isVersion = name != nil && version != nil
                guard isVersion != (entry != nil), entry == nil || name == nil else {
                    throw ValidationError("Name a model and a version, or an entry with --entry.")
                }
            }

            func run() async throws {
                var query = [("wait", "\(Self.waitSeconds)")]
                if let entry { query.append(("entry", "\(entry)")) }
                if let name, let version { query += [("model", name), ("version", "\(version)")] }
                let bytes = try await client.client().bytes(["audit", "receipt"], query: query)
                let receipt = try TLogProof(parsing: bytes)
                if let output {
                    do {
                        try Data(bytes).write(to: URL(fileURLWithPath: output), options: .atomic)
                    } catch {
                        throw GatehouseError(.unavailable, "'\(output)' cannot be written.", cause: error)
                    }
                }
                let answer = ReceiptAnswer(receipt, verified: nil, reason: nil)
                try client.show(answer) { terminal in
                    guard let output else { return terminal.out(verbatim: String(receipt.text.dropLast())) }
                    terminal.out("receipt for entry \(receipt.index + 1) of \(receipt.checkpoint.origin) in \(output)")
                    terminal.note("check it: gatehouse audit receipt verify \(shellQuoted(output)) --key VKEY")
                }
            }
        }

        struct VerifyReceipt: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "verify", abstract: "Check a receipt, offline.",
                discussion: "The exit code is 2 when it does not hold.")

            @Argument(help: "The receipt.") var file: String
            @Option(help: ArgumentHelp("The log's public key, or a file that holds it.", valueName: "vkey")) var key: String
            @Flag(help: "Print one JSON object.") var json = false

            func run() async throws {
                try ReceiptCheck(key: try AuditFiles.key(key), json: json).run(
                    try AuditFiles.bytes(file, max: TLogProof.bytesMax))
            }
        }
    }
}

/// Says whether a receipt holds, and what it is a receipt of.
struct ReceiptCheck {
    let key: NoteVerifier
    let json: Bool

    func run(_ bytes: [UInt8]) throws {
        let receipt: TLogProof
        let answer: ReceiptAnswer
        do {
            receipt = try TLogProof(parsing: bytes)
        } catch {
            // A receipt that a changed bit has made unreadable does not hold either.
            try show(ReceiptAnswer(nil, verified: false, reason: error.message))
            throw EarlyExit(status: .answerIsNo)
        }
        do {
            guard let entry = receipt.extra else {
                throw GatehouseError(.integrity, "The receipt does not hold the entry itself.")
            }
            try receipt.verify(entry: entry, key: key)
            answer = ReceiptAnswer(receipt, verified: true, reason: nil)
        } catch let error as GatehouseError {
            answer = ReceiptAnswer(receipt, verified: false, reason: error.message)
        }
        try show(answer)
        if answer.verified != true { throw EarlyExit(status: .answerIsNo) }
    }

    private func show(_ answer: ReceiptAnswer) throws {
        let terminal = Terminal.process()
        guard !json else { return terminal.out(verbatim: String(decoding: try WireCoder.encode(answer), as: UTF8.self)) }
        guard answer.verified == true else { return terminal.out("does not hold: \(answer.reason ?? "")") }
        terminal.out(
            "holds: entry \(answer.sequence ?? 0) of \(answer.origin ?? ""), under the signed root of \(answer.treeSize ?? 0)")
        if let entry = answer.entry { terminal.out(verbatim: entry.prettyText) }
    }
}

/// `--json` of the receipt commands.
struct ReceiptAnswer: Encodable {
    /// Nil where it was not looked at.
    let verified: Bool?
    let reason: String?
    let origin: String?
    let sequence: Int64?
    let index: Int64?
    let treeSize: Int64?
    let entry: JSONValue?

    init(_ receipt: TLogProof?, verified: Bool?, reason: String?) {
        self.verified = verified
        self.reason = reason
        origin = receipt?.checkpoint.origin
        sequence = receipt.map { $0.index + 1 }
        index = receipt?.index
        treeSize = receipt?.checkpoint.size
        // What a receipt that does not hold says of itself is nothing to show.
        entry = verified == false ? nil : receipt?.extra.flatMap { try? JSONParser.parse($0) }
    }

    enum CodingKeys: String, CodingKey {
        case verified, reason, origin, sequence, index, entry
        case treeSize = "tree_size"
    }
}
