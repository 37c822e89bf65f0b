import Yams

/// Turns YAML text into located nodes. The only place that knows the YAML library.
///
/// A policy uses plain YAML: no anchors, aliases, tags or keys that are not text. Each of them is reported with its
/// place, and so is every key that stands twice.
struct PolicyDocument {
    static let depthMax = 32
    /// Every one costs another reading of the text.
    static let repeatedKeysMax = 16
    /// Nested aliases in keys cost the YAML library exponential time, before there is a tree to refuse.
    static let possibleAliasesMax = 16

    private(set) var diagnostics: [PolicyDiagnostic] = []
    /// Keys that a later entry of the same map repeats, by the place where the earlier one stands.
    private var repeatedKeys: [TextPlace: String] = [:]
    private var refusedAnchors: Set<TextPlace> = []

    /// The root, or nil when the text cannot be read as a tree at all; `diagnostics` then says why.
    mutating func read(_ yaml: String) -> LocatedNode? {
        guard Self.possibleAliases(in: yaml) <= Self.possibleAliasesMax else {
            report(.start, "", "more than \(Self.possibleAliasesMax) aliases", "Write the values out.")
            return nil
        }
        var text = yaml
        while true {
            do throws(Refusal) {
                let parser = try Self.parser(of: text)
                guard let root = try Self.root(of: parser) else {
                    report(.start, "", "the policy is empty", "Start with 'model: NAME'.")
                    return nil
                }
                // Nodes hold their anchors weakly; the parser keeps them alive.
                return withExtendedLifetime(parser) { located(root, path: "", depth: 0) }
            } catch {
                switch error {
                case .unreadable(let diagnostic):
                    reportRepeatedKeys()
                    diagnostics.append(diagnostic)
                    return nil
                case .repeatedKey(let name, let place):
                    let renamed = renaming(name, at: place, in: text)
                    repeatedKeys[place] = name
                    guard let renamed else {
                        reportRepeatedKeys()
                        return nil
                    }
                    text = renamed
                }
            }
        }
    }

    /// Reports the keys that are known to be repeated when there is no tree to say where the other one stands.
    private mutating func reportRepeatedKeys() {
        for (place, name) in repeatedKeys {
            report(place, "", "the key \(quoted(name)) stands twice in one map", "Keep one of them.")
        }
    }

    private mutating func report(_ place: TextPlace, _ path: String, _ message: String, _ suggestion: String?) {
        diagnostics.append(
            PolicyDiagnostic(line: place.line, column: place.column, path: path, message: message, suggestion: suggestion))
    }
}

// MARK: - From the library's nodes to ours

extension PolicyDocument {
    private mutating func located(_ node: Node, path: String, depth: Int) -> LocatedNode {
        let place = TextPlace(node.mark)
        func unusable() -> LocatedNode { LocatedNode(place: place, content: .unusable) }
        guard depth < Self.depthMax else {
            report(place, path, "nested more than \(Self.depthMax) deep", nil)
            return unusable()
        }
        // An alias is the anchored node once more, so refusing anchors refuses both and the walk stays linear.
        guard node.anchor == nil else {
            if refusedAnchors.insert(place).inserted {
                report(place, path, "anchors and aliases are not used in policies", "Write the value out.")
            }
            return unusable()
        }
        guard node.hasPlainTag else {
            report(place, path, "tags such as \(quoted(node.ownTag)) are not used in policies", "Remove the tag.")
            return unusable()
        }
        switch node {
        case .scalar(let scalar):
            return LocatedNode(place: place, content: .scalar(scalar.string, isPlain: scalar.style == .plain))
        case .sequence(let sequence):
            var items: [LocatedNode] = []
            for (index, item) in sequence.enumerated() {
                items.append(located(item, path: "\(path)[\(index)]", depth: depth + 1))
            }
            return LocatedNode(place: place, content: .list(items))
        case .mapping(let mapping):
            return LocatedNode(place: place, content: .map(entries(of: mapping, path: path, depth: depth)))
        case .alias:
            report(place, path, "anchors and aliases are not used in policies", "Write the value out.")
            return unusable()
        }
    }

    private mutating func entries(of mapping: Node.Mapping, path: String, depth: Int) -> [LocatedNode.Entry] {
        var entries: [LocatedNode.Entry] = []
        var firstPlaces: [String: TextPlace] = [:]
        for (key, value) in mapping {
            let place = TextPlace(key.mark)
            guard case .scalar(let scalar) = key, key.anchor == nil, key.hasPlainTag else {
                report(place, path, "a key must be plain text", nil)
                continue
            }
            let name = repeatedKeys[place] ?? scalar.string
            if let first = firstPlaces[name] {
                let message = "the key \(quoted(name)) stands twice, first in line \(first.line)"
                report(place, path, message, "Keep one of them.")
            } else {
                firstPlaces[name] = place
            }
            // Of a key that stands twice, the last one is read on: its value may hold more to report.
            guard repeatedKeys[place] == nil else { continue }
            let inner = path.isEmpty ? shown(name) : "\(path).\(shown(name))"
            entries.append(
                LocatedNode.Entry(key: name, place: place, value: located(value, path: inner, depth: depth + 1)))
        }
        return entries
    }
}

extension Node {
    /// The tag somebody wrote; empty, or the kind's own tag, when nobody did.
    fileprivate var ownTag: String {
        switch self {
        case .scalar(let scalar): scalar.tag.rawValue
        case .sequence(let sequence): sequence.tag.rawValue
        case .mapping(let mapping): mapping.tag.rawValue
        case .alias(let alias): alias.tag.rawValue
        }
    }

    fileprivate var hasPlainTag: Bool {
        switch self {
        case .scalar: ["", Tag.Name.str.rawValue].contains(ownTag)
        case .sequence: ["", Tag.Name.seq.rawValue].contains(ownTag)
        case .mapping: ["", Tag.Name.map.rawValue].contains(ownTag)
        case .alias: true
        }
    }
}

extension TextPlace {
    fileprivate init(_ mark: Mark?) {
        self.init(line: mark?.line ?? 1, column: mark?.column ?? 1)
    }
}

// MARK: - Reading and its failures

extension PolicyDocument {
    private enum Refusal: Error {
        case unreadable(PolicyDiagnostic)
        case repeatedKey(String, TextPlace)
    }

    private static func parser(of text: String) throws(Refusal) -> Yams.Parser {
        // The basic resolver leaves every scalar a text: what is a number or a flag is decided where one is expected.
        do { return try Yams.Parser(yaml: text, resolver: .basic, constructor: .default, encoding: .utf8) } catch {
            throw refusal(error, in: text)
        }
    }

    private static func root(of parser: Yams.Parser) throws(Refusal) -> Node? {
        do { return try parser.singleRoot() } catch { throw refusal(error, in: parser.yaml) }
    }

    private static func refusal(_ error: any Error, in text: String) -> Refusal {
        switch error as? YamlError {
        case .duplicatedKeysInMapping(let names, let context):
            return .repeatedKey(names.first ?? "", TextPlace(context.mark))
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            // Where the text ends too early, the library's mark is one line below it.
            let place = min(TextPlace(mark), placeOfCharacter(text.count, in: text))
            if problem.contains("another document") {
                return unreadable(place, "a second document begins here", "Keep one policy per file.")
            }
            let around = context.map { " \($0.text) that starts in line \($0.mark.line)" } ?? ""
            return unreadable(place, problem + around, suggestion(for: problem, at: place, in: text))
        case .reader(let problem, let offset, _, _):
            return unreadable(placeOfCharacter(offset ?? 0, in: text), problem, "Save the file as plain UTF-8 text.")
        case .some(let other):
            return unreadable(.start, "\(other)", nil)
        case nil:
            return unreadable(.start, "\(error)", nil)
        }
    }

    private static func unreadable(_ place: TextPlace, _ problem: String, _ suggestion: String?) -> Refusal {
        .unreadable(
            PolicyDiagnostic(
                line: place.line, column: place.column, path: "", message: "not valid YAML: \(problem)",
                suggestion: suggestion))
    }

    private static func suggestion(for problem: String, at place: TextPlace, in text: String) -> String? {
        let scalars = Array(text.unicodeScalars)
        guard let index = index(of: place, in: scalars), index < scalars.count else { return nil }
        switch scalars[index] {
        case "\t": return "Indent with spaces, not tabs."
        case "*": return "Put a pattern that starts with '*' in quotes."
        case "@", "`", "%": return "Put the text in quotes."
        default: return problem.contains("mapping values") ? "Put a text that contains ': ' in quotes." : nil
        }
    }
}

// MARK: - Places and text

extension PolicyDocument {
    /// How many aliases the text can hold at most: `*name` where a value may begin. Quotes and comments count too, so
    /// this is never too few.
    private static func possibleAliases(in text: String) -> Int {
        func isName(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        var count = 0
        var before: (UInt8, UInt8) = (0, 0)
        for byte in text.utf8 {
            if before.1 == UInt8(ascii: "*"), isName(byte), !isName(before.0) { count += 1 }
            before = (before.1, byte)
        }
        return count
    }

    /// The text with the key at `place` replaced by a word of the same length that no policy uses, so that the YAML
    /// library, which stops at the first repeated key, reads on. Nil when the key is not written there as it reads.
    private func renaming(_ name: String, at place: TextPlace, in text: String) -> String? {
        let privateUseArea: UInt32 = 0xE000
        guard repeatedKeys.count < Self.repeatedKeysMax,
            let placeholder = Unicode.Scalar(privateUseArea + UInt32(repeatedKeys.count))
        else { return nil }
        var scalars = Array(text.unicodeScalars)
        let key = Array(name.unicodeScalars)
        guard let found = Self.index(of: place, in: scalars), found < scalars.count else { return nil }
        let start = scalars[found] == "\"" || scalars[found] == "'" ? found + 1 : found
        guard !key.isEmpty, scalars.count - start >= key.count, scalars[start..<start + key.count].elementsEqual(key) else {
            return nil
        }
        for index in start..<start + key.count { scalars[index] = placeholder }
        var renamed = String.UnicodeScalarView()
        renamed.append(contentsOf: scalars)
        return String(renamed)
    }

    private static func index(of place: TextPlace, in scalars: [Unicode.Scalar]) -> Int? {
        var line = 1
        var index = 0
        while line < place.line, index < scalars.count {
            let isFirstOfPair = scalars[index] == "\r" && index + 1 < scalars.count && scalars[index + 1] == "\n"
            if isLineBreak(scalars[index]), !isFirstOfPair { line += 1 }
            index += 1
        }
        let found = index + place.column - 1
        return line == place.line && found <= scalars.count ? found : nil
    }

    private static func placeOfCharacter(_ offset: Int, in text: String) -> TextPlace {
        var line = 1
        var column = 1
        for character in text.prefix(offset) {
            if character.unicodeScalars.contains(where: isLineBreak) {
                line += 1
                column = 1
            } else {
                column += character.unicodeScalars.count
            }
        }
        return TextPlace(line: line, column: column)
    }

    /// YAML 1.1 knows more line breaks than most editors.
    private static func isLineBreak(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\n" || scalar == "\r" || scalar == "\u{85}" || scalar == "\u{2028}" || scalar == "\u{2029}"
    }
}
