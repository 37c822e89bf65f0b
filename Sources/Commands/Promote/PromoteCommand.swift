import ArgumentParser
import GatehouseCore
import Gates
import Promotions
import Rendering
import WireAPI

struct PromoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote",
        abstract: "Bring a version to a stage if its checks allow it.",
        discussion: """
            gatehouse promote credit-risk 3 --wait
            gatehouse promote credit-risk 3 --to production --reason "beats the champion"

            A move to Production asks reviewers when nothing else is missing. Exits with 0 when the version moved, 2 when it is
            blocked, 3 when it is not decided yet: it is being evaluated, or reviewers are asked.
            """)

    @OptionGroup var version: VersionArguments
    @Option(help: ArgumentHelp("staging or production.", valueName: "stage")) var to = "staging"
    @Option(help: ArgumentHelp("Segment of the slot in production.", valueName: "segment")) var slot: String?
    @Option(help: ArgumentHelp("Environment of the slot.", valueName: "environment")) var environment: String?
    @Option(help: "Why, for reviewers and the record.") var reason: String?
    @Flag(help: "Wait for the evaluation; nobody waits for people.") var wait = false
    @Option(help: ArgumentHelp("Repeating a request with the same key repeats its answer.", valueName: "key"))
    var idempotencyKey: String?
    @OptionGroup var client: ClientOptions

    func run() async throws {
        let server = try client.client()
        let opened: PromotionAnswer = try await server.post(
            version.path + ["promotions"],
            PromoteCall(
                to: Stage(parsing: to).rawValue, reason: reason, idempotencyKey: idempotencyKey, environment: environment,
                segment: slot))
        let progress = ProgressLine(Terminal.process(), isQuiet: client.json || !wait)
        let answer = wait ? try await Waiting(client: server, progress: progress).promotion(opened) : opened
        let checks = try CheckAnswers.results(answer.checks)
        try client.show(answer) { terminal in PromotionReport(terminal: terminal).show(answer, checks) }
        try answer.exit()
    }
}

extension PromotionAnswer {
    /// Ends the program as the promotion did: 0 moved, 2 blocked or withdrawn, 3 not decided.
    func exit() throws {
        switch state {
        case .approved: break
        case .blocked, .withdrawn: throw EarlyExit(status: .answerIsNo)
        case .evaluating, .awaitingReview: throw EarlyExit(status: .undecided)
        }
    }
}

/// A promotion in words.
struct PromotionReport {
    let terminal: Terminal

    func show(_ answer: PromotionAnswer, _ checks: [CheckResult]) {
        for line in CheckReport(terminal: terminal, waivers: CheckAnswers.waivers(answer.checks)).lines(checks) {
            terminal.out(line)
        }
        if !checks.isEmpty { terminal.out() }
        let subject = "\(answer.modelName) v\(answer.modelVersion)"
        switch answer.state {
        case .approved:
            terminal.out(terminal.styled("\(subject): \(answer.reason)", .green))
            for warning in answer.warnings { terminal.out("  \(terminal.styled("note", .yellow)) \(warning)") }
        case .blocked:
            terminal.out(terminal.styled("\(subject): \(answer.reason)", .red))
            if let id = answer.evaluationID { terminal.note("every measurement: gatehouse evaluation show \(id)") }
        case .withdrawn: terminal.out("\(subject): \(answer.reason)")
        case .evaluating:
            terminal.out("\(subject): being evaluated (promotion \(answer.id))")
        case .awaitingReview:
            terminal.out("\(subject): \(answer.reason)")
            for review in answer.reviews where ["requested", "opened", "answered"].contains(review.state) {
                terminal.out("  \(review.reviewer) is asked in \(review.id), until \(review.expiresAt)")
            }
            terminal.note("follow it: gatehouse review list --promotion \(answer.id)")
            terminal.note("take it back: gatehouse promotion withdraw \(answer.id) --reason \"…\"")
        }
    }
}

struct AdoptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Enter a version that was in production already.",
        discussion: "For what ran before Gatehouse came: once per slot, without gates, and the history says so.")

    @OptionGroup var version: VersionArguments
    @Option(help: "Why, for the record.") var reason: String
    @Option(help: ArgumentHelp("Segment of the slot.", valueName: "segment")) var slot: String?
    @OptionGroup var client: ClientOptions

    func run() async throws {
        let answer: VersionAnswer = try await client.client().post(
            version.path + ["adopt"], AdoptCall(reason: reason, segment: slot))
        try client.show(answer) { $0.out("\(answer.modelName) v\(answer.version) is in \(answer.stage), adopted without gates") }
    }
}
