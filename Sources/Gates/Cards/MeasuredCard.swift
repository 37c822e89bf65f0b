package import GatehouseCore

/// What Gatehouse itself knows of a version, for the card it hands out. Everything in it was measured or recorded here.
package struct MeasuredFacts: Sendable {
    package var model = ""
    package var version: Int64 = 0
    package var description = ""
    package var created: Timestamp?
    package var stage = ""
    package var artifact: Digest?
    /// `credit-features@7` and the like, from the version's tags.
    package var featurePipeline: String?
    package var trainingData: String?
    package var evaluation: Evaluation?
    /// The digest of the file the given card was read from.
    package var givenCard: Digest?

    package struct Evaluation: Sendable {
        package var id: String
        package var finished: Timestamp?
        package var policy: String
        package var policyDigest: Digest
        package var dataset: String?
        package var datasetDigest: Digest?
        package var champion: Int64?
        package var results: [CheckResult]

        package init(
            id: String, finished: Timestamp?, policy: String, policyDigest: Digest, dataset: String?, datasetDigest: Digest?,
            champion: Int64?, results: [CheckResult]
        ) {
            self.id = id
            self.finished = finished
            self.policy = policy
            self.policyDigest = policyDigest
            self.dataset = dataset
            self.datasetDigest = datasetDigest
            self.champion = champion
            self.results = results
        }
    }

    package init() {}
}

extension ModelCard {
    /// The given card with what was measured here: results in `model-index`, a section above the author's own text.
    package func published(with facts: MeasuredFacts) -> ModelCard {
        var card = self
        card.modelName = facts.model
        card.findings = []
        if let measured = facts.measuredResult(task: pipelineTag) { card.results.insert(measured, at: 0) }
        card.body = facts.section(isAuthorsTextBelow: !body.allSatisfy(\.isWhitespace)) + body
        let readAgain = KnownLimitations.bounded(KnownLimitations.statements(in: CardLine.lines(of: card.body)))
        if readAgain != knownLimitations {
            // They stood in the front matter, where readers of cards do not look.
            card.body =
                facts.section(isAuthorsTextBelow: false) + "## Known limitations\n\n"
                + knownLimitations.map { "- \($0)\n" }.joined()
                + (body.isEmpty ? "" : "\n\(MeasuredFacts.authorsHeading)\n\n" + body)
        }
        return card
    }
}

extension MeasuredFacts {
    /// Ends whatever section of ours stands before it.
    fileprivate static let authorsHeading = "## The author's card"

    /// Measurements of all rows; those of groups are in the table, because `model-index` has no place for a group.
    fileprivate func measuredResult(task: String?) -> ModelCardResult? {
        guard let evaluation else { return nil }
        var result = ModelCardResult()
        result.metrics = evaluation.measurements.filter { $0.subject == nil }.compactMap { measurement in
            measurement.value.map {
                ModelCardResult.Metric(type: measurement.metric, name: measurement.metric, value: .number($0))
            }
        }
        guard !result.metrics.isEmpty else { return nil }
        result.taskType = task ?? "tabular-classification"
        result.datasetType = evaluation.dataset.map { String($0.prefix { $0 != "@" }) } ?? "unnamed"
        result.datasetName = evaluation.dataset ?? "unnamed"
        result.datasetRevision = evaluation.datasetDigest?.description
        result.sourceName = "Gatehouse evaluation \(evaluation.id)"
        return result
    }

    /// In Markdown, above the author's text: nothing that the author left open can hide it.
    fileprivate func section(isAuthorsTextBelow: Bool) -> String {
        var lines = ["# \(model) v\(version)", ""]
        if !description.isEmpty { lines += [escaped(description), ""] }
        lines += ["## Provenance", ""]
        let facts: [(String, String?)] = [
            ("Stage", stage), ("Artifact", artifact?.description ?? "unpinned: its bytes were never hashed and sealed"),
            ("Registered", created?.description), ("Feature pipeline", featurePipeline), ("Training data", trainingData),
            ("Card of the artifact", givenCard?.description),
        ]
        lines +=
            facts.compactMap { name, value in value.map { "- \(name) is `\(escaped($0).replacing("`", with: "'"))`" } } + [""]
        lines += ["## Measured results", ""]
        if let evaluation {
            lines += evaluation.sentences + [""] + evaluation.table + [""]
        } else {
            lines += ["No evaluation of this version has finished, so nothing is claimed here.", ""]
        }
        if isAuthorsTextBelow { lines += [Self.authorsHeading, ""] }
        return lines.joined(separator: "\n") + (isAuthorsTextBelow ? "\n" : "")
    }
}

extension MeasuredFacts.Evaluation {
    fileprivate var measurements: [Measurement] { results.flatMap(\.judgement.measurements) }

    fileprivate var sentences: [String] {
        var sentences = ["Evaluation \(id)" + (finished.map { " of \($0)" } ?? "") + " under policy \(policy) (\(policyDigest))."]
        if let dataset { sentences.append("Dataset \(dataset)" + (datasetDigest.map { " (\($0))" } ?? "") + ".") }
        sentences.append(champion.map { "Champion at that time was v\($0)." } ?? "No champion stood beside it.")
        let verdicts = results.map { "\($0.name) \($0.verdict.rawValue)" }.joined(separator: ", ")
        return sentences + ["Checks were \(verdicts.isEmpty ? "none" : verdicts)."]
    }

    fileprivate var table: [String] {
        let rows = results.flatMap { result in
            result.judgement.measurements.map { measurement in
                [
                    result.name, measurement.metric, measurement.subject ?? "all rows", measurement.value.text,
                    measurement.interval, measurement.limit?.text ?? "", measurement.n.map { String($0) } ?? "",
                    measurement.verdict?.rawValue ?? "",
                ]
            }
        }
        guard !rows.isEmpty else { return [] }
        let head = ["check", "metric", "measured on", "value", "95 % interval", "limit", "n", "verdict"]
        return ([head, head.map { _ in "---" }] + rows).map { row in
            "| " + row.map { escaped($0).replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
        }
    }
}

extension Measurement {
    fileprivate var interval: String {
        lower == nil && upper == nil ? "" : "\(lower.text) to \(upper.text)"
    }
}

extension Measurement.Limit {
    fileprivate var text: String {
        switch self {
        case .atLeast(let value): "at least \(value)"
        case .atMost(let value): "at most \(value)"
        }
    }
}

extension Double? {
    fileprivate var text: String { map { JSONValue.number(orNull: $0).canonicalText } ?? "not defined" }
}

/// One line that opens no remark, no fence and no heading.
private func escaped(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ").replacing("<!--", with: "<! --").replacing("```", with: "'''")
}
