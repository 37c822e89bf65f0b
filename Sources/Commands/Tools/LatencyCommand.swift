import ArgumentParser
import GatehouseCore

struct LatencyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "latency", abstract: "Measure response times at a steady rate.")

    func run() async throws { throw GatehouseError(.notImplemented, "latency is not there yet.") }
}
