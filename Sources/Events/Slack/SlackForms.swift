package import GatehouseCore

/// The windows that a review opens in Slack, and what comes back from them. Questions and limitations are blocks of their own,
/// by position, so that nothing of their text comes back.
package enum SlackForms {
    /// What can be pressed or sent in. The raw values travel: they are in messages that stay.
    package enum Action: Sendable, Hashable {
        case answer
        case reject
        case panel(String)

        package var id: String {
            switch self {
            case .answer: "review_answer"
            case .reject: "review_reject"
            case .panel(let name): "review_panel:\(name)"
            }
        }

        package init?(id: String) {
            if id == Action.answer.id {
                self = .answer
            } else if id == Action.reject.id {
                self = .reject
            } else if id.hasPrefix("review_panel:") {
                self = .panel(String(id.dropFirst("review_panel:".count)))
            } else {
                return nil
            }
        }
    }

    package enum Window: String, Sendable {
        case questionnaire = "review_questionnaire"
        case rejection = "review_rejection"
    }

    static let element = "value"
    static let reasonBlock = "reason"
    /// Slack takes 100 blocks; some are our own words.
    package static let inputsMax = 90

    package static func questionBlock(_ key: String) -> String { "question_\(key)" }
    package static func limitationBlock(_ index: Int) -> String { "limitation_\(index)" }

    /// What the questionnaire asks, as the review keeps it.
    package struct Questionnaire: Sendable {
        package struct Question: Sendable {
            package let key: String
            package let text: String

            package init(key: String, text: String) {
                self.key = key
                self.text = text
            }
        }

        package let review: String
        package let subject: String
        package let questions: [Question]
        package let limitations: [String]
        package let panels: [(name: String, title: String)]

        package init(
            review: String, subject: String, questions: [Question], limitations: [String],
            panels: [(name: String, title: String)]
        ) {
            self.review = review
            self.subject = subject
            self.questions = questions
            self.limitations = limitations
            self.panels = panels
        }

        /// Nil when it cannot be shown whole: a limitation that is cut off is one that nobody has read.
        package var view: JSONValue? {
            let fits = (questions.map(\.text) + limitations).allSatisfy { $0.utf16.count <= SlackText.labelUnitsMax }
            guard fits, questions.count + limitations.count <= inputsMax else { return nil }
            var blocks = [
                SlackBlock.section(SlackText.plain(subject)),
                SlackBlock.actions(
                    panels.map { SlackBlock.button($0.title, action: Action.panel($0.name).id, value: review) }),
                SlackBlock.context(
                    SlackText.plain("Look at the evidence first: what you opened is recorded, and your answers are kept.")),
            ]
            blocks += questions.map { SlackBlock.question($0.text, block: questionBlock($0.key)) }
            blocks += limitations.enumerated().map {
                SlackBlock.tick($0.element, box: "I have taken note of it", block: limitationBlock($0.offset))
            }
            return SlackBlock.modal(
                "Review", blocks, callback: Window.questionnaire.rawValue, metadata: review, submit: "Send answers")
        }

        /// The answers by question and the limitations that were ticked, from a submitted window.
        package func answers(in state: SlackState) -> (texts: [String: String], ticked: [String]) {
            var texts: [String: String] = [:]
            for question in questions { texts[question.key] = state.text(questionBlock(question.key)) }
            let ticked = limitations.enumerated().filter { state.isTicked(limitationBlock($0.offset)) }.map(\.element)
            return (texts, ticked)
        }
    }

    package static func rejection(review: String, subject: String) -> JSONValue {
        SlackBlock.modal(
            "Reject",
            [
                SlackBlock.section(SlackText.plain(subject)),
                SlackBlock.question("Why is this version not to go into production?", block: reasonBlock),
            ], callback: Window.rejection.rawValue, metadata: review, submit: "Reject")
    }

    package static func reason(in state: SlackState) -> String { state.text(reasonBlock) ?? "" }

    /// A window that only says something.
    package static func notice(_ title: String, _ lines: [String]) -> JSONValue {
        SlackBlock.modal(title, lines.prefix(inputsMax).map { SlackBlock.section(SlackText.plain($0)) })
    }

    /// The window after the questionnaire. The token is in no message: only whoever answered sees it, once.
    package static func token(_ token: String, model: String, version: String) -> JSONValue {
        let typed = "/approve-model \(SlackCommand.quoted(model)) \(version) \(token)"
        return SlackBlock.modal(
            "Answers recorded",
            [
                SlackBlock.section(SlackText.plain("To approve, type this in any channel. The token is shown only here.")),
                SlackBlock.section(SlackText.plain(typed)),
            ])
    }

    /// The answer to a submission that keeps the window open, with a remark at each block.
    package static func problems(_ byBlock: [String: String]) -> JSONValue {
        ["response_action": "errors", "errors": .object(byBlock.mapValues { .string(SlackText.fitting($0, unitsMax: 500)) })]
    }

    package static func replacing(by view: JSONValue) -> JSONValue { ["response_action": "update", "view": view] }
}

/// What was typed and ticked in a window.
package struct SlackState: Sendable {
    private let values: [String: JSONValue]

    init(_ json: JSONValue?) { values = json?["values"]?.objectValue ?? [:] }

    func text(_ block: String) -> String? { values[block]?[SlackForms.element]?["value"]?.stringValue }

    func isTicked(_ block: String) -> Bool {
        (values[block]?[SlackForms.element]?["selected_options"]?.arrayValue ?? []).contains { $0["value"] == "ticked" }
    }
}
