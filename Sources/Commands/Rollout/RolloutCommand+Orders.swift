import ArgumentParser
import WireAPI

extension RolloutCommand {
    struct Hold: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keep the share as it is until somebody resumes.",
            discussion: "Harm that is proven still rolls back. Whoever may roll back may hold.")

        @OptionGroup var rollout: RolloutArgument
        @Option(help: "Why, for the record.") var reason: String?
        @OptionGroup var client: ClientOptions

        func run() async throws { try await RolloutCommand.order("hold", rollout, reason, client) }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a held rollout, or one that asked, go on watching.")

        @OptionGroup var rollout: RolloutArgument
        @Option(help: "Why, for the record.") var reason: String?
        @OptionGroup var client: ClientOptions

        func run() async throws { try await RolloutCommand.order("resume", rollout, reason, client) }
    }

    struct Advance: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Go to the next step without waiting for the numbers.",
            discussion: "A decision of yours, recorded as one. During the bake it ends the rollout as promoted.")

        @OptionGroup var rollout: RolloutArgument
        @Option(help: "Why, for the record.") var reason: String
        @OptionGroup var client: ClientOptions

        func run() async throws { try await RolloutCommand.order("advance", rollout, reason, client) }
    }

    struct Rollback: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give all traffic back to the champion, at once.",
            discussion: "The version is archived; its bytes come into this slot again only after a new review.")

        @OptionGroup var rollout: RolloutArgument
        @Option(help: "Why, for the record.") var reason: String
        @OptionGroup var client: ClientOptions

        func run() async throws { try await RolloutCommand.order("rollback", rollout, reason, client) }
    }

    fileprivate static func order(
        _ order: String, _ rollout: RolloutArgument, _ reason: String?, _ client: ClientOptions
    ) async throws {
        let server = try client.client()
        let answer: RolloutAnswer = try await server.post(
            ["rollouts", rollout.id(server), order], RolloutOrderCall(reason: reason))
        try client.show(answer) { RolloutReport(terminal: $0).show(answer) }
    }
}
