package import GatehouseCore

/// A reviewer's answers as a YAML or JSON file:
///
///     answers: {risk: …, data: …}
///     limitations: [{limitation: …, ticked: true}]
package enum AnswersFile {
    package static let fileBytesMax = 256 * 1024

    /// Fails with `invalidArgument` and every problem with its line and column.
    package static func parse(_ text: String, file: String) throws(GatehouseError) -> QuestionnaireAnswers {
        guard text.utf8.count <= fileBytesMax else {
            throw GatehouseError(.tooLarge, "\(file) has \(text.utf8.count) bytes; answers have at most \(fileBytesMax).")
        }
        var document = PolicyDocument()
        let root = document.read(text)
        var reader = PolicyReader(diagnostics: document.diagnostics)
        var answers = QuestionnaireAnswers(texts: [:], acknowledged: [])
        if let root {
            let field = PolicyField(path: "", key: "", keyPlace: root.place, node: root)
            answers = reader.answers(field)
        }
        guard reader.diagnostics.isEmpty else {
            throw GatehouseError(
                .invalidArgument, "\(file) cannot be read as answers.",
                hint: "Start from the form: gatehouse review answer ID --form",
                details: PolicyDiagnostics(file: file, reader.diagnostics).lines)
        }
        return answers
    }

    /// An empty form with the questions as comments.
    package static func form(_ questionnaire: Questionnaire, limitations: [String]) -> String {
        var lines = ["# \(questionnaire.reference). Answer in your own words; the answers are kept.", "answers:"]
        for question in questionnaire.questions { lines += ["  # \(question.text)", "  \(question.key): \"\""] }
        lines.append("# What the model card says about its limits. Set 'ticked' to true for what you have taken note of.")
        lines.append(limitations.isEmpty ? "limitations: []" : "limitations:")
        for limitation in limitations {
            // A JSON string is a YAML string, whatever the card holds.
            lines += ["  - limitation: \(JSONValue.string(limitation).canonicalText)", "    ticked: false"]
        }
        return lines.joined(separator: "\n")
    }
}

extension PolicyReader {
    fileprivate mutating func answers(_ root: PolicyField) -> QuestionnaireAnswers {
        var answers = QuestionnaireAnswers(texts: [:], acknowledged: [])
        guard let section = section(root, keys: ["answers", "limitations"]) else { return answers }
        for field in map(section["answers"])?.fields ?? [] {
            guard case .scalar(let text, _) = field.node.content, !field.node.isNothing else {
                report(field, "expected a text, found \(field.node.kindForPeople)")
                continue
            }
            answers.texts[field.key] = text
        }
        let items = list(
            section["limitations"], of: "limitations", example: "[{limitation: …, ticked: true}]",
            itemsMax: QuestionnaireAnswers.limitationsMax)
        for item in items ?? [] {
            guard let entry = self.section(item, keys: ["limitation", "ticked"]) else { continue }
            guard let limitation = entry["limitation"], case .scalar(let text, _) = limitation.node.content else {
                report(entry.place, entry.path, "names no limitation")
                continue
            }
            if flag(entry["ticked"]) == true { answers.acknowledged.append(text) }
        }
        return answers
    }
}
