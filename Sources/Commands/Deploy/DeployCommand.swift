import ArgumentParser
import GatehouseCore
import WireAPI

struct DeployCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deploy",
        abstract: "Pin a version where it is served, and check it.",
        subcommands: [DeployRunCommand.self, List.self], defaultSubcommand: DeployRunCommand.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what was deployed, newest first.", aliases: ["ls"])

        @Argument(help: "Name of the registered model.") var name: String
        @Argument(help: "Only this version.") var version: Int64?
        @Option(help: ArgumentHelp("Only in this environment.", valueName: "environment")) var environment: String?
        @Option(help: ArgumentHelp("Only to this target, as the list names it.", valueName: "target")) var target: String?
        @Option(help: "At most this many, up to \(PageLimit.itemsMax).") var limit = 100
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let page = PageLimit(limit)
            let path = ["models", name] + (version.map { ["versions", String($0)] } ?? []) + ["deployments"]
            let filter = [("environment", environment), ("target", target)].compactMap { name, value in value.map { (name, $0) } }
            let found: PageAnswer<DeploymentAnswer> = try await client.client().get(path, query: filter + [page.query])
            let shown = page.shown(found.items)
            try client.show(PageAnswer(items: shown)) { terminal in
                if shown.isEmpty { terminal.note("no deployment was reported") } else { terminal.show(DeployReport.table(shown)) }
            }
        }
    }
}
