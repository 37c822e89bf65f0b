import ArgumentParser

struct RolloutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollout",
        abstract: "How a new version takes over, step by step.",
        subcommands: [RolloutSimulateCommand.self])
}
