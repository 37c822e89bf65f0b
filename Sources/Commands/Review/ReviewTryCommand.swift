import ArgumentParser
import GatehouseCore
import Rendering
import WireAPI

struct ReviewTryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "try",
        abstract: "Try an edge case on the version under review and on the champion.",
        discussion: """
            gatehouse review try rv_123 --set age=17 --set income=    the usual row, two inputs changed; nothing is a missing value
            gatehouse review try rv_123 --form > row.json             the usual row, to be changed
            gatehouse review try rv_123 --row row.json

            The row is kept with the review, so make one up. How many were tried is recorded with the decision.
            """)

    @Argument(help: ArgumentHelp("The review.", valueName: "id")) var id: String
    @Option(help: ArgumentHelp("A row as a JSON object, a value per input.", valueName: "file")) var row: String?
    @Option(help: ArgumentHelp("A value, over what the row says.", valueName: "input=value")) var set: [String] = []
    @Flag(help: "Print the usual row instead.") var form = false
    @OptionGroup var client: ClientOptions

    func run() async throws {
        let server = try client.client()
        let _: ReviewEvidenceAnswer = try await server.post(["reviews", id, "evidence", "trials"], JSONValue.object([:]))
        let offered: ReviewTrialsAnswer = try await server.get(["reviews", id, "trials"])
        if let problem = offered.problem {
            throw GatehouseError(.conflict, problem, hint: "Nothing was tried.")
        }
        guard !form else {
            return Terminal.process().out(verbatim: Self.usual(offered).canonicalText)
        }
        let tried: ReviewTrialAnswer = try await server.post(["reviews", id, "trials"], TryRowCall(row: values(offered)))
        try client.show(tried) { Self.show(tried, $0, left: offered.trialsLeft - 1) }
    }

    private static func usual(_ offered: ReviewTrialsAnswer) -> JSONValue {
        .object(Dictionary(offered.fields.map { ($0.name, $0.usual) }, uniquingKeysWith: { first, _ in first }))
    }

    private func values(_ offered: ReviewTrialsAnswer) throws -> [String: JSONValue] {
        guard row != nil || !set.isEmpty else {
            throw GatehouseError(
                .invalidArgument, "There is nothing to try.", hint: "Start from the usual row: gatehouse review try \(id) --form")
        }
        let start = try row.map { try JSONParser.parse(PolicyFile.text($0)) } ?? Self.usual(offered)
        guard var values = start.objectValue else {
            throw GatehouseError(.invalidArgument, "The row is no JSON object.", hint: "Write it as {\"age\": 17, …}.")
        }
        for pair in set {
            guard let equals = pair.firstIndex(of: "=") else {
                throw GatehouseError(.invalidArgument, "'\(pair.prefix(80))' is not a value.", hint: "Write --set age=17.")
            }
            let name = String(pair[..<equals])
            values[name] = Self.value(String(pair[pair.index(after: equals)...]), offered.fields.first { $0.name == name })
        }
        return values
    }

    /// The server says what does not fit: it knows the inputs.
    private static func value(_ text: String, _ field: ReviewTrialsAnswer.Field?) -> JSONValue {
        if text.isEmpty { return .null }
        if let field, ["string", "datetime"].contains(field.type) { return .string(text) }
        return (try? JSONParser.parse(text)) ?? .string(text)
    }

    private static func show(_ tried: ReviewTrialAnswer, _ terminal: Terminal, left: Int) {
        var table = TextTable([("MODEL", .left), ("ANSWER", .right), ("DECISION", .left)])
        for (name, model) in [("under review", tried.candidate)] + (tried.champion.map { [("champion", $0)] } ?? []) {
            let answer = model.outputs.map { $0.map { Wording.fixed($0, 4) }.joined(separator: " ") }
            let decision = model.decision.map { $0 ? "positive" : "negative" }
            table.add(["v\(model.version), \(name)", answer ?? "none", decision ?? model.refusal ?? "–"])
        }
        terminal.show(table)
        if let difference = tried.difference {
            let words = tried.decisionsDiffer.map { $0 ? "; the decisions differ" : "; the same decision" } ?? ""
            terminal.out("difference \(Wording.fixed(difference, 4))\(words)")
        }
        terminal.note("edge case \(tried.number) of this review; \(left) more can be tried")
    }
}
