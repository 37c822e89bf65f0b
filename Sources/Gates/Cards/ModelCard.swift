package import GatehouseCore

/// A model card as Hugging Face writes it: YAML front matter, then Markdown. Reading never fails for what a card says: what
/// cannot be read is a finding, and the rest is read on.
package struct ModelCard: Sendable, Equatable {
    /// Where a card stands in an artifact, the first that is there. Only files: they are sealed with the model, so what was
    /// read when somebody approved it cannot change afterwards.
    package static let fileNames = ["model_card.md", "README.md"]

    /// The card among an artifact's paths, in any letter case; nil when there is none.
    package static func path(among paths: some Sequence<String>) -> String? {
        let named = Dictionary(
            paths.filter { $0.utf8.count <= 16 }.map { ($0.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
        return fileNames.lazy.compactMap { named[$0.lowercased()] }.first
    }

    package var languages: [String] = []
    package var license: String?
    package var licenseName: String?
    package var licenseLink: String?
    package var libraryName: String?
    package var pipelineTag: String?
    package var tags: [String] = []
    package var datasets: [String] = []
    package var metrics: [String] = []
    package var baseModels: [String] = []
    package var baseModelRelation: String?
    /// The name in `model-index`.
    package var modelName: String?
    /// What the author measured, as `model-index` has it. Reported, not measured here.
    package var results: [ModelCardResult] = []
    /// What the card says the model cannot do, in its order: what a reviewer acknowledges one by one.
    package var knownLimitations: [String] = []
    /// The Markdown behind the front matter.
    package var body = ""
    /// What of the card could not be read, for people.
    package var findings: [String] = []

    package init() {}

    /// Reads a card. Fails with `tooLarge` above `CardDocument.cardBytesMax`.
    package init(reading text: String) throws(GatehouseError) {
        guard text.utf8.count <= CardDocument.cardBytesMax else {
            throw GatehouseError(
                .tooLarge, "The model card has \(text.utf8.count) bytes, at most \(CardDocument.cardBytesMax) are read.",
                hint: "Move pictures and long tables to files of their own.")
        }
        let parts = CardText(text)
        body = parts.body
        if parts.isUnclosed { findings.append("The front matter is never closed with a line of ---, so none of it was read.") }
        var limitations: [String] = []
        if let yaml = parts.frontMatter {
            var matter = CardFrontMatter(yaml)
            limitations = matter.texts(of: ["limitations", "known_limitations"])
            matter.fill(&self)
        }
        limitations += KnownLimitations.statements(in: CardLine.lines(of: body)).filter { !limitations.contains($0) }
        knownLimitations = KnownLimitations.bounded(limitations)
        if let mark = CardLine.unclosed(in: body) { findings.append("\(mark) is never closed and hides the rest of the card.") }
    }

    /// The card of an artifact's bytes. Fails with `tooLarge`, and with `invalidArgument` when they are not UTF-8.
    package init(reading bytes: [UInt8]) throws(GatehouseError) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw GatehouseError(.invalidArgument, "The model card is not UTF-8 text.", hint: "Save it as UTF-8.")
        }
        try self.init(reading: text)
    }
}

/// One entry of `model-index`: a task, a dataset and the metrics of a model on it.
package struct ModelCardResult: Sendable, Equatable {
    package struct Metric: Sendable, Equatable {
        package var type: String
        package var name: String?
        /// As it stands in the card: a number where it is one, else a text.
        package var value: JSONValue

        package init(type: String, name: String? = nil, value: JSONValue) {
            self.type = type
            self.name = name
            self.value = value
        }
    }

    package var taskType: String?
    package var taskName: String?
    package var datasetType: String?
    package var datasetName: String?
    package var datasetConfig: String?
    package var datasetSplit: String?
    package var datasetRevision: String?
    package var metrics: [Metric] = []
    package var sourceName: String?
    package var sourceURL: String?

    package init() {}
}
