import GatehouseCore

extension LocatedNode {
    /// The text of a scalar, cut to what fits a message; empty for anything else.
    var scalarText: String {
        guard case .scalar(let text, _) = content else { return "" }
        return shown(text)
    }

    /// An empty value, or one of YAML's words for nothing.
    var isNothing: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// The number an unquoted scalar spells in decimal digits.
    var number: Double? {
        guard case .scalar(let text, isPlain: true) = content else { return nil }
        return plainNumber(text[...])
    }

    var isWholeNumber: Bool { !scalarText.contains { ".eE".contains($0) } }

    /// The number in quotes, as it stands there.
    var quotedNumber: String? {
        guard case .scalar(let text, isPlain: false) = content, plainNumber(text[...]) != nil else { return nil }
        return shown(text)
    }

    /// `5%` as 0.05.
    var percentage: Double? {
        guard case .scalar(let text, _) = content, text.last == "%" else { return nil }
        return plainNumber(text.dropLast()).map { $0 / 100 }
    }

    /// What stands here, in words for a message.
    var kindForPeople: String {
        switch content {
        case .list: return "a list"
        case .map: return "a map"
        case .unusable: return "something unusable"
        case .scalar(let text, let isPlain):
            if isNothing { return "nothing" }
            if isPlain, plainNumber(text[...]) != nil { return "the number \(shown(text))" }
            return "the text \(quoted(text))"
        }
    }
}

/// Reads `0.82`, `-3`, `1e-6`: what people call a number, not `0x1p3`, `nan` or `1_000`.
func plainNumber(_ text: Substring) -> Double? {
    let charactersMax = 64
    guard text.utf8.count <= charactersMax, text.utf8.contains(where: { (48...57).contains($0) }),
        text.utf8.allSatisfy({ (48...57).contains($0) || "+-.eE".utf8.contains($0) }), let value = Double(text), value.isFinite
    else { return nil }
    return value
}

/// Somebody's text as it may stand in a message: cut, and without control characters.
func shown(_ text: String) -> String {
    let scalarsMax = 80
    var clean = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(scalarsMax) {
        clean.append(scalar.properties.generalCategory == .control ? " " : scalar)
    }
    return String(clean) + (text.unicodeScalars.dropFirst(scalarsMax).isEmpty ? "" : "…")
}

func quoted(_ text: String) -> String { "'\(shown(text))'" }

/// A number as people write it: no `.0`.
func numberText(_ value: Double) -> String { JSONValue.number(value).canonicalText }

func rangeText(_ range: ClosedRange<Double>) -> String {
    let endless = 1e15
    if range.upperBound >= endless {
        return range.lowerBound <= -endless ? "" : "of at least \(numberText(range.lowerBound))"
    }
    return "from \(numberText(range.lowerBound)) to \(numberText(range.upperBound))"
}

/// The key somebody probably meant: the nearest by spelling, else the shortest that holds all its words in this order.
func nearestKey(to key: String, in candidates: [String]) -> String? {
    let keyBytesMax = 80
    guard key.utf8.count <= keyBytesMax else { return nil }
    if let near = Suggestion.nearest(to: key, in: candidates) { return near }
    let words = key.lowercased().split(separator: "_")
    guard !words.isEmpty else { return nil }
    let holding = candidates.filter { candidate in
        var rest = words[...]
        for word in candidate.split(separator: "_") where rest.first == word { rest.removeFirst() }
        return rest.isEmpty
    }
    return holding.min { ($0.count, $0) < ($1.count, $1) }
}
