import ArgumentParser
import GatehouseCore
import Rendering
import WireAPI

struct ReviewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "review",
        abstract: "Answer for a promotion to Production.",
        discussion: """
            gatehouse review list --mine
            gatehouse review open rv_123 --panel gates
            gatehouse review try rv_123 --set age=17
            gatehouse review answer rv_123 --form > answers.yaml
            gatehouse review answer rv_123 answers.yaml
            gatehouse review approve rv_123 --token 7ZQK-M3F2-…

            Only the person who was asked can decide, signed in under their own name (MLFLOW_TRACKING_USERNAME,
            MLFLOW_TRACKING_PASSWORD); a token is a machine and cannot.
            """,
        subcommands: [
            List.self, Show.self, Open.self, ReviewTryCommand.self, ReviewAnswerCommand.self, Approve.self, Reject.self,
            Remark.self,
        ])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List what reviewers were asked.", aliases: ["ls"])

        @Flag(help: "Only what you were asked yourself.") var mine = false
        @Flag(help: "Also what is decided or void.") var all = false
        @Option(help: ArgumentHelp("Only of this model.", valueName: "model")) var model: String?
        @Option(help: ArgumentHelp("Only of this promotion; open or not.", valueName: "id")) var promotion: String?
        @Option(help: "At most this many, up to \(PageLimit.itemsMax).") var limit = 100
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let page = PageLimit(limit)
            let given = [
                ("model", model), ("promotion", promotion), ("mine", mine ? "true" : nil),
                ("state", all || promotion != nil ? nil : "open"),
            ]
            let query = given.compactMap { name, value in value.map { (name, $0) } } + [page.query]
            let found: PageAnswer<ReviewSummary> = try await client.client().get(["reviews"], query: query)
            let shown = page.shown(found.items)
            try client.show(PageAnswer(items: shown)) { terminal in
                guard !shown.isEmpty else { return terminal.note("nobody is asked for anything") }
                terminal.show(ReviewReport.table(shown))
                if found.items.count > shown.count { terminal.note("more: --limit \(PageLimit.itemsMax)") }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a review and what to do next.")

        @Argument(help: ArgumentHelp("The review.", valueName: "id")) var id: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: ReviewAnswer = try await client.client().get(["reviews", id])
            try client.show(answer) { ReviewReport(terminal: $0).show(answer) }
        }
    }

    struct Open: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Open a review, or a panel of its evidence.",
            discussion: """
                Panels: gates, groups, champion, shadow, limitations, rollout, trials. Which of them you looked at is recorded, and
                so is the time between opening and deciding.
                """)

        @Argument(help: ArgumentHelp("The review.", valueName: "id")) var id: String
        @Option(help: ArgumentHelp("What to look at; may be repeated.", valueName: "panel")) var panel: [String] = []
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let server = try client.client()
            var answer: ReviewAnswer = try await server.post(["reviews", id, "open"], JSONValue.object([:]))
            var panels: [ReviewEvidenceAnswer] = []
            for name in panel { panels.append(try await server.post(["reviews", id, "evidence", name], JSONValue.object([:]))) }
            if !panels.isEmpty { answer = try await server.get(["reviews", id]) }
            guard client.json, !panels.isEmpty else {
                return try client.show(answer) { terminal in
                    let report = ReviewReport(terminal: terminal)
                    if panels.isEmpty { report.show(answer) } else { panels.forEach { report.show($0) } }
                }
            }
            try client.show(OpenedPanels(review: answer, panels: panels)) { _ in }
        }
    }

    struct Approve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Approve, with the token of the completed questionnaire.",
            discussion:
                "The last approval that is needed moves the version. Exits with 0 when it moved, 3 while others are asked.")

        @Argument(help: ArgumentHelp("The review.", valueName: "id")) var id: String
        @Option(help: "The token that completing the questionnaire showed.") var token: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: ReviewAnswer = try await client.client().post(["reviews", id, "approve"], ApproveCall(token: token))
            try client.show(answer) { terminal in
                terminal.out(terminal.styled("approved: \(answer.promotionReason)", .green))
                ReviewReport(terminal: terminal).showFlags(answer.review.flags)
            }
            switch answer.promotionState {
            case "approved": break
            case "blocked", "withdrawn": throw EarlyExit(status: .answerIsNo)
            default: throw EarlyExit(status: .undecided)
            }
        }
    }

    struct Reject: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Reject, with a reason.", discussion: "The version stays where it is, and the reason is kept with it.")

        @Argument(help: ArgumentHelp("The review.", valueName: "id")) var id: String
        @Option(help: "Why not.") var reason: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: ReviewAnswer = try await client.client().post(["reviews", id, "reject"], RejectCall(reason: reason))
            try client.show(answer) { terminal in
                let subject = "\(answer.review.modelName) v\(answer.review.modelVersion)"
                terminal.out("rejected: \(subject) stays where it is")
                ReviewReport(terminal: terminal).showFlags(answer.review.flags)
            }
        }
    }

    struct Remark: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "comment", abstract: "Comment on a review.")

        @Argument(help: ArgumentHelp("The review.", valueName: "id")) var id: String
        @Argument(help: "What there is to say.") var text: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: ReviewAnswer = try await client.client().post(["reviews", id, "comments"], CommentCall(text: text))
            try client.show(answer) { $0.out("commented on \(id)") }
        }
    }
}

/// What opening panels prints as JSON.
private struct OpenedPanels: Encodable {
    let review: ReviewAnswer
    let panels: [ReviewEvidenceAnswer]
}
