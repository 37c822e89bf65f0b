import ArgumentParser

struct GatehouseCommand: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "gatehouse",
        abstract: "A model registry that does not let an unchecked model into production.",
        discussion: """
            Try it:          gatehouse demo
            Check a model:   gatehouse evaluate --model m.txt --data rows.csv --label y
            Run a registry:  gatehouse serve

            Exit codes: 0 done, 1 failed, 2 the answer is no, 3 not decided, 4 not allowed, 5 server unreachable, 64 wrong usage.
            """,
        version: version,
        subcommands: [ServeCommand.self, DemoCommand.self],
        groupedSubcommands: [
            CommandGroup(
                name: "Judge and promote",
                subcommands: [
                    EvaluateCommand.self, EvaluationCommand.self, PromoteCommand.self, PromotionCommand.self, ReviewCommand.self,
                    AdoptCommand.self, HistoryCommand.self, RollbackCommand.self, RolloutCommand.self,
                ]),
            CommandGroup(
                name: "Serve",
                subcommands: [
                    GatewayCommand.self, EndpointCommand.self, ServingCommand.self, ShadowCommand.self, ExperimentCommand.self,
                    OutcomesCommand.self, DeployCommand.self,
                ]),
            CommandGroup(
                name: "Exceptions", subcommands: [WaiverCommand.self, BreakGlassCommand.self, AfterReviewCommand.self]),
            CommandGroup(
                name: "Records",
                subcommands: [
                    ModelCommand.self, VersionCommand.self, AliasCommand.self, DatasetCommand.self, PipelineCommand.self,
                    PolicyCommand.self, EvidenceCommand.self, AttestCommand.self, AttestationCommand.self, AuditCommand.self,
                    WebhookCommand.self, ImportCommand.self, CopyCommand.self,
                ]),
            CommandGroup(name: "Care of the store", subcommands: [CollectCommand.self, ScrubCommand.self]),
            CommandGroup(name: "Who may do what", subcommands: [UserCommand.self, TeamCommand.self, TokenCommand.self]),
            CommandGroup(name: "Tools without a server", subcommands: ToolCommands.all),
        ])
}
