import ArgumentParser
import GatehouseCore
import Promotions
import WireAPI

extension PolicyCommand {
    struct Confirm: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say that a policy still holds, so that it is not stale any more.",
            discussion: "For at most \(PolicyConfirmation.daysMax) days, or until the policy's own review_by if that is later.")

        @Argument(help: "Name of the model, or pattern.") var model: String
        @Option(help: "Why it still holds.") var reason: String
        @Option(help: ArgumentHelp("Until this time (UTC).", valueName: "time")) var until: String?
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: PolicyConfirmationAnswer = try await client.client().post(
                ["policies", "confirm"], ConfirmPolicyCall(model: model, reason: reason, until: until))
            try client.show(answer) { $0.out("\(answer.policy) is confirmed until \(answer.until)") }
        }
    }

    struct Backtest: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say which past versions would have passed or failed under a draft. Nothing is measured.",
            discussion: """
                gatehouse policy backtest draft.yaml

                Each version's newest evaluation is judged again where what it kept suffices; where it does not, the answer is
                "not measured", with the reason.
                """)

        @Argument(help: "The draft, YAML.") var file: String
        @Option(help: "The model, where the draft is for a pattern.") var model: String?
        @Option(help: "At most this many versions, up to \(BacktestService.versionsMax).") var limit: Int64 = 50
        @OptionGroup var client: ClientOptions

        func run() async throws {
            _ = try PolicyFile.read(file)
            let answer: BacktestAnswer = try await client.client().post(
                ["policies", "backtest"], BacktestCall(yaml: PolicyFile.text(file), model: model, limit: limit))
            try client.show(answer) { terminal in
                if answer.versions.isEmpty { terminal.note("no version of \(answer.model) was ever evaluated") }
                var table = TextTable([("VERSION", .right), ("WAS", .left), ("WOULD", .left), ("BECAUSE", .left)])
                for version in answer.versions {
                    table.add([
                        String(version.version), version.passed ? "pass" : "fail", version.outcome, Self.because(version),
                    ])
                }
                terminal.show(table)
            }
        }

        /// The checks that say something else than they did, and those that nobody can tell.
        private static func because(_ version: BacktestVersionAnswer) -> String {
            let parts = version.checks.compactMap { check -> String? in
                guard let would = check.would else { return "\(check.name) not measured (\(check.reason ?? ""))" }
                guard would != check.was || (would != "pass" && version.outcome == "fail") else { return nil }
                return would == check.was ? "\(check.name) \(would)" : "\(check.name) \(check.was ?? "—") → \(would)"
            }
            return parts.isEmpty ? "—" : parts.joined(separator: "; ")
        }
    }
}
