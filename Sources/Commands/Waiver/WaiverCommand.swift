import ArgumentParser
import GatehouseCore
import Promotions
import Rendering
import WireAPI

struct WaiverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "waiver", abstract: "Exceptions to one check, for a time, by two.",
        discussion: "The check stays failed and is shown as waived; docs/exceptions.md has the rules.",
        subcommands: [Request.self, Approve.self, Revoke.self, List.self, Show.self])

    struct Request: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ask to waive a check that keeps a version out.",
            discussion: "gatehouse waiver request credit-risk 3 fairness --days 14 --reason \"…\"")

        @OptionGroup var version: VersionArguments
        @Argument(help: "The check, as the policy names it.") var check: String
        @Option(help: "How many days it holds, up to \(Waiver.daysMax).") var days: Int
        @Option(help: "Why the version may pass although the check did not.") var reason: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: WaiverAnswer = try await client.client().post(
                version.path + ["waivers"], WaiverCall(check: check, days: days, reason: reason))
            try client.show(answer) { terminal in
                WaiverReport(terminal: terminal).show(answer)
                terminal.note("two others approve it: gatehouse waiver approve \(answer.id)")
            }
        }
    }

    struct Approve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Approve a waiver; the second approval makes it active.",
            discussion: "Not by whoever registered or trained the version or asked for the waiver.")

        @Argument(help: "The waiver.") var id: String
        @Option(help: "A word for the record.") var comment: String?
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: WaiverAnswer = try await client.client().post(
                ["waivers", id, "approve"], ApproveWaiverCall(comment: comment))
            try client.show(answer) { WaiverReport(terminal: $0).show(answer) }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a waiver before its time.")

        @Argument(help: "The waiver.") var id: String
        @Option(help: "Why, for the record.") var reason: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: WaiverAnswer = try await client.client().post(["waivers", id, "revoke"], ReasonCall(reason: reason))
            try client.show(answer) { WaiverReport(terminal: $0).show(answer) }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List waivers, newest first.", aliases: ["ls"])

        @Argument(help: "Name of the model [all].") var name: String?
        @Argument(help: "Number of the version [all].") var version: Int64?
        @Option(help: "At most this many, up to \(PageLimit.itemsMax).") var limit = 100
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let page = PageLimit(limit)
            let filter = [("model", name), ("version", version.map { String($0) })].compactMap { key, value in
                value.map { (key, $0) }
            }
            let found: PageAnswer<WaiverAnswer> = try await client.client().get(["waivers"], query: filter + [page.query])
            let shown = page.shown(found.items)
            try client.show(PageAnswer(items: shown)) { terminal in
                if shown.isEmpty { terminal.note("no waiver was asked for") }
                var table = TextTable([
                    ("WAIVER", .left), ("VERSION", .left), ("CHECK", .left), ("STATE", .left), ("UNTIL", .left),
                    ("APPROVALS", .right), ("REASON", .left),
                ])
                for item in shown {
                    table.add([
                        item.id, "\(item.modelName) v\(item.modelVersion)", item.check, item.state, item.expiresAt,
                        "\(item.approvals.count)/\(item.approvalsRequired)", item.reason,
                    ])
                }
                terminal.show(table)
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a waiver, who asked for it and who approved it.")

        @Argument(help: "The waiver.") var id: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: WaiverAnswer = try await client.client().get(["waivers", id])
            try client.show(answer) { WaiverReport(terminal: $0).show(answer) }
        }
    }
}

/// A waiver in words.
struct WaiverReport {
    let terminal: Terminal

    func show(_ answer: WaiverAnswer) {
        let why = answer.voidReason.map { ": \($0)" } ?? ""
        terminal.out("\(answer.id)  \(terminal.styled(answer.state + why, style(answer.state)))")
        terminal.out("  \(answer.check) of \(answer.modelName) v\(answer.modelVersion), which said \(answer.verdict)")
        terminal.out("  until \(answer.expiresAt), and for \(answer.artifactDigest) alone")
        terminal.out("  asked for by \(answer.requestedBy) at \(answer.requestedAt): \(answer.reason)")
        for approval in answer.approvals { terminal.out("  approved by \(approval.by) at \(approval.at)") }
        let left = answer.approvalsRequired - answer.approvals.count
        if answer.state == "requested", left > 0 {
            terminal.out("  \(left == 1 ? "one more person approves" : "\(left) people approve") it before it holds")
        }
        if let by = answer.revokedBy { terminal.out("  revoked by \(by) at \(answer.revokedAt ?? "")") }
        terminal.note("what the check found: gatehouse evaluation show \(answer.evaluationID)")
    }

    private func style(_ state: String) -> Terminal.Style {
        switch state {
        case "active": .green
        case "requested": .yellow
        default: .dim
        }
    }
}
