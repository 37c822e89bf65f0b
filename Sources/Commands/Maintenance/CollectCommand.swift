import ArgumentParser
import GatehouseCore
import WireAPI

struct CollectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc",
        abstract: "Remove stored bytes that nobody refers to.",
        discussion: """
            gatehouse gc --dry-run

            What a version sealed, a dataset, a file of a run or model, and an upload under way are kept. Younger bytes than
            --min-age are kept too. Stopped half-way, it goes on where there is still something to do.
            """)

    @Flag(help: "Only say what would be removed.") var dryRun = false
    @Option(help: ArgumentHelp("Keep what is younger: 30m, 24h, 7d; 5m at least.", valueName: "duration")) var minAge = "24h"
    @OptionGroup var client: ClientOptions

    func run() async throws {
        guard let age = Duration(text: minAge) else {
            throw GatehouseError(.invalidArgument, "--min-age '\(minAge)' is no duration.", hint: "Write it as 30m, 24h or 7d.")
        }
        let server = try client.client()
        var sum = CollectAnswer(checked: 0, collected: 0, collectedBytes: 0, young: 0, dryRun: dryRun, next: nil)
        repeat {
            let page: CollectAnswer = try await server.post(
                ["maintenance", "collect"],
                CollectCall(minAgeSeconds: age.components.seconds, dryRun: dryRun, after: sum.next))
            sum.checked += page.checked
            sum.collected += page.collected
            sum.collectedBytes += page.collectedBytes
            sum.young += page.young
            sum.next = page.next
        } while sum.next != nil
        try client.show(sum) { terminal in
            let verb = dryRun ? "would remove" : "removed"
            terminal.out("\(verb) \(sum.collected) of \(sum.checked) blobs, \(sum.collectedBytes) bytes")
            if sum.young > 0 { terminal.out("kept \(sum.young) that nobody refers to yet, younger than \(minAge)") }
        }
    }
}
