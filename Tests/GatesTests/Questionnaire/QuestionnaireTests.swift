import GatehouseCore
import Gates
import Testing

@Suite("Questionnaires")
struct QuestionnaireTests {
    private let questionnaire = Questionnaire.all[0]
    private var complete: QuestionnaireAnswers {
        QuestionnaireAnswers(
            texts: Dictionary(uniqueKeysWithValues: questionnaire.questions.map { ($0.key, "Yes, because of \($0.key).") }),
            acknowledged: ["No small firms.", "One country: \"DE\" only # so far"])
    }
    private let limitations = ["No small firms.", "One country: \"DE\" only # so far"]

    @Test("a questionnaire is found by name and by version")
    func names() {
        #expect(Questionnaire.named("default")?.reference == "default@1")
        #expect(Questionnaire.named("default@1") == Questionnaire.named("default"))
        #expect(Questionnaire.named("default@9") == nil)
        #expect(Set(Questionnaire.all.map(\.reference)).count == Questionnaire.all.count)
        #expect(questionnaire.questions.map(\.key) == ["risk", "data", "timing", "edge_cases", "on_call"])
    }

    @Test("everything that is missing is reported at once")
    func incomplete() throws {
        try complete.check(questionnaire, limitations: limitations)
        var answers = complete
        answers.texts["timing"] = " \n"
        answers.texts["on_call"] = nil
        answers.texts["on_cal"] = "dora"
        answers.texts["risk"] = String(repeating: "x", count: 4001)
        answers.acknowledged = ["No small firms.", "Something else."]
        let error = try #require(throws: GatehouseError.self) { try answers.check(questionnaire, limitations: limitations) }
        #expect(error.code == .invalidArgument)
        #expect(
            error.details == [
                "timing: not answered: Is the timing right: holidays, other releases, somebody on call?",
                "on_call: not answered: Who is on call for this model once it serves?",
                "'on_cal' is no question of default@1. Did you mean 'on_call'?",
                "risk: 4001 bytes; 4000 fit",
                "known limitation not ticked: One country: \"DE\" only # so far",
                "ticked, but no known limitation of this model: Something else.",
            ])
    }

    @Test("the form reads back as no answer, and as all of them once it is filled in")
    func form() throws {
        let form = AnswersFile.form(questionnaire, limitations: limitations)
        let empty = try AnswersFile.parse(form, file: "form.yaml")
        #expect(empty.acknowledged.isEmpty)
        #expect(empty.texts.values.allSatisfy(\.isEmpty) && empty.texts.count == 5)
        var filled = form.replacing("ticked: false", with: "ticked: true")
        for (key, text) in complete.texts { filled = filled.replacing("\(key): \"\"", with: "\(key): \"\(text)\"") }
        #expect(try AnswersFile.parse(filled, file: "form.yaml") == complete)
        _ = try AnswersFile.parse(AnswersFile.form(questionnaire, limitations: []), file: "form.yaml")
    }

    @Test("answers of several lines keep them; JSON is read as well")
    func texts() throws {
        let yaml = "answers:\n  risk: |\n    First.\n    Second.\n  on_call: 0049\nlimitations: []\n"
        #expect(try AnswersFile.parse(yaml, file: "a.yaml").texts == ["risk": "First.\nSecond.\n", "on_call": "0049"])
        let json = #"{"answers": {"risk": "a\nb"}, "limitations": [{"limitation": "x", "ticked": true}]}"#
        let read = try AnswersFile.parse(json, file: "a.json")
        #expect(read == QuestionnaireAnswers(texts: ["risk": "a\nb"], acknowledged: ["x"]))
    }

    @Test(
        "what cannot be read is refused with its place",
        arguments: [
            ("answer: {risk: yes}", "a.yaml:1:1: unknown key 'answer'. Did you mean 'answers'?"),
            ("answers: [1]", "a.yaml:1:10: answers: expected a map"),
            ("answers: {risk: [a]}", "a.yaml:1:17: answers.risk: expected a text, found a list"),
            ("limitations: [{ticked: true}]", "limitations[0]: names no limitation"),
            ("limitations: [{limitation: x, ticked: yes}]", "expected true or false"),
            ("answers: {", "a.yaml:"),
        ])
    func unreadable(text: String, finding: String) throws {
        let error = try #require(throws: GatehouseError.self) { try AnswersFile.parse(text, file: "a.yaml") }
        #expect(error.code == .invalidArgument)
        #expect(error.details.contains { $0.contains(finding) }, "\(error.details)")
    }

    @Test("too large a file is refused unread")
    func tooLarge() {
        let text = "answers: {risk: \"" + String(repeating: "x", count: AnswersFile.fileBytesMax) + "\"}"
        #expect(throws: GatehouseError.self) { try AnswersFile.parse(text, file: "a.yaml") }
    }
}
