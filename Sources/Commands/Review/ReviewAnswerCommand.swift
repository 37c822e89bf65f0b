import ArgumentParser
import GatehouseCore
import Gates
import WireAPI

struct ReviewAnswerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "answer",
        abstract: "Answer the questionnaire, which shows the token to approve with.",
        discussion: """
            gatehouse review answer rv_123 --form > answers.yaml     the questions, to be filled in
            gatehouse review answer rv_123 answers.yaml
            gatehouse review answer rv_123 --set risk="+0.8 AUC points for 1 % more traffic" … --tick 1 --tick 2

            Each known limitation is ticked by itself. Answering again replaces the answers and the token.
            """)

    @Argument(help: ArgumentHelp("The review.", valueName: "id")) var id: String
    @Argument(help: "Answers, YAML or JSON.") var file: String?
    @Flag(help: "Print an empty form instead.") var form = false
    @Option(help: ArgumentHelp("An answer, over what the file says.", valueName: "question=text")) var set: [String] = []
    @Option(help: ArgumentHelp("Tick the known limitation of this number, from 1.", valueName: "number")) var tick: [Int] = []
    @OptionGroup var client: ClientOptions

    func run() async throws {
        let server = try client.client()
        let review: ReviewAnswer = try await server.get(["reviews", id])
        guard !form else {
            guard let questionnaire = Questionnaire.named(review.questionnaire) else {
                throw GatehouseError(
                    .notImplemented, "This program does not know the questionnaire '\(review.questionnaire)'.",
                    hint: "Use the same version of Gatehouse as the server.")
            }
            return Terminal.process().out(
                verbatim: AnswersFile.form(questionnaire, limitations: review.limitations))
        }
        let answers = try answers(to: review)
        let answer: ReviewTokenAnswer = try await server.post(
            ["reviews", id, "answers"], ReviewAnswersCall(answers: answers.texts, limitations: answers.acknowledged))
        try client.show(answer) { terminal in
            terminal.out("the questionnaire is complete; the token is")
            terminal.out("  \(answer.token)")
            terminal.note("approve: gatehouse review approve \(id) --token \(answer.token)")
            terminal.note("shown this once; good for this review, for you, and while nothing it is bound to changes")
        }
    }

    private func answers(to review: ReviewAnswer) throws -> QuestionnaireAnswers {
        guard file != nil || !set.isEmpty else {
            throw GatehouseError(
                .invalidArgument, "There are no answers.", hint: "Start from the form: gatehouse review answer \(id) --form")
        }
        var answers =
            try file.map { try AnswersFile.parse(PolicyFile.text($0), file: $0) }
            ?? QuestionnaireAnswers(texts: [:], acknowledged: [])
        for pair in set {
            guard let equals = pair.firstIndex(of: "=") else {
                throw GatehouseError(.invalidArgument, "'\(pair.prefix(80))' is not an answer.", hint: "Write --set risk=\"…\".")
            }
            answers.texts[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
        }
        for number in tick {
            guard review.limitations.indices.contains(number - 1) else {
                throw GatehouseError(
                    .invalidArgument, "There is no limitation \(number): the model card names \(review.limitations.count).")
            }
            let limitation = review.limitations[number - 1]
            if !answers.acknowledged.contains(limitation) { answers.acknowledged.append(limitation) }
        }
        return answers
    }
}
