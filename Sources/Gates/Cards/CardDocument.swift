/// What a card describes.
package enum CardKind: String, Sendable, CaseIterable {
    case model, dataset

    /// The fields a card must fill in when a policy names none: the parts of "Model Cards for Model Reporting" (Mitchell
    /// and others, 2019) and of "Datasheets for Datasets" (Gebru and others, 2021) that a promotion leans on.
    package var standardFields: [String] {
        switch self {
        case .model: ["intended_use", "limitations", "training_data", "evaluation", "owner"]
        case .dataset: ["source", "collection", "licence", "features", "known_issues"]
        }
    }
}

/// A model or dataset card: Markdown with headings, `key: value` lines and perhaps a front matter between `---` lines.
package struct CardDocument: Sendable {
    package static let cardBytesMax = 1 << 20

    /// The texts of each field, by its normalised name.
    private let texts: [String: [String]]

    package init(_ text: String) {
        let parts = CardText(text)
        var reading = CardReading()
        for line in (parts.frontMatter ?? "").split(whereSeparator: \.isNewline) { reading.take(frontMatter: line) }
        reading.beginBody()
        for line in CardLine.lines(of: parts.body) { reading.take(line) }
        texts = reading.texts
    }

    /// What the card says under a field or one of its usual names; empty when it says nothing or holds a template's
    /// placeholder.
    package func text(of field: String) -> String {
        Self.names(of: field).flatMap { texts[$0] ?? [] }.filter { !Self.isPlaceholder($0) }.joined(separator: "\n")
    }

    /// Cards name the same thing differently; the first word of each list is ours.
    private static let synonyms: [[String]] = [
        ["intended use", "intended uses", "use", "uses", "direct use", "use cases", "intended uses limitations"],
        [
            "limitations", "known limitations", "limitations and biases", "limitations and bias", "bias risks and limitations",
            "caveats and recommendations", "caveats",
        ],
        ["training data", "training dataset", "training details", "training"],
        ["evaluation", "evaluation data", "evaluation results", "metrics", "quantitative analyses", "results"],
        ["owner", "owners", "contact", "developed by", "maintainer", "maintainers", "team"],
        ["source", "sources", "source data", "source datasets", "data source", "provenance"],
        ["collection", "data collection", "collection process", "initial data collection and normalization"],
        ["licence", "license", "licensing information", "licences", "licenses"],
        ["features", "schema", "columns", "data fields", "dataset structure"],
        ["known issues", "known limitations", "limitations", "issues", "other known limitations"],
    ]

    private static func names(of field: String) -> [String] {
        let name = normalised(field)
        return synonyms.first { $0.first == name } ?? [name]
    }

    /// What a template holds where nobody has written anything.
    static func isPlaceholder(_ text: String) -> Bool {
        ["", "more information needed", "todo", "tbd"].contains(normalised(text))
    }
}

/// Takes a card line by line.
private struct CardReading {
    private(set) var texts: [String: [String]] = [:]
    /// The headings we are under, outermost first: a text belongs to all of them.
    private var headings: [(level: Int, name: String)] = []
    private var openKey: String?
    private var isFrontMatter = true

    mutating func take(frontMatter line: Substring) { takeText(line, trimmed: trimmed(line)) }

    mutating func beginBody() {
        isFrontMatter = false
        openKey = nil
    }

    mutating func take(_ line: CardLine) {
        if line.isCode {
            add(trimmed(line.text))
        } else if let (level, title) = line.heading {
            headings.removeAll { $0.level >= level }
            headings.append((level, normalised(title)))
            openKey = nil
        } else {
            takeText(line.text[...], trimmed: trimmed(line.text))
        }
    }

    private mutating func takeText(_ line: Substring, trimmed text: String) {
        let isIndented = line.first?.isWhitespace == true
        if !isIndented, let (key, value) = keyAndValue(text) {
            openKey = normalised(key)
            texts[normalised(key), default: []].append(value)
            if !isFrontMatter { add(text) }
            return
        }
        // A key's list follows it; in the body of a card, other lines below a key are not about it.
        let belongsToKey = isFrontMatter || isIndented || ["- ", "* ", "+ "].contains { text.hasPrefix($0) }
        if let openKey, belongsToKey, text != "|", text != ">" { texts[openKey, default: []].append(text) }
        if !isFrontMatter { add(text) }
    }

    private mutating func add(_ text: String) {
        guard !text.isEmpty else { return }
        for heading in headings { texts[heading.name, default: []].append(text) }
    }

    /// `owner: risk team`, `**Owner:** risk team`, `- **Owner:** risk team`.
    private func keyAndValue(_ text: String) -> (String, String)? {
        let keyCharactersMax = 60
        let bare = text.hasPrefix("- **") ? text.dropFirst(2) : text[...]
        guard let colon = bare.prefix(keyCharactersMax).firstIndex(of: ":") else { return nil }
        let key = bare[..<colon]
        let rest = bare[bare.index(after: colon)...]
        let isKey = key.allSatisfy { $0.isLetter || $0.isNumber || " _-*&/,()".contains($0) } && key.contains(where: \.isLetter)
        let isSeparated = rest.first.map { $0.isWhitespace || $0 == "*" } ?? true
        guard isKey, isSeparated else { return nil }
        return (String(key), trimmed(rest.drop { $0 == "*" }))
    }
}
