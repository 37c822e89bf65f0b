import ArgumentParser
import Demo
import Foundation
import GatehouseCore
import Promotions

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Play the story of a model that must not go live.",
        subcommands: [Play.self, DataSample.self], defaultSubcommand: Play.self)

    struct Play: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Play the story (the default).")

        @Option(
            help: ArgumentHelp("Folder for the server's data; a new one in the temporary folder unless named.", valueName: "dir"))
        var dataDir: String?
        @Option(help: "Port of the server; 0 lets the system choose.") var port = 0
        @Option(help: ArgumentHelp("The folder Examples/credit-risk.", valueName: "dir")) var examples: String?
        @Flag(help: "Let anybody who reaches the server do anything.") var insecureNoAuth = false
        @Flag(help: "Stop the server at the end and leave the folder.") var exit = false

        func run() async throws {
            let terminal = Terminal.process()
            let folder = try DemoFolder.make(dataDir)
            var settings = ServerSettings()
            settings.port = port
            settings.gateway = ("127.0.0.1", 0)
            settings.dataDirectory = "\(folder)/server"
            settings.hasAuthentication = !insecureNoAuth
            let show = DemoShow(
                terminal: terminal, folder: folder, examples: try examples ?? DemoFolder.examples(), staysOpen: !exit, port: port)
            try await show.run(ServerRole(settings: settings, logger: ServeCommand.logger()))
        }
    }

    struct DataSample: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "data",
            abstract: "Print a sample of the made-up applicants as CSV.",
            discussion: "gatehouse demo data --kind training --rows 30000 --seed 7 > training.csv")

        @Option(help: "training, holdout or recent.") var kind = ApplicantKind.holdout
        @Option(help: "How many applicants.") var rows = 1000
        @Option(help: "The same seed makes the same applicants.") var seed = ApplicantKind.storySeed

        func run() async throws {
            Terminal.process().out(bytes: try Applicants.csv(kind: kind, rows: rows, seed: seed))
        }
    }
}

extension ApplicantKind: ExpressibleByArgument {}

enum DemoFolder {
    /// A folder the story has for itself. Fails with `alreadyExists` when it holds anything: a story played on top of another
    /// would not be the story.
    static func make(_ given: String?) throws -> String {
        let path = given ?? "\(NSTemporaryDirectory())gatehouse-demo-\(ProcessRoots.ids())"
        if let found = try? FileManager.default.contentsOfDirectory(atPath: path), !found.isEmpty {
            throw GatehouseError(
                .alreadyExists, "The folder '\(path)' is not empty.", hint: "Name a new one with --data-dir, or remove it.")
        }
        do {
            // The token lies in it, so it is nobody else's.
            for folder in [path, "\(path)/data"] {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            }
        } catch {
            throw GatehouseError(
                .unavailable, "The folder '\(path)' cannot be made.", hint: "Name another with --data-dir.", cause: error)
        }
        return path
    }

    /// `Examples/credit-risk` below the working directory or above the program.
    static func examples() throws -> String {
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        var candidates = [ProcessRoots.workingDirectory]
        while folder.path.count > 1 {
            folder.deleteLastPathComponent()
            candidates.append(folder.path)
        }
        for candidate in candidates where FileManager.default.fileExists(atPath: "\(candidate)/Examples/credit-risk/policy.yaml")
        {
            return "\(candidate)/Examples/credit-risk"
        }
        throw GatehouseError(
            .notFound, "The example models are not here.",
            hint: "Run it in a checkout of Gatehouse, or name the folder with --examples.")
    }
}
