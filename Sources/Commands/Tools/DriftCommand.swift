import ArgumentParser
import GatehouseCore

struct DriftCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "drift", abstract: "Compare two data files, feature by feature.")

    func run() async throws { throw GatehouseError(.notImplemented, "drift is not there yet.") }
}
