import GatehouseCore

/// A value of a policy under its key.
struct PolicyField {
    /// `gates.accuracy.min_absolute_auc`
    let path: String
    let key: String
    /// Where the key stands.
    let keyPlace: TextPlace
    let node: LocatedNode
}

/// A map of a policy.
struct PolicySection {
    let path: String
    let place: TextPlace
    let fields: [PolicyField]

    subscript(key: String) -> PolicyField? { fields.first { $0.key == key } }
}

/// Reads values of the kinds a policy holds and collects what is wrong with them instead of stopping at the first.
///
/// Every reading returns nil both for an absent field and for one it has reported.
struct PolicyReader {
    private(set) var diagnostics: [PolicyDiagnostic]

    init(diagnostics: [PolicyDiagnostic] = []) { self.diagnostics = diagnostics }

    mutating func report(_ place: TextPlace, _ path: String, _ message: String, _ suggestion: String? = nil) {
        diagnostics.append(
            PolicyDiagnostic(line: place.line, column: place.column, path: path, message: message, suggestion: suggestion))
    }

    /// Reports that a field's value is not what is expected there.
    mutating func report(_ field: PolicyField, _ message: String, _ suggestion: String? = nil) {
        report(field.node.place, field.path, message, suggestion)
    }

    private mutating func expected(_ what: String, in field: PolicyField, example: String) {
        if case .unusable = field.node.content { return }
        report(field, "expected \(what), found \(field.node.kindForPeople)", "Write, for example, '\(field.key): \(example)'.")
    }
}

// MARK: - Structure

extension PolicyReader {
    /// A map whose keys are all among `keys`; others are reported with the one that was probably meant.
    mutating func section(_ field: PolicyField?, keys: [String]) -> PolicySection? {
        guard let section = map(field) else { return nil }
        for unknown in section.fields where !keys.contains(unknown.key) {
            reportUnknown(unknown, in: section, what: "key", candidates: keys)
        }
        return section
    }

    /// A map with any keys.
    mutating func map(_ field: PolicyField?) -> PolicySection? {
        guard let field else { return nil }
        guard case .map(let entries) = field.node.content else {
            if case .unusable = field.node.content { return nil }
            let example =
                field.key.isEmpty ? "Start with 'model: NAME'." : "Write '\(field.key): {…}' or indent the keys below it."
            report(field, "expected a map of keys and values, found \(field.node.kindForPeople)", example)
            return nil
        }
        let fields = entries.map { entry in
            PolicyField(
                path: field.path.isEmpty ? shown(entry.key) : "\(field.path).\(shown(entry.key))", key: entry.key,
                keyPlace: entry.place, node: entry.value)
        }
        return PolicySection(path: field.path, place: field.node.place, fields: fields)
    }

    mutating func reportUnknown(_ field: PolicyField, in section: PolicySection, what: String, candidates: [String]) {
        let meant = nearestKey(to: field.key, in: candidates).map { "Did you mean '\($0)'?" }
        let known = "Known here: \(candidates.joined(separator: ", "))."
        report(field.keyPlace, section.path, "unknown \(what) \(quoted(field.key))", meant ?? known)
    }

    /// The items of a list, at most `itemsMax`.
    mutating func list(_ field: PolicyField?, of what: String, example: String, itemsMax: Int) -> [PolicyField]? {
        guard let field else { return nil }
        guard case .list(let items) = field.node.content else {
            expected("a list of \(what)", in: field, example: example)
            return nil
        }
        guard items.count <= itemsMax else {
            report(field, "\(items.count) \(what), at most \(itemsMax) are allowed")
            return nil
        }
        return items.enumerated().map { index, item in
            PolicyField(path: "\(field.path)[\(index)]", key: field.key, keyPlace: item.place, node: item)
        }
    }

    /// A list of different, non-empty texts. `isAllowed` may say what each must look like; `rule` is that in words.
    mutating func texts(
        _ field: PolicyField?, of what: String, example: String, itemsMax: Int, rule: String? = nil,
        isAllowed: (String) -> Bool = { _ in true }
    ) -> [String]? {
        guard let items = list(field, of: what, example: example, itemsMax: itemsMax) else { return nil }
        var texts: [String] = []
        for item in items {
            guard let text = text(item, example: example) else { continue }
            guard isAllowed(text) else {
                report(item, "\(quoted(text)) cannot stand here", rule)
                continue
            }
            guard !texts.contains(text) else {
                report(item, "\(quoted(text)) stands twice in this list", "Keep one of them.")
                continue
            }
            texts.append(text)
        }
        return texts
    }
}

// MARK: - Values

extension PolicyReader {
    static let textCharactersMax = 1024

    mutating func text(_ field: PolicyField?, example: String) -> String? {
        guard let field else { return nil }
        guard case .scalar(let text, _) = field.node.content, !field.node.isNothing else {
            expected("a text", in: field, example: example)
            return nil
        }
        guard !text.isEmpty, text.utf8.count <= Self.textCharactersMax * 4, text.count <= Self.textCharactersMax,
            !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            report(field, "expected a text of 1 to \(Self.textCharactersMax) characters without control characters")
            return nil
        }
        return text
    }

    mutating func choice(_ field: PolicyField?, _ choices: [String]) -> String? {
        guard let field else { return nil }
        guard case .scalar(let text, _) = field.node.content, !field.node.isNothing else {
            expected("one of \(choices.joined(separator: ", "))", in: field, example: choices.first ?? "")
            return nil
        }
        guard choices.contains(text) else {
            let meant = nearestKey(to: text, in: choices).map { "Did you mean '\($0)'?" }
            report(field, "expected one of \(choices.joined(separator: ", ")), found \(quoted(text))", meant)
            return nil
        }
        return text
    }

    mutating func choice<Value>(_ field: PolicyField?, _: Value.Type) -> Value?
    where Value: RawRepresentable<String> & CaseIterable {
        choice(field, Value.allCases.map(\.rawValue)).flatMap { Value(rawValue: $0) }
    }

    /// `true` or `false` and nothing else: what YAML 1.1 makes of yes, no, on and off surprises too many.
    mutating func flag(_ field: PolicyField?) -> Bool? {
        guard let field else { return nil }
        if case .scalar(let text, isPlain: true) = field.node.content {
            if text == "true" { return true }
            if text == "false" { return false }
            let meant: String? =
                switch text.lowercased() {
                case "yes", "y", "on", "true": "true"
                case "no", "n", "off", "false": "false"
                default: nil
                }
            if let meant {
                report(field, "expected true or false, found '\(text)'", "Write '\(meant)'.")
                return nil
            }
        }
        expected("true or false", in: field, example: "true")
        return nil
    }

    mutating func number(_ field: PolicyField?, _ range: ClosedRange<Double>, example: String) -> Double? {
        guard let field else { return nil }
        guard let value = field.node.number else {
            if let fraction = field.node.percentage {
                report(
                    field, "expected a number, found the percentage \(field.node.scalarText)",
                    "Write \(numberText(fraction)) instead.")
            } else if let text = field.node.quotedNumber {
                report(field, "expected a number, found the text \"\(text)\"", "Remove the quotes.")
            } else {
                expected("a number", in: field, example: example)
            }
            return nil
        }
        guard range.contains(value) else {
            let hint = "Write a number \(rangeText(range)), for example \(example)."
            report(field, "\(field.node.scalarText) is out of range", hint)
            return nil
        }
        return value
    }

    mutating func integer(_ field: PolicyField?, _ range: ClosedRange<Int>, example: String) -> Int? {
        guard let field else { return nil }
        guard let value = field.node.number, let whole = Int(exactly: value), field.node.isWholeNumber else {
            if let text = field.node.quotedNumber {
                report(field, "expected a whole number, found the text \"\(text)\"", "Remove the quotes.")
            } else {
                expected("a whole number", in: field, example: example)
            }
            return nil
        }
        guard range.contains(whole) else {
            let bounds = ClosedRange(uncheckedBounds: (Double(range.lowerBound), Double(range.upperBound)))
            let hint = "Write a whole number \(rangeText(bounds)), for example \(example)."
            report(field, "\(field.node.scalarText) is out of range", hint)
            return nil
        }
        return whole
    }

    static let durationMax = Duration.seconds(3650 * 86_400)

    /// `7d`, `48h`, `30s`.
    mutating func duration(
        _ field: PolicyField?, atLeast least: Duration = .zero, atMost most: Duration = durationMax, example: String
    ) -> Duration? {
        guard let field else { return nil }
        guard case .scalar(let text, isPlain: _) = field.node.content, let duration = Duration(text: text) else {
            expected("a duration (a whole number and ms, s, m, h or d)", in: field, example: example)
            return nil
        }
        guard (least...most).contains(duration) else {
            report(
                field, "\(shown(text)) is out of range", "Write a duration from \(least.shortText) to \(most.shortText).")
            return nil
        }
        return duration
    }

    static let ratePerSecondMax = 1_000_000.0

    /// `50/s` or `600/m`, in events per second.
    mutating func rate(_ field: PolicyField?, example: String) -> Double? {
        guard let field else { return nil }
        let halves = field.node.scalarText.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, let count = plainNumber(halves[0]), let seconds = ["s": 1.0, "m": 60][String(halves[1])] else {
            expected("a rate (a number per second)", in: field, example: example)
            return nil
        }
        let rate = count / seconds
        guard rate > 0, rate <= Self.ratePerSecondMax else {
            let hint = "Write a rate above 0/s and up to \(numberText(Self.ratePerSecondMax))/s."
            report(field, "\(field.node.scalarText) is out of range", hint)
            return nil
        }
        return rate
    }

    /// `2027-03-01`
    mutating func date(_ field: PolicyField?, example: String) -> Timestamp? {
        guard let field else { return nil }
        guard case .scalar(let text, isPlain: _) = field.node.content, let time = try? Timestamp(parsing: text) else {
            expected("a date", in: field, example: example)
            return nil
        }
        return time
    }

    /// A name that may carry a version: `credit-holdout@3`.
    mutating func namedVersion(_ field: PolicyField?, example: String) -> NamedVersion? {
        guard let field, let text = text(field, example: example) else { return nil }
        do { return try NamedVersion(parsing: text) } catch {
            report(
                field, "\(quoted(text)) is not a name with an optional version", "Write, for example, '\(field.key): \(example)'."
            )
            return nil
        }
    }
}
