import GatehouseCore
import Promotions
import Rendering

// Where the reviewer tries edge cases.
extension ReviewScreen {
    /// Of the form on the page; wider rows are tried from a file.
    static let trialFieldsMax = 60
    private static let changesMax = 8
    private static let outputsMax = 5
    private static let fieldPrefix = "row."

    @MarkupBuilder
    func trialsPanel(_ visit: Visit) -> Markup {
        Tag.p { ReviewTrial.summary(trials) }
        if !trials.isEmpty { trialTable }
        if mayDecide, review.state != .requested { offered(visit) }
    }

    /// As it was typed, by the input's name.
    static func trialInput(in form: Form) -> TrialInput {
        let names = form.names(after: fieldPrefix)
        return .typed(Dictionary(names.map { ($0, form[fieldPrefix + $0]) }, uniquingKeysWith: { first, _ in first }))
    }

    // MARK: What came of it

    private var trialTable: Markup {
        table(
            "Edge cases that were tried, the newest first", trials.reversed(),
            [
                .words("Try") { trial in "\(trial.number)" },
                .prose("Inputs that were not as usual") { trial in changes(trial) },
                .number("v\(review.version)") { trial in Self.score(trial.candidate) },
                .number("Champion") { trial in trial.champion.map { "\(Self.score($0)) (v\($0.version))" } ?? "–" },
                .number("Difference") { trial in trial.difference.map(Self.signed) ?? "–" },
                .prose("What came of it") { trial in finding(trial) },
            ])
    }

    private func changes(_ trial: ReviewTrial) -> String {
        guard let row = trial.row else { return "erased" }
        let fields = trialForm?.fields ?? []
        let usual = Dictionary(fields.map { ($0.name, $0.usual.canonicalText) }, uniquingKeysWith: { first, _ in first })
        let changed = row.filter { usual[$0.key] != $0.value.canonicalText }.sorted { $0.key < $1.key }
        let words = changed.prefix(Self.changesMax).map { "\($0.key) = \(Self.words($0.value))" }
        let more = changed.count > words.count ? ", and \(changed.count - words.count) more" : ""
        return words.isEmpty ? "none" : words.joined(separator: ", ") + more
    }

    @MarkupBuilder
    private func finding(_ trial: ReviewTrial) -> Markup {
        if let differ = trial.decisionsDiffer {
            mark(differ ? .caution : .neutral, differ ? "Decided differently" : "Decided alike", shape: differ ? "≠" : "=")
            ": \(Self.words(trial.decision(trial.candidate)))"
            differ ? " instead of \(Self.words(trial.decision(trial.champion)))." : "."
        } else if let decision = trial.decision(trial.candidate) {
            "Decided: \(Self.words(decision))."
        }
        for answer in [trial.candidate, trial.champion].compactMap({ $0 }) {
            if let refusal = answer.refusal { " v\(answer.version) gave no answer. \(refusal)" }
        }
    }

    private static func score(_ answer: ReviewTrial.Answer) -> String {
        guard let outputs = answer.outputs else { return "no answer" }
        return outputs.prefix(outputsMax).map { Wording.fixed($0, 4) }.joined(separator: " · ")
            + (outputs.count > outputsMax ? " …" : "")
    }

    private static func words(_ decision: Bool?) -> String { decision == true ? "positive" : "negative" }

    private static func words(_ value: JSONValue) -> String {
        switch value {
        case .null: "missing"
        case .string(let text): "“\(text.prefix(60))”"
        case .bool, .number, .integer, .array, .object: String(value.canonicalText.prefix(60))
        }
    }

    private static func signed(_ difference: Double) -> String { (difference > 0 ? "+" : "") + Wording.fixed(difference, 4) }

    // MARK: What can be tried

    private var trialForm: TrialForm? {
        if case .form(let form)? = offer { form } else { nil }
    }

    @MarkupBuilder
    private func offered(_ visit: Visit) -> Markup {
        switch offer {
        case .form(let offered)?:
            if offered.fields.count > Self.trialFieldsMax {
                Tag.p { "\(subject) has \(Wording.grouped(offered.fields.count)) inputs; a page takes \(Self.trialFieldsMax)." }
                commandLine("gatehouse review try \(review.id) --form > row.json")
                commandLine("gatehouse review try \(review.id) --row row.json")
            } else if trials.count < ReviewTrial.perReviewMax {
                rowForm(offered, visit)
            } else {
                Tag.p { "A review keeps \(ReviewTrial.perReviewMax) edge cases; no more are tried." }
            }
        case .impossible(let because)?:
            notice(.caution) { Tag.p { "\(because) Nothing was tried." } }
            prepareAgain(visit)
        case nil: prepareAgain(visit)
        }
    }

    private func prepareAgain(_ visit: Visit) -> Markup {
        form(Address.review(review.id) + "/panels/\(Review.Panel.trials.rawValue)", visit) {
            Tag.button(.type("submit")) { "Look again what can be tried" }
        }
    }

    /// Begins with what was typed last, else with what is usual.
    private func rowForm(_ offered: TrialForm, _ visit: Visit) -> Markup {
        let wasTyped = !visit.typed.names(after: Self.fieldPrefix).isEmpty
        func value(_ field: TrialForm.Field) -> String {
            if wasTyped { return visit.typed[Self.fieldPrefix + field.name] }
            return Self.text(trials.last?.row?[field.name] ?? field.usual)
        }
        return form(Address.review(review.id) + "/trials", visit) {
            Tag.p {
                offered.usualFrom.map { "Usual values are medians and most frequent values of \($0). " } ?? ""
                "Change what you want to know about; an empty field is a missing value. The row is kept with the review: make one up, and take nobody's own data."
            }
            Tag.div(.class("inputs")) {
                for (index, field) in offered.fields.enumerated() { input(field, value(field), id: "trial-\(index + 1)") }
            }
            submit(champion.map { "Try it on v\(review.version) and v\($0)" } ?? "Try it on v\(review.version)")
        }
    }

    private func input(_ field: TrialForm.Field, _ value: String, id: String) -> Markup {
        Tag.div(.class("field")) {
            Tag.label(.for(id)) { field.name }
            Tag.p(.class("hint"), .id("\(id)-hint")) {
                field.type.words
                field.isRequired ? "" : ", optional"
                field.isChampionsOnly ? ", read by the champion only" : ""
                if field.usual != .null { "; usually \(Self.words(field.usual))" }
            }
            Tag.input(
                .id(id), .name(Self.fieldPrefix + field.name), .type("text"), .value(value), Attribute("autocomplete", "off"),
                .describedBy("\(id)-hint"))
        }
    }

    private static func text(_ value: JSONValue) -> String {
        value == .null ? "" : value.stringValue ?? value.canonicalText
    }
}
