import ArgumentParser
import AuditLog
import Foundation
import GatehouseCore
import Glibc
import WireAPI

extension AuditCommand {
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write entries with their proofs to a file that is checked without the server.",
            discussion: """
                gatehouse audit export -o log.jsonl
                gatehouse audit export --model credit-risk --from 2026-01-01 --until 2026-04-01 -o q1.jsonl
                gatehouse audit verify q1.jsonl

                A file of all entries also shows that none is missing; one of some cannot.
                """)

        @Option(help: ArgumentHelp("Only this model.", valueName: "name")) var model: String?
        @Option(help: ArgumentHelp("From this time on (UTC).", valueName: "time")) var from: String?
        @Option(help: ArgumentHelp("Before this time (UTC).", valueName: "time")) var until: String?
        @Flag(help: "Leave names and free texts out.") var withoutTexts = false
        @Option(name: [.short, .long], help: ArgumentHelp("The file to write.", valueName: "file")) var output: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let server = try client.client()
            let counts = try await write(from: server)
            let answer = JSONValue.object([
                "file": .string(output), "entries": .integer(counts.entries), "documents": .integer(counts.documents),
            ])
            try client.show(answer) { terminal in
                terminal.out("wrote \(counts.entries) entries and \(counts.documents) documents to \(output)")
                terminal.note("check it: gatehouse audit verify \(shellQuoted(output))")
            }
        }

        private func write(from server: GatehouseClient) async throws -> BundleCounts {
            let temporary = output + ".part"
            guard FileManager.default.createFile(atPath: temporary, contents: nil, attributes: [.posixPermissions: 0o600]),
                let file = FileHandle(forWritingAtPath: temporary)
            else {
                throw GatehouseError(.unavailable, "'\(temporary)' cannot be written.", hint: "Does its folder exist?")
            }
            var counts = BundleCounts()
            do {
                defer { try? file.close() }
                var token: String?
                repeat {
                    let page: BundlePageAnswer = try await server.get(["audit", "bundle"], query: query(token))
                    for line in page.lines { counts.add(line) }
                    try file.write(contentsOf: Data(page.lines.map { $0 + "\n" }.joined().utf8))
                    token = page.nextPageToken
                } while token != nil
                try file.write(contentsOf: Data((counts.end.text + "\n").utf8))
                try file.synchronize()
                guard rename(temporary, output) == 0 else {
                    throw GatehouseError(.unavailable, "'\(output)' cannot be written.", hint: "Is it a folder?")
                }
            } catch {
                try? FileManager.default.removeItem(atPath: temporary)
                if error is GatehouseError { throw error }
                throw GatehouseError(.unavailable, "'\(output)' cannot be written.", hint: "Is the disk full?", cause: error)
            }
            return counts
        }

        private func query(_ token: String?) -> [(String, String)] {
            let optional = [("model", model), ("from", from), ("until", until), ("page_token", token)]
            return optional.compactMap { name, value in value.map { (name, $0) } }
                + [("limit", "200")] + (withoutTexts ? [("without_texts", "true")] : [])
        }
    }
}
