import ArgumentParser
import GatehouseCore

struct CompareArmsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "compare-arms", abstract: "Compare the outcomes of two arms.")

    func run() async throws { throw GatehouseError(.notImplemented, "compare-arms is not there yet.") }
}
