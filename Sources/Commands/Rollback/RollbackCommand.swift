import ArgumentParser
import GatehouseCore
import Rendering
import WireAPI

struct RollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Return a slot to the version it held before.",
        discussion: """
            gatehouse rollback credit-risk --reason "declines of small businesses tripled"

            No gate is asked again. Repeating it goes back further. Somebody reviews it afterwards: gatehouse after-review list
            """)

    @Argument(help: "Name of the registered model.") var name: String
    @Option(help: ArgumentHelp("Another version that was active in this slot.", valueName: "version")) var to: Int64?
    @Option(help: "Why, for the record.") var reason: String
    @OptionGroup var slot: SlotOptions
    @Option(help: ArgumentHelp("Repeating a request with the same key repeats its answer.", valueName: "key"))
    var idempotencyKey: String?
    @OptionGroup var client: ClientOptions

    func run() async throws {
        let answer: AfterReviewAnswer = try await client.client().post(
            ["models", name, "rollback"],
            RollbackCall(
                to: to, environment: slot.environment, segment: slot.slot, reason: reason, idempotencyKey: idempotencyKey))
        try client.show(answer) { terminal in
            let before = answer.previousVersion.map { "in place of v\($0)" } ?? "where nothing was active"
            terminal.out(
                terminal.styled("\(answer.modelName) v\(answer.modelVersion) is active in \(answer.slot), \(before)", .green))
            terminal.out("  audit entry \(answer.auditSequence); no gate was asked")
            terminal.out("  to be reviewed by somebody else: gatehouse after-review close \(answer.id) --finding \"…\"")
        }
    }
}
