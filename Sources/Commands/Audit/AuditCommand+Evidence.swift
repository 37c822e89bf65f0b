import ArgumentParser
import Foundation
import GatehouseCore
import Promotions
import Rendering
import WireAPI

extension AuditCommand {
    struct Evidence: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fill in what a set of rules asks for: eu-ai-act, sr-26-2 or nyc-ll144.",
            discussion: """
                gatehouse audit evidence credit-risk 3 --pack eu-ai-act -o credit-risk-3.html
                gatehouse audit evidence credit-risk 3 --pack nyc-ll144 --bundle why.jsonl -o figures.json

                Each requirement with what the log holds, or that it holds nothing. No statement that rules are met.
                """)

        @OptionGroup var version: VersionArguments
        @Option(help: ArgumentHelp("Which rules, such as eu-ai-act or eu-ai-act@1.", valueName: "pack")) var pack: String
        @Option(name: [.short, .long], help: ArgumentHelp("Write to this file: .html or .json.", valueName: "file"))
        var output: String?
        @Option(help: ArgumentHelp("As it was known at this time (UTC).", valueName: "time")) var at: String?
        @OptionGroup var source: BundleSource
        @OptionGroup var client: ClientOptions

        func validate() throws {
            guard let output else { return }
            guard output.hasSuffix(".html") || output.hasSuffix(".json") else {
                throw ValidationError("The file's name ends with .html or .json.")
            }
        }

        func run() async throws {
            let pack = try EvidencePack.named(pack)
            let found = try await source.explanation(of: version, at: try at.map { try Timestamp(parsing: $0) }, from: client)
            let dossier = Dossier(pack, found.explanation)
            var members = dossier.json.objectValue ?? [:]
            members["proofs"] = found.proofs.json
            let json = JSONValue.object(members)
            let report = DossierReport(dossier, found.proofs).report
            if let output {
                try ToolFile.write(output.hasSuffix(".html") ? HTMLReport(report).page : json.prettyText + "\n", to: output)
            }
            try client.show(json) { terminal in
                guard let output else { return terminal.show(report) }
                terminal.out(
                    "\(pack.reference): \(dossier.recordedCount) of \(dossier.answers.count) requirements have something on record; "
                        + "written to \(output)")
            }
        }
    }
}
