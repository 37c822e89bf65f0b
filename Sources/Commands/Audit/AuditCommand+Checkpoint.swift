import ArgumentParser
import AuditLog
import GatehouseCore
import WireAPI

extension AuditCommand {
    struct Checkpoint: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the log's newest signed checkpoint.",
            discussion: "Keep it somewhere else: a log that does not grow from it was rewritten.")

        @OptionGroup var client: ClientOptions

        func run() async throws {
            let text = String(decoding: try await client.client().bytes(["audit", "checkpoint"]), as: UTF8.self)
            let checkpoint = try AuditLog.Checkpoint(SignedNote(parsing: text))
            let answer = CheckpointAnswer(
                origin: checkpoint.origin, size: checkpoint.size, root: checkpoint.root.base64, checkpoint: text)
            try client.show(answer) { terminal in terminal.out(verbatim: String(text.dropLast())) }
        }
    }

    struct Key: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the public key that the log's checkpoints are signed with.",
            discussion: "Note it once, where nobody who runs the server can change it.")

        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: LogKeyAnswer = try await client.client().get(["audit", "key"])
            try client.show(answer) { terminal in terminal.out(answer.key) }
        }
    }
}
