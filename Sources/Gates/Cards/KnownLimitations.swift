/// What a card says the model cannot do, one statement each: a reviewer acknowledges them one by one, so too many is
/// better than one lost.
enum KnownLimitations {
    static let statementsMax = 200
    static let statementCharactersMax = 2000

    /// In the order of the card, each once: list items, rows and paragraphs below a heading that speaks of limitations.
    static func statements(in lines: [CardLine]) -> [String] {
        let mixed = lines.mixedHeadings
        var seen: Set<String> = []
        return CardBlock.blocks(of: lines).filter { speaksOfLimitations($0.headings, mixed: mixed) }.map(\.text)
            .filter { !isPlaceholder($0) && seen.insert($0).inserted }
    }

    /// At most `statementsMax`, each cut to its limit. What does not fit is counted in a last statement, never dropped in silence.
    static func bounded(_ statements: [String]) -> [String] {
        let cut = statements.map { text in
            text.count > statementCharactersMax ? String(text.prefix(statementCharactersMax - 1)) + "…" : text
        }
        guard cut.count > statementsMax else { return cut }
        let rest = cut.count - (statementsMax - 1)
        return Array(cut.prefix(statementsMax - 1)) + ["… and \(rest) more limitations in the card itself."]
    }

    /// "Intended uses & limitations" covers uses too; where a heading below it is about limitations alone, only that counts.
    private static func speaksOfLimitations(_ headings: [CardHeading], mixed: Set<String>) -> Bool {
        headings.contains { heading in
            LimitationWords.match(heading.name) && (!LimitationWords.isMixed(heading.name) || !mixed.contains(heading.name))
        }
    }

    private static func isPlaceholder(_ text: String) -> Bool {
        CardDocument.isPlaceholder(text) || normalised(text).hasPrefix(templateSentence)
    }

    /// The Hugging Face template's recommendation, where nobody replaced it.
    private static let templateSentence =
        "users both direct and downstream should be made aware of the risks biases and limitations of the model more information needed"
}

/// Which headings, normalised, speak of limitations.
enum LimitationWords {
    static func match(_ heading: String) -> Bool {
        !Set(heading.split(separator: " ")).isDisjoint(with: ["limitation", "limitations", "caveat", "caveats"])
            || heading == "known issues"
    }

    static func isMixed(_ heading: String) -> Bool {
        !Set(heading.split(separator: " ")).isDisjoint(with: ["use", "uses", "usage", "intended"])
    }
}

extension [CardLine] {
    /// Headings about uses and limitations that have one about limitations alone below them.
    fileprivate var mixedHeadings: Set<String> {
        var open: [CardHeading] = []
        var found: Set<String> = []
        for line in self {
            guard let (level, title) = line.heading else { continue }
            let name = normalised(title)
            open.removeAll { $0.level >= level }
            if LimitationWords.match(name), !LimitationWords.isMixed(name) { found.formUnion(open.map(\.name)) }
            open.append(CardHeading(level: level, name: name))
        }
        return found
    }
}
