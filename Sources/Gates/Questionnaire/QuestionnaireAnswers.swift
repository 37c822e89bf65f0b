package import GatehouseCore

/// What a reviewer answered: a text per question, and each known limitation of the model ticked by itself.
package struct QuestionnaireAnswers: Sendable, Equatable {
    package static let answerBytesMax = 4000
    package static let limitationsMax = 200

    /// By the question's key.
    package var texts: [String: String]
    /// The limitations that the reviewer has taken note of, in the words of the model card.
    package var acknowledged: [String]

    package init(texts: [String: String], acknowledged: [String]) {
        self.texts = texts
        self.acknowledged = acknowledged
    }

    /// Checks them against the questions and the model's known limitations, and reports everything that is missing at once.
    /// Fails with `invalidArgument`.
    package func check(_ questionnaire: Questionnaire, limitations: [String]) throws(GatehouseError) {
        var problems: [String] = []
        let keys = questionnaire.questions.map(\.key)
        for question in questionnaire.questions where Self.isBlank(texts[question.key]) {
            problems.append("\(question.key): not answered: \(question.text)")
        }
        for (key, text) in texts.sorted(by: { $0.key < $1.key }) {
            if !keys.contains(key) {
                let near = Suggestion.nearest(to: key, in: keys).map { " Did you mean '\($0)'?" } ?? ""
                problems.append("'\(key.prefix(80))' is no question of \(questionnaire.reference).\(near)")
            } else if text.utf8.count > Self.answerBytesMax {
                problems.append("\(key): \(text.utf8.count) bytes; \(Self.answerBytesMax) fit")
            }
        }
        for limitation in limitations where !acknowledged.contains(limitation) {
            problems.append("known limitation not ticked: \(limitation)")
        }
        for text in acknowledged where !limitations.contains(text) {
            problems.append("ticked, but no known limitation of this model: \(text.prefix(80))")
        }
        guard problems.isEmpty else {
            throw GatehouseError(
                .invalidArgument, "The questionnaire \(questionnaire.reference) is not complete.",
                hint: "Answer every question in your own words and tick each known limitation by itself.", details: problems)
        }
    }

    private static func isBlank(_ text: String?) -> Bool { text?.allSatisfy(\.isWhitespace) ?? true }

    /// The answers without regard to letter case and white space: copies of each other are equal.
    package var normalised: [String: String] {
        texts.mapValues { $0.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ") }
    }

    package var json: JSONValue {
        .object([
            "answers": .object(texts.mapValues { .string($0) }),
            "limitations": .array(acknowledged.sorted().map { .string($0) }),
        ])
    }
}
