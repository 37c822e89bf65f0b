import ArgumentParser

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Every decision, granted or refused.",
        subcommands: [
            Log.self
        ])
}
