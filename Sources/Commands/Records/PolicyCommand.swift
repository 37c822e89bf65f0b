import ArgumentParser
import GatehouseCore
import Gates
import Rendering
import WireAPI

struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "The rules a version must meet.",
        subcommands: [
            Check.self, Apply.self, Show.self, List.self, Diff.self, Backtest.self, Proposals.self, Proposal.self, Approve.self,
            Withdraw.self, Confirm.self, Gates.self, WhoCan.self,
        ])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Report every problem of a policy file, each with its place.")

        @Argument(help: "The policy, YAML.") var file: String
        @Flag(help: "Print one JSON object.") var json = false

        func run() async throws {
            let terminal = Terminal.process()
            let problems: PolicyDiagnostics?
            do {
                _ = try PolicyParser.parse(PolicyFile.text(file), file: file)
                problems = nil
            } catch let found as PolicyDiagnostics {
                problems = found
            }
            if json {
                let list = JSONValue.array((problems?.list ?? []).map(\.json))
                terminal.out(
                    verbatim: JSONValue.object(["file": .string(file), "valid": .bool(problems == nil), "problems": list])
                        .canonicalText)
            } else if let problems {
                for line in problems.lines { terminal.out(line) }
                terminal.note(problems.error.message)
            } else {
                terminal.out("\(file): no problems")
            }
            if problems != nil { throw EarlyExit(status: .failed) }
        }
    }

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a file the policy of its model; a new immutable version.",
            discussion: """
                Where the stakes are high the edit is a proposal, and the exit code 3, until another policy-owner approves it:
                gatehouse policy proposal ID
                """)

        @Argument(help: "The policy, YAML.") var file: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            // Read here first, so that problems are named with the file the person edits.
            _ = try PolicyFile.read(file)
            let answer: PolicyAnswer = try await client.client().post(["policies"], ApplyPolicyCall(yaml: PolicyFile.text(file)))
            try client.show(answer) { terminal in
                guard let proposal = answer.proposal else {
                    terminal.out("\(answer.model)@\(answer.version ?? 0) is in force, \(answer.digest)")
                    return
                }
                terminal.out("\(proposal): the stakes are high, so the edit waits for another policy-owner")
                terminal.note("what it changes, and how to approve it: gatehouse policy proposal \(proposal)")
            }
            if answer.proposal != nil { throw EarlyExit(status: .undecided) }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the policy in force for a model.")

        @Argument(help: "Name of the model.") var model: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: PolicyAnswer = try await client.client().get(["models", model, "policy"])
            try client.show(answer) { terminal in
                let origin = answer.version.map {
                    "\(answer.model)@\($0), applied \(answer.appliedAt ?? "") by \(answer.appliedBy ?? "")"
                }
                for reason in answer.stale {
                    terminal.note(
                        "# \(terminal.styledNote("stale", .yellow)): \(reason); gatehouse policy confirm \(shellQuoted(model)) --reason \"…\""
                    )
                }
                terminal.note("# \(origin ?? "the server's default policy; nobody applied one for this model")")
                terminal.out(verbatim: answer.version == nil ? answer.rules.prettyText : answer.yaml)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the policies in force.", aliases: ["ls"])

        @OptionGroup var client: ClientOptions

        func run() async throws {
            let items: [PolicyAnswer] = try await client.client().all(["policies"])
            try client.show(PageAnswer(items: items)) { terminal in
                var table = TextTable([("POLICY", .left), ("APPLIED", .left), ("BY", .left)])
                for item in items {
                    table.add(["\(item.model)@\(item.version ?? 0)", item.appliedAt ?? "", item.appliedBy ?? ""])
                }
                terminal.show(table)
            }
        }
    }

    struct Diff: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare two policy files, or a file with the policy in force, and say what gets looser.",
            discussion: "gatehouse policy diff old.yaml new.yaml\ngatehouse policy diff draft.yaml --model credit-risk")

        @Argument(help: "Policy files: one or two.") var files: [String]
        @Option(help: ArgumentHelp("Compare with the policy in force for this model.", valueName: "model")) var model: String?
        @OptionGroup var client: ClientOptions

        func validate() throws {
            guard files.count == (model == nil ? 2 : 1) else { throw ValidationError("Give two files, or one file and --model.") }
        }

        func run() async throws {
            let old: Policy
            if let model {
                let answer: PolicyAnswer = try await client.client().get(["models", model, "policy"])
                guard answer.version != nil else {
                    throw GatehouseError(.notFound, "Nobody applied a policy for \(model); the server's default is in force.")
                }
                do { old = try PolicyParser.parse(answer.yaml, file: "policy in force") } catch { throw error.error }
            } else {
                old = try PolicyFile.read(files[0])
            }
            let changes = PolicyDiff.changes(from: old, to: try PolicyFile.read(files[files.count - 1]))
            try client.show(JSONValue.object(["changes": .array(changes.map(Self.json))])) { terminal in
                if changes.isEmpty { terminal.out("no change") }
                var table = TextTable([("", .left), ("RULE", .left), ("WAS", .left), ("BECOMES", .left)])
                for change in changes { table.add([change.effect.rawValue, change.path, change.old ?? "—", change.new ?? "—"]) }
                terminal.show(table)
            }
        }

        private static func json(_ change: PolicyChange) -> JSONValue {
            .object([
                "path": .string(change.path), "old": change.old.map { .string($0) } ?? .null,
                "new": change.new.map { .string($0) } ?? .null, "effect": .string(change.effect.rawValue),
            ])
        }
    }

    struct Gates: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the gates a policy may name, with their keys and defaults.")

        @Flag(help: "Print one JSON object.") var json = false

        func run() async throws {
            let terminal = Terminal.process()
            let descriptors = GateCatalog.descriptors
            if json {
                terminal.out(verbatim: JSONValue.object(["gates": .array(descriptors.map(\.json))]).canonicalText)
                return
            }
            for descriptor in descriptors {
                terminal.out("\(terminal.styled(descriptor.name, .bold))  \(descriptor.summary)")
                for parameter in descriptor.parameters {
                    let fallback = parameter.defaultValue.map { " [\($0.text)]" } ?? ""
                    terminal.out("    \(parameter.name)\(fallback)  \(parameter.summary)")
                }
            }
        }
    }
}
