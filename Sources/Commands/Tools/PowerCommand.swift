import ArgumentParser
import GatehouseCore

struct PowerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "power", abstract: "How many rows a comparison needs.")

    func run() async throws { throw GatehouseError(.notImplemented, "power is not there yet.") }
}
