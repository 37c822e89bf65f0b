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
