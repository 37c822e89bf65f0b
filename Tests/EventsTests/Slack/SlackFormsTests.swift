import Events
import GatehouseCore
import Testing

@Suite("Slack's windows")
struct SlackFormsTests {
    private func questionnaire(limitations: [String] = ["No small firms.", "Old data."]) -> SlackForms.Questionnaire {
        SlackForms.Questionnaire(
            review: "rv_1", subject: "credit-risk v3",
            questions: [.init(key: "risk", text: "Why?"), .init(key: "data", text: "Which?")], limitations: limitations,
            panels: [(name: "gates", title: "Gate results")])
    }

    private func inputs(_ view: JSONValue?) -> [JSONValue] {
        (view?["blocks"]?.arrayValue ?? []).filter { $0["type"] == "input" }
    }

    @Test("the questionnaire asks every question and has every limitation ticked by itself; none is optional")
    func window() throws {
        let view = try #require(questionnaire().view)
        let inputs = inputs(view)
        #expect(
            inputs.compactMap { $0["label"]?["text"]?.stringValue } == ["Why?", "Which?", "No small firms.", "Old data."])
        #expect(inputs.compactMap { $0["element"]?["type"]?.stringValue }.suffix(2) == ["checkboxes", "checkboxes"])
        #expect(inputs.allSatisfy { $0["optional"] == nil })
        #expect(view["private_metadata"] == "rv_1" && view["callback_id"] == "review_questionnaire")
    }

    @Test("one that does not fit whole is not shown at all: what is cut off is read by nobody")
    func tooLarge() {
        #expect(questionnaire(limitations: [String(repeating: "x", count: 2001)]).view == nil)
        #expect(questionnaire(limitations: (1...89).map { "\($0)" }).view == nil)
        let most = questionnaire(limitations: (1...88).map { "\($0)" }).view
        #expect(most?["blocks"]?.arrayValue.map { $0.count <= 100 } == true)
    }

    @Test("answers come back by question, ticks by limitation; blocks nobody asked for are nothing")
    func answers() throws {
        let payload = """
            {"type":"view_submission","user":{"id":"U1"},"team":{"id":"T1"},"trigger_id":"1.2","view":{
             "callback_id":"review_questionnaire","private_metadata":"rv_1","state":{"values":{
             "question_risk":{"value":{"type":"plain_text_input","value":"because"}},
             "question_data":{"value":{"type":"plain_text_input","value":null}},
             "question_extra":{"value":{"value":"x"}},
             "limitation_0":{"value":{"type":"checkboxes","selected_options":[{"value":"ticked"}]}},
             "limitation_1":{"value":{"type":"checkboxes","selected_options":[]}}}}}}
            """
        let body =
            Array("payload=".utf8) + payload.utf8.flatMap { Array(("%" + ($0 < 16 ? "0" : "") + String($0, radix: 16)).utf8) }
        let interaction = try SlackInteraction(SlackForm(body))
        guard case .submitted(.questionnaire, "rv_1", let state) = interaction.kind else {
            Issue.record("it is not read as the questionnaire")
            return
        }
        let (texts, ticked) = questionnaire().answers(in: state)
        #expect(texts == ["risk": "because"] && ticked == ["No small firms."])
    }

    @Test(
        "the token's window says what to type, also for a name with spaces or quotes",
        arguments: ["credit-risk", "Credit Risk", "a \"b\" c"])
    func token(_ name: String) throws {
        let view = SlackForms.token("ABCD-EFGH", model: name, version: "3")
        let typed = try #require(
            view["blocks"]?.arrayValue?.compactMap { $0["text"]?["text"]?.stringValue }.first { $0.hasPrefix("/") })
        let parts = typed.split(separator: " ", maxSplits: 1).map(String.init)
        #expect(try SlackCommand(parts[0], text: parts[1]) == .approve(model: name, version: "3", token: "ABCD-EFGH"))
    }

    @Test("a message shows names and reasons as they are, and loses its buttons when it is decided")
    func message() throws {
        var message = SlackReviewMessage(
            review: "rv_1", model: "<!channel> *m*", version: "3", slot: "m/production", reviewer: "ben",
            mention: SlackMention(user: "U1"), requester: "a&b", reason: "<!here> & *now*",
            gates: (1...40).map { "gate \($0): pass" }, checklist: ["look"], state: "not decided", isOpen: true,
            expires: "tomorrow")
        func texts(_ kind: JSONValue) -> String {
            message.blocks.flatMap { [$0["text"]].compactMap { $0 } + ($0["elements"]?.arrayValue ?? []) }
                .filter { $0["type"] == kind }.compactMap { $0["text"]?.stringValue }.joined(separator: "\n")
        }
        #expect(texts("mrkdwn").contains("<@U1> is asked by `a&amp;b`") && !texts("mrkdwn").contains("<!"))
        #expect(texts("plain_text").contains("<!here> & *now*") && texts("plain_text").contains("20 more"))
        #expect(message.summary.contains("&lt;!channel&gt;"))
        func actions() -> Int { message.blocks.count { $0["type"] == "actions" } }
        #expect(actions() == 1)
        message.isOpen = false
        message.state = "approved"
        #expect(actions() == 0 && texts("plain_text").contains("rv_1 · approved"))
    }
}
