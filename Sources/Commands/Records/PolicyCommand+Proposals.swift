import ArgumentParser
import GatehouseCore
import WireAPI

extension PolicyCommand {
    struct Proposals: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List edits of high-stakes policies that took or take a second person.")

        @Argument(help: "Name of the model, or pattern [all].") var model: String?
        @Flag(help: "Only those that wait.") var open = false
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let found: PageAnswer<PolicyProposalAnswer> = try await client.client().get(
                ["policies", "proposals"], query: model.map { [("model", $0)] } ?? [])
            let shown = found.items.filter { !open || $0.state == "open" }
            try client.show(PageAnswer(items: shown)) { terminal in
                if shown.isEmpty { terminal.note(open ? "none waits" : "there is none") }
                var table = TextTable([
                    ("PROPOSAL", .left), ("POLICY", .left), ("STATE", .left), ("PROPOSED", .left), ("BY", .left),
                    ("DECIDED BY", .left), ("LOOSER", .right),
                ])
                for item in shown {
                    table.add([
                        item.id, item.model + (item.appliedVersion.map { "@\($0)" } ?? ""), item.state, item.proposedAt,
                        item.proposedBy, item.decidedBy ?? "—",
                        String(item.changes.count { $0.effect == "looser" }),
                    ])
                }
                terminal.show(table)
            }
        }
    }

    struct Proposal: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show what a proposal changes, and how to approve it.")

        @Argument(help: "The proposal.") var id: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: PolicyProposalAnswer = try await client.client().get(["policies", "proposals", id])
            try client.show(answer) { terminal in
                let base = answer.baseVersion.map { "\(answer.model)@\($0)" } ?? "the server's default"
                terminal.out("\(answer.id)  \(answer.state)  by \(answer.proposedBy) at \(answer.proposedAt)")
                terminal.out("against \(base):")
                var table = TextTable([("", .left), ("RULE", .left), ("WAS", .left), ("BECOMES", .left)])
                for change in answer.changes { table.add([change.effect, change.path, change.old ?? "—", change.new ?? "—"]) }
                terminal.show(table)
                if answer.state == "open" {
                    terminal.note("approve it: gatehouse policy approve \(answer.id) --digest \(answer.digest)")
                }
            }
        }
    }

    struct Approve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a proposal in force, as the second person.",
            discussion: "The digest says which policy was read: gatehouse policy proposal ID prints it.")

        @Argument(help: "The proposal.") var id: String
        @Option(help: "Digest of the policy that was read.") var digest: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: PolicyAnswer = try await client.client().post(
                ["policies", "proposals", id, "approve"], ApprovePolicyCall(digest: digest))
            try client.show(answer) { $0.out("\(answer.model)@\(answer.version ?? 0) is in force, \(answer.digest)") }
        }
    }

    struct Withdraw: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take a proposal back.")

        @Argument(help: "The proposal.") var id: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: PolicyProposalAnswer = try await client.client().post(
                ["policies", "proposals", id, "withdraw"], JSONValue.object([:]))
            try client.show(answer) { $0.out("\(answer.id) is \(answer.state)") }
        }
    }
}
