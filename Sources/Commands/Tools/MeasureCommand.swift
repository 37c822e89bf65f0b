import ArgumentParser
import GatehouseCore

struct MeasureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "measure", abstract: "Metrics of scored rows, with intervals.")

    func run() async throws { throw GatehouseError(.notImplemented, "measure is not there yet.") }
}
