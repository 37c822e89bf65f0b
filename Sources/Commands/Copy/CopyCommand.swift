import ArgumentParser
import GatehouseCore
import Gates
import Promotions
import Registry
import WireAPI

struct CopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Copy a version to another registry, byte for byte.",
        discussion: """
            gatehouse copy dev/credit-risk/12 prod/credit-risk
            gatehouse copy http://mlflow:5000/models/credit-risk/3 prod --to staging --wait

            SRC is REGISTRY/MODEL/VERSION, DST is REGISTRY or REGISTRY/MODEL; or the address of a server with
            /models/MODEL/VERSION behind it. Either side may be a Gatehouse or an MLflow server; which one is asked.

            A REGISTRY called prod is set by GATEHOUSE_REGISTRY_prod=https://… and GATEHOUSE_REGISTRY_prod_TOKEN, _TOKEN_FILE, or
            _USERNAME and _PASSWORD; or in a file: {"prod": {"url": "https://…", "token_file": "…"}}.

            Copied twice, a version is found and left as it is; cut off, the copy goes on where it was. It arrives in None with the
            source's proof, which a server checks that was started with --trusted-log. docs/copying.md has the rest.
            """)

    @Argument(help: ArgumentHelp("The version to copy.", valueName: "src")) var source: String
    @Argument(help: ArgumentHelp("Where to; the model's name stays unless it is named.", valueName: "dst")) var target: String
    @Option(help: ArgumentHelp("Names of registries [GATEHOUSE_REGISTRIES].", valueName: "file")) var registries: String?
    @Option(help: ArgumentHelp("File that holds the token for the source.", valueName: "file")) var fromTokenFile: String?
    @Option(help: ArgumentHelp("File that holds the token for the target.", valueName: "file")) var toTokenFile: String?
    @Flag(help: "Keep the number, where the target never gave it.") var preserveVersion = false
    @Option(help: ArgumentHelp("Ask the target to promote it there: staging.", valueName: "stage")) var to: String?
    @Flag(help: "Wait for the evaluation of that promotion.") var wait = false
    @Flag(help: "Print one JSON object.") var json = false

    func run() async throws {
        let terminal = Terminal.process()
        let line = ProgressLine(terminal, isQuiet: json)
        let (from, into) = try places()
        guard let model = from.model, let version = from.version else {
            throw GatehouseError(
                .invalidArgument, "'\(source)' names no version.",
                hint: "Write REGISTRY/MODEL/VERSION, such as dev/credit-risk/12.")
        }
        guard into.version == nil else {
            throw GatehouseError(
                .invalidArgument, "'\(target)' names a version, whose number is the target's to give.",
                hint: "Leave it out; --preserve-version keeps the source's number where it is free.")
        }
        let name = try ModelName(into.model ?? model).text
        let kind = try await into.gatehouse().kind()
        let work = CopyWork(
            source: try await copySource(from, model: model, version: version),
            target: try copyTarget(into, kind, model: name),
            place: .init(kind: kind, name: into.name, model: name, version: ""), keepsNumber: preserveVersion
        ) { step, fraction in
            line.show(step: step, fraction: fraction, isDone: fraction >= 1)
        }
        defer { line.end() }
        var report = try await work.run()
        if to != nil { report.promotion = try await promote(report, into.gatehouse(), line) }
        line.end()
        try show(report, terminal)
    }

    private func places() throws -> (from: CopyPlace, into: CopyPlace) {
        let book = try RegistryBook(environment: ProcessRoots.environment, file: registries)
        return (try book.place(source, tokenFile: fromTokenFile), try book.place(target, tokenFile: toTokenFile))
    }

    private func copySource(_ place: CopyPlace, model: String, version: String) async throws -> any CopySource {
        switch try await place.gatehouse().kind() {
        case .gatehouse: try GatehouseCopySource(place, model: model, version: version)
        case .mlflow: try MLflowCopySource(place, model: model, version: version)
        }
    }

    private func copyTarget(_ place: CopyPlace, _ kind: ServerKind, model: String) throws -> any CopyTarget {
        switch kind {
        case .gatehouse:
            return GatehouseCopyTarget(client: try place.gatehouse(), model: model, keepsNumber: preserveVersion)
        case .mlflow:
            guard !preserveVersion, to == nil else {
                throw GatehouseError(
                    .invalidArgument, "\(place.name) is an MLflow server: it gives numbers itself and has no gates.",
                    hint: "Leave out \(preserveVersion ? "--preserve-version" : "--to").")
            }
            return MLflowCopyTarget(client: try place.mlflow(), model: model)
        }
    }

    private func promote(
        _ report: CopyReport, _ server: GatehouseClient, _ line: ProgressLine
    ) async throws -> PromotionAnswer {
        let opened: PromotionAnswer = try await server.post(
            ["models", report.target.model, "versions", report.target.version, "promotions"],
            PromoteCall(to: try Stage(parsing: to ?? "").rawValue, reason: nil))
        return wait ? try await Waiting(client: server, progress: line).promotion(opened) : opened
    }

    private func show(_ report: CopyReport, _ terminal: Terminal) throws {
        if json {
            terminal.out(verbatim: try report.json().canonicalText)
        } else {
            report.show(on: terminal)
            if let promotion = report.promotion {
                PromotionReport(terminal: terminal).show(promotion, try CheckAnswers.results(promotion.checks))
            }
        }
        try report.promotion?.exit()
    }
}
