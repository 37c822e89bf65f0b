import ArgumentParser
import GatehouseCore
import WireAPI

extension AuditCommand {
    struct Log: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List decisions, oldest first.")

        @Option(help: ArgumentHelp("Only this model.", valueName: "name")) var model: String?
        @Option(help: ArgumentHelp("Only this version of it.", valueName: "number")) var version: Int64?
        @Option(help: ArgumentHelp("Only entries after this one.", valueName: "sequence")) var after: Int64 = 0
        @Option(help: "At most this many.") var limit = 100
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let optional = [("model", model), ("version", version.map { String($0) })]
            let query =
                optional.compactMap { name, value in value.map { (name, $0) } } + [("after", "\(after)"), ("limit", "\(limit)")]
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

        /// This command, for what comes behind the entry.
        private func command(after last: String) -> String {
            let filters = [model.map { "--model \(shellQuoted($0))" }, version.map { "--version \($0)" }].compactMap { $0 }
            return (["gatehouse audit log"] + filters + ["--after \(last)", "--limit \(limit)"]).joined(separator: " ")
        }
    }
}

extension AuditAnswer {
    /// The reason that was given, or what a refusal missed.
    fileprivate var why: String {
        let missing = (facts["missing"]?.arrayValue ?? []).compactMap(\.stringValue)
        return missing.isEmpty ? reason : "missing: " + missing.joined(separator: "; ")
    }
}
