import ArgumentParser
import GatehouseCore
import WireAPI

extension AuditCommand {
    struct Log: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List decisions, oldest first.",
            discussion: """
                gatehouse audit log --model credit-risk --outcome refused
                gatehouse audit log --principal ada --from 2026-03-01 --newest-first
                """)

        @Option(help: ArgumentHelp("Only this model.", valueName: "name")) var model: String?
        @Option(help: ArgumentHelp("Only this version of it.", valueName: "number")) var version: Int64?
        @Option(help: ArgumentHelp("Only this action, such as transition.refused.", valueName: "action")) var action: String?
        @Option(help: ArgumentHelp("Only what was granted, refused or recorded.", valueName: "outcome")) var outcome: String?
        @Option(help: ArgumentHelp("Only what this user, token:NAME or system:NAME did.", valueName: "who"))
        var principal: String?
        @Option(help: ArgumentHelp("From this time on (UTC).", valueName: "time")) var from: String?
        @Option(help: ArgumentHelp("Before this time (UTC).", valueName: "time")) var until: String?
        @Flag(help: "Newest first.") var newestFirst = false
        @Option(help: ArgumentHelp("Only entries after this one.", valueName: "sequence")) var after: Int64 = 0
        @Option(help: ArgumentHelp("Only entries before this one, newest first.", valueName: "sequence")) var before: Int64?
        @Option(help: "At most this many.") var limit = 100
        @OptionGroup var client: ClientOptions

        func validate() throws {
            guard before == nil || after == 0 else { throw ValidationError("Give --after or --before.") }
            guard !newestFirst || after == 0 else { throw ValidationError("--newest-first goes on with --before.") }
        }

        func run() async throws {
            let query =
                filters.map { ($0.name.replacing("-", with: "_"), $0.value) } + place + [("limit", "\(limit)")]
            let page: PageAnswer<AuditAnswer> = try await client.client().get(["audit"], query: query)
            try client.show(page) { terminal in
                var table = TextTable([
                    ("#", .right), ("TIME", .left), ("WHO", .left), ("ACTION", .left), ("OUTCOME", .left), ("ABOUT", .left),
                    ("WHY", .left),
                ])
                for item in page.items {
                    let about = [item.modelName, item.version.map { "v\($0)" }].compactMap { $0 }.joined(separator: " ")
                    table.add(["\(item.sequence)", item.at, item.principal, item.action, item.outcome, about, item.why])
                }
                terminal.show(table)
                if let last = page.nextPageToken { terminal.note("more: \(command(after: last))") }
            }
        }

        private var isNewestFirst: Bool { newestFirst || before != nil }

        private var filters: [(name: String, value: String)] {
            [
                ("model", model), ("version", version.map { String($0) }), ("action", action), ("outcome", outcome),
                ("principal", principal), ("from", from), ("until", until),
            ].compactMap { name, value in value.map { (name, $0) } }
        }

        private var place: [(String, String)] {
            guard isNewestFirst else { return [("after", "\(after)")] }
            return [("newest_first", "true")] + (before.map { [("before", "\($0)")] } ?? [])
        }

        /// This command, for what comes behind the entry.
        private func command(after last: String) -> String {
            let options = filters.map { "--\($0.name) \(shellQuoted($0.value))" }
            let goesOn = "\(isNewestFirst ? "--before" : "--after") \(last)"
            return (["gatehouse audit log"] + options + [goesOn, "--limit \(limit)"]).joined(separator: " ")
        }
    }
}

extension AuditAnswer {
    /// The reason that was given, or what a refusal missed, or that it was forgotten.
    fileprivate var why: String {
        let missing = (facts["missing"]?.arrayValue ?? []).compactMap(\.stringValue)
        if !missing.isEmpty { return "missing: " + missing.joined(separator: "; ") }
        return erasedTexts.contains("reason") ? "(erased)" : reason
    }
}
