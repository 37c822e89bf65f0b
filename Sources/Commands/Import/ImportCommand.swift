import ArgumentParser
import AsyncHTTPClient
import Foundation
import GatehouseCore
import WireAPI

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Bring in what another registry has.", subcommands: [MLflow.self])

    struct MLflow: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "mlflow",
            abstract: "Bring experiments, runs, models, versions and files from MLflow, under their own ids and numbers.",
            discussion: """
                gatehouse import mlflow --from http://mlflow:5000
                gatehouse import mlflow --from sqlite:mlflow.db --artifacts ./mlartifacts

                Run it again at any time: what is here already is compared and never changed. Versions arrive in the stage
                None; --keep-stages puts them where they were, without gates, which the audit log says.

                A server that asks who comes gets GATEHOUSE_IMPORT_TOKEN, or GATEHOUSE_IMPORT_USERNAME and
                GATEHOUSE_IMPORT_PASSWORD. Exit code 3: something did not come, or is here and different.
                """)

        @Option(help: ArgumentHelp("Address of a server, or sqlite:FILE.", valueName: "url")) var from: String
        @Option(help: ArgumentHelp("Root of the artifacts, for sqlite:FILE.", valueName: "folder")) var artifacts: String?
        @Option(help: ArgumentHelp("Only these, by name or number, with commas.", valueName: "names")) var experiments: String?
        @Option(help: ArgumentHelp("Only these, with commas.", valueName: "names")) var models: String?
        @Flag(help: "Put versions into the stage they had, without gates.") var keepStages = false
        @Option(help: ArgumentHelp("Why stages are kept without gates.", valueName: "text")) var reason: String?
        @Flag(help: "Say what would come, and change nothing.") var dryRun = false
        @OptionGroup var client: ClientOptions

        func validate() throws {
            guard !keepStages || reason?.allSatisfy(\.isWhitespace) == false else {
                throw ValidationError("--keep-stages needs --reason \"…\": stages are kept without gates.")
            }
            guard artifacts == nil || from.hasPrefix(Self.databaseScheme) else {
                throw ValidationError("--artifacts belongs to --from sqlite:FILE: a server hands out its files itself.")
            }
        }

        func run() async throws {
            let terminal = Terminal.process()
            let choice = MLflowImport.Choice(
                experiments: Self.names(experiments), models: Self.names(models), stageReason: keepStages ? reason : nil,
                isDryRun: dryRun)
            let isQuiet = client.json
            let work = MLflowImport(source: try await source(), target: try client.client(), choice: choice) { step in
                if !isQuiet { terminal.redraw("  \(step)") }
            }
            let report = try await work.run()
            terminal.endRedraw()
            try client.show(report) { report.show(on: $0) }
            if !report.isComplete { throw EarlyExit(status: .undecided) }
        }

        private static let databaseScheme = "sqlite:"

        private static func names(_ list: String?) -> Set<String>? {
            list.map { list in
                Set(list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty })
            }
        }

        private func source() async throws -> any ImportSource {
            guard from.hasPrefix(Self.databaseScheme) else {
                return MLflowServerSource(
                    try MLflowClient(
                        server: from, authorization: Self.authorization(ProcessRoots.environment), http: .gatehouse))
            }
            var file = String(from.dropFirst(Self.databaseScheme.count))
            // As SQLAlchemy writes it: three slashes, then the path.
            if file.hasPrefix("///") { file.removeFirst(3) }
            return try await MLflowDatabaseSource.open(file, artifacts: try artifacts.map(Self.folder))
        }

        private static func folder(_ path: String) throws -> String {
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else {
                throw GatehouseError(.notFound, "There is no folder '\(path)'.")
            }
            return URL(fileURLWithPath: path).standardizedFileURL.path
        }

        private static func authorization(_ environment: [String: String]) -> String? {
            if let token = environment["GATEHOUSE_IMPORT_TOKEN"] { return "Bearer \(token)" }
            guard let name = environment["GATEHOUSE_IMPORT_USERNAME"], let password = environment["GATEHOUSE_IMPORT_PASSWORD"]
            else { return nil }
            return "Basic " + Data("\(name):\(password)".utf8).base64EncodedString()
        }
    }
}
