import GatehouseCore
import Gates
import Promotions
import Rendering

// Where the reviewer answers.
extension ReviewScreen {
    func tokenNotice(_ token: String) -> Markup {
        Tag.div(.class("notice good"), .role("status"), .id("token"), Attribute("tabindex", "-1")) {
            Tag.p {
                Tag.strong { "The questionnaire is complete. " }
                "This token approves, and is shown this once. Answer again to get another one."
            }
            Tag.pre(.class("command"), Attribute("data-copy", nil), .isFocusable, .label("The token")) { Tag.code { token } }
        }
    }

    @MarkupBuilder
    func questionnaireBlock(_ visit: Visit) -> Markup {
        if mayDecide, review.state == .opened || review.state == .answered {
            block("Questionnaire", id: "questionnaire") {
                Tag.p {
                    "Each question in your own words, each known limitation by itself. At the end stands the token that an approval takes."
                }
                form(Address.review(review.id) + "/answers", visit) {
                    for question in questions {
                        textArea(
                            "answer.\(question.key)", question.text, visit, hint: hint(question),
                            value: answers[question.key] ?? "")
                    }
                    if !review.limitations.isEmpty { limitationTicks(visit) }
                    submit(review.state == .answered ? "Answer again" : "Complete the questionnaire")
                }
            }
        } else if !answers.isEmpty {
            block("Questionnaire", id: "questionnaire") {
                for question in questions {
                    Tag.h3 { question.text }
                    if let hint = hint(question) { Tag.p(.class("soft")) { hint } }
                    Tag.p { answers[question.key].map { String($0.prefix(4000)) } ?? "Not answered, or the answer was erased." }
                }
                if !review.limitations.isEmpty {
                    Tag.p { "\(Wording.count(review.limitations.count, "known limitation")) ticked one by one." }
                }
            }
        }
    }

    /// Beside the answer about edge cases, what was really tried.
    private func hint(_ question: Questionnaire.Question) -> String? {
        question.key == Questionnaire.edgeCases ? ReviewTrial.summary(trials) : nil
    }

    private func limitationTicks(_ visit: Visit) -> Markup {
        Tag.fieldset {
            Tag.legend { "Known limitations that you take note of" }
            for (index, limitation) in review.limitations.enumerated() {
                let id = "limitation-\(index + 1)"
                Tag.div(.class("tick")) {
                    Tag.input(
                        .id(id), .type("checkbox"), .name("limitation"), .value(limitation), .isRequired,
                        visit.typed.all("limitation").contains(limitation) ? .isChecked : nil)
                    Tag.label(.for(id)) { limitation }
                }
            }
        }
    }

    @MarkupBuilder
    func decision(_ visit: Visit) -> Markup {
        if mayDecide, review.state != .requested {
            block("Decide", id: "decide") {
                if review.state == .answered {
                    form(Address.review(review.id) + "/approve", visit) {
                        Tag.p { consequence }
                        textField("token", "Token", visit, hint: "As it was shown when the questionnaire was complete.")
                        submit("Approve")
                    }
                } else {
                    Tag.p { "To approve, complete the questionnaire first." }
                }
                actionForm(
                    Address.review(review.id) + "/reject", visit, title: "Reject",
                    consequence:
                        "The promotion is blocked at once, and every other review of it ends. \(subject) stays where it is.",
                    button: "Reject", isDangerous: true)
            }
        }
    }

    private var consequence: String {
        let missing = required - approvals
        if missing > 1 { return "Your approval is recorded under your name. \(missing - 1) more will be needed." }
        let instead = champion.map { " in place of v\($0)" } ?? ""
        return "Your approval is the last that is needed: \(subject) moves to production\(instead) at once, by its rollout plan."
    }
}
