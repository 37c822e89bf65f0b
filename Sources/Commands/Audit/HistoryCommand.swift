import ArgumentParser
import GatehouseCore
import WireAPI

struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Show which version was in production when, and why.",
        discussion: """
            gatehouse history credit-risk
            gatehouse history credit-risk --slot eu/de --at 2026-03-03T12:00Z

            ENTRY is the audit entry that put the version there: gatehouse audit log --after ENTRY-1 --limit 1
            """)

    @Argument(help: "Name of the registered model.") var name: String
    @Option(help: ArgumentHelp("Segment of the slot.", valueName: "segment")) var slot: String?
    @Option(help: ArgumentHelp("Environment of the slot.", valueName: "environment")) var environment: String?
    @Option(help: ArgumentHelp("Only who was active at this time (UTC).", valueName: "time")) var at: String?
    @Option(help: "At most this many, up to \(PageLimit.itemsMax).") var limit = 100
    @OptionGroup var client: ClientOptions

    func run() async throws {
        let page = PageLimit(limit)
        let query =
            [("segment", slot), ("environment", environment), ("at", at)].compactMap { name, value in
                value.map { (name, $0) }
            } + [page.query]
        let server = try client.client()
        let found: PageAnswer<HistoryAnswer> = try await server.get(["models", name, "history"], query: query)
        let shown = page.shown(found.items)
        let places = client.json || shown.isEmpty ? [:] : try await deployed(server)
        try client.show(PageAnswer(items: shown)) { terminal in
            if shown.isEmpty { terminal.note("no version was active") }
            var table = TextTable([
                ("VERSION", .right), ("FROM", .left), ("UNTIL", .left), ("HOW", .left), ("BY", .left), ("REASON", .left),
                ("ENTRY", .right), ("DEPLOYED TO", .left),
            ])
            for item in shown {
                table.add([
                    String(item.version), item.from, item.until ?? "now", item.how, item.by, item.reason,
                    String(item.auditSequence), places[item.version]?.joined(separator: ", ") ?? "–",
                ])
            }
            terminal.show(table)
            if found.items.count > shown.count {
                let place = [("slot", slot), ("environment", environment)].compactMap { name, value in
                    value.map { " --\(name) \(shellQuoted($0))" }
                }.joined()
                terminal.note("more: gatehouse history \(shellQuoted(name))\(place) --limit \(PageLimit.itemsMax)")
            }
        }
    }

    /// Where jobs said they had put each version of this slot.
    private func deployed(_ server: GatehouseClient) async throws -> [Int64: [String]] {
        let query = [("environment", environment ?? Slot.defaultEnvironment), ("limit", "\(PageLimit.itemsMax)")]
        let page: PageAnswer<DeploymentAnswer>
        do {
            page = try await server.get(["models", name, "deployments"], query: query)
        } catch let error as GatehouseError where error.code == .notFound {
            return [:]
        }
        let there = page.items.filter {
            $0.segment == (slot ?? Slot.defaultSegment) && ["succeeded", "unchanged"].contains($0.outcome)
        }
        return Dictionary(grouping: there, by: \.modelVersion).mapValues { Set($0.map(\.target)).sorted() }
    }
}
