import GatehouseCore

/// The YAML of a card. Read with the bounds of a policy's: no anchors, no tags, limited depth.
struct CardFrontMatter {
    static let resultsMax = 1000
    private static let findingsMax = 20

    private let entries: [LocatedNode.Entry]
    private var findings: [String] = []

    init(_ yaml: String) {
        guard !yaml.allSatisfy(\.isWhitespace) else {
            entries = []
            return
        }
        guard yaml.utf8.count <= PolicyParser.policyBytesMax else {
            entries = []
            findings = ["The front matter has \(yaml.utf8.count) bytes; only up to \(PolicyParser.policyBytesMax) are read."]
            return
        }
        var document = PolicyDocument()
        let root = document.read(yaml)
        if case .map(let entries)? = root?.content { self.entries = entries } else { entries = [] }
        // The front matter begins one line below the card.
        findings = document.diagnostics.prefix(Self.findingsMax).map {
            "line \($0.line + 1): "
                + $0.message.replacing("the policy", with: "the front matter").replacing("in policies", with: "in cards") + "."
        }
        if document.diagnostics.isEmpty, entries.isEmpty { findings = ["The front matter is no list of keys and values."] }
    }

    /// The texts under the first of the keys that is there.
    func texts(of keys: [String]) -> [String] {
        keys.lazy.compactMap { value($0, in: entries) }.first.map { texts($0) } ?? []
    }

    mutating func fill(_ card: inout ModelCard) {
        card.languages = texts(of: ["language"])
        card.license = text("license", in: entries)
        card.licenseName = text("license_name", in: entries)
        card.licenseLink = text("license_link", in: entries)
        card.libraryName = text("library_name", in: entries)
        card.pipelineTag = text("pipeline_tag", in: entries)
        card.tags = texts(of: ["tags"])
        card.datasets = texts(of: ["datasets"])
        card.metrics = texts(of: ["metrics"])
        card.baseModels = texts(of: ["base_model"])
        card.baseModelRelation = text("base_model_relation", in: entries)
        fillIndex(&card)
        card.findings += findings
    }

    private mutating func fillIndex(_ card: inout ModelCard) {
        guard let index = value("model-index", in: entries) else { return }
        guard case .list(let models) = index.content else {
            findings.append("line \(index.place.line + 1): model-index is no list.")
            return
        }
        // The first model's name stands for the card; a card is of one model.
        for (number, model) in models.enumerated() {
            guard case .map(let members) = model.content else { continue }
            if number == 0 { card.modelName = text("name", in: members) }
            guard case .list(let results)? = value("results", in: members)?.content else { continue }
            for result in results {
                guard card.results.count < Self.resultsMax else {
                    findings.append("model-index has more than \(Self.resultsMax) results; the others were not read.")
                    return
                }
                if case .map(let members) = result.content { card.results.append(self.result(members)) }
            }
        }
    }

    private func result(_ members: [LocatedNode.Entry]) -> ModelCardResult {
        let (task, dataset, source) = (map("task", in: members), map("dataset", in: members), map("source", in: members))
        var result = ModelCardResult()
        result.taskType = text("type", in: task)
        result.taskName = text("name", in: task)
        result.datasetType = text("type", in: dataset)
        result.datasetName = text("name", in: dataset)
        result.datasetConfig = text("config", in: dataset)
        result.datasetSplit = text("split", in: dataset)
        result.datasetRevision = text("revision", in: dataset)
        result.sourceName = text("name", in: source)
        result.sourceURL = text("url", in: source)
        guard case .list(let metrics)? = value("metrics", in: members)?.content else { return result }
        result.metrics = metrics.prefix(Self.resultsMax).compactMap { metric in
            guard case .map(let members) = metric.content, let type = text("type", in: members) else { return nil }
            let value = value("value", in: members)
            let number = value?.number.map { JSONValue.number($0) }
            return ModelCardResult.Metric(
                type: type, name: text("name", in: members),
                value: number ?? value.flatMap { scalar($0) }.map { .string($0) } ?? .null)
        }
        return result
    }

    // MARK: Members

    private func value(_ key: String, in entries: [LocatedNode.Entry]) -> LocatedNode? {
        entries.first { $0.key == key }?.value
    }

    private func map(_ key: String, in entries: [LocatedNode.Entry]) -> [LocatedNode.Entry] {
        guard case .map(let members)? = value(key, in: entries)?.content else { return [] }
        return members
    }

    private func text(_ key: String, in entries: [LocatedNode.Entry]) -> String? {
        value(key, in: entries).flatMap { scalar($0) }
    }

    /// A text that says something.
    private func scalar(_ node: LocatedNode) -> String? {
        guard case .scalar(let text, _) = node.content, !node.isNothing, !CardDocument.isPlaceholder(text) else { return nil }
        return trimmed(text)
    }

    /// A list of texts, or one text.
    private func texts(_ node: LocatedNode) -> [String] {
        switch node.content {
        case .list(let items): return items.compactMap { scalar($0) }
        case .scalar: return scalar(node).map { [$0] } ?? []
        case .map, .unusable: return []
        }
    }
}
