import ArgumentParser
import GatehouseCore
import WireAPI

struct ServingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serving", abstract: "What runs where.", subcommands: [Inventory.self])

    struct Inventory: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show which digest serves which slot on which gateway now.",
            discussion:
                "Exit code 2: a gateway serves something else than the registry asks; 3: one was not heard of for a while.")

        @Option(help: "Only this gateway.") var gateway: String?
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let whole: InventoryAnswer = try await client.client().get(["serving", "inventory"])
            let answer = gateway.map { whole.only($0) } ?? whole
            if let gateway, answer.gateways.isEmpty {
                throw GatehouseError(
                    .notFound, "No gateway '\(gateway)' has reported.", hint: "See who did: gatehouse serving inventory")
            }
            try client.show(answer) { Self.show(answer, on: $0) }
            // What a silent gateway said last is no evidence of what it does now.
            let heard = Set(answer.gateways.filter { $0.state != "stale" }.map(\.id))
            if answer.served.contains(where: { $0.difference != nil && heard.contains($0.gateway) }) {
                throw EarlyExit(status: .answerIsNo)
            }
            if answer.gateways.contains(where: { $0.state == "stale" }) { throw EarlyExit(status: .undecided) }
        }

        private static func show(_ answer: InventoryAnswer, on terminal: Terminal) {
            let table = answer.tableNumber.map { "route table \($0), published at \(answer.publishedAt ?? "")" }
            terminal.note(table ?? "no route table was published: gatehouse endpoint apply FILE")
            if answer.gateways.isEmpty { terminal.note("no gateway has reported") }
            for gateway in answer.gateways where gateway.state != "current" {
                let number = gateway.tableNumber.map { "table \($0)" } ?? "no table"
                terminal.note("\(gateway.id) is \(gateway.state): \(number), last heard of at \(gateway.lastSeenAt)")
            }
            guard !answer.served.isEmpty else { return }
            let states = Dictionary(answer.gateways.map { ($0.id, $0.state) }) { first, _ in first }
            var rows = TextTable([
                ("GATEWAY", .left), ("ENDPOINT", .left), ("SEGMENT", .left), ("ROLE", .left), ("VERSION", .right),
                ("DIGEST", .left), ("STATE", .left), ("REGISTRY SAYS", .left),
            ])
            for row in answer.served {
                let state = states[row.gateway] == "stale" ? "stale" : row.state ?? ""
                rows.add([
                    row.gateway, row.endpoint, row.segment, row.role, row.version.map { "\($0)" } ?? "–",
                    row.digest.map { ShortDigest.text($0) } ?? "–", state, row.verdict,
                ])
            }
            terminal.show(rows)
        }
    }
}

extension InventoryAnswer {
    fileprivate func only(_ gateway: String) -> InventoryAnswer {
        InventoryAnswer(
            tableNumber: tableNumber, publishedAt: publishedAt, gateways: gateways.filter { $0.id == gateway },
            served: served.filter { $0.gateway == gateway })
    }
}

extension InventoryAnswer.Row {
    fileprivate var verdict: String {
        let wanted = expectedVersion.map { "v\($0) \(expectedDigest.map { ShortDigest.text($0) } ?? "")" } ?? "nothing"
        return switch difference {
        case nil: "the same"
        case "absent"?: "\(wanted), which it does not have"
        case "not_ready"?: "\(wanted), which is not ready"
        case .some: "\(wanted)"
        }
    }
}
