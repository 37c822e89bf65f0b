import GatehouseCore

// The words of policy diagnostics.

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
