import ArgumentParser
import GatehouseCore
import WireAPI

extension AuditCommand {
    struct Erase: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget a person's name and what the person wrote; the log stays as it is.",
            discussion: """
                gatehouse audit erase --user ada --reason "request 17"

                Removes the account too. Entries hold commitments in place of names, so every proof still holds;
                where the name stood, a stand-in stands. Says where the name remains. Backups and exported
                files are not reached.
                """)

        @Option(help: ArgumentHelp("Name of the user.", valueName: "name")) var user: String
        @Option(help: "Why, for the record; without the name.") var reason: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: ErasureAnswer = try await client.client().post(["users", user, "erasure"], EraseCall(reason: reason))
            try client.show(answer) { terminal in
                terminal.out(
                    "forgot \(user): \(answer.texts) texts, and \(answer.rows) other rows now say \(answer.standIn) "
                        + "(entry \(answer.auditSequence))")
                for place in answer.remaining {
                    terminal.out("  the name remains in \(place.rows) rows of \(place.place): \(place.reason)")
                }
                terminal.note("Not searched: descriptions, tags, data files, exported bundles and backups.")
            }
        }
    }
}
