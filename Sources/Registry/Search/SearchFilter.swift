package import GatehouseCore

/// The conditions of a search, all of which must hold, read from MLflow's filter text: `metrics.auc > 0.8 AND tags.team = 'x'`.
package struct SearchFilter: Sendable, Hashable {
    package static let textBytesMax = 100_000
    package static let comparisonsMax = 100
    package static let listEntriesMax = 1000
    /// SQLite gives up on longer patterns.
    package static let patternBytesMax = 10_000

    package let comparisons: [SearchComparison]

    package init(_ comparisons: [SearchComparison]) { self.comparisons = comparisons }

    /// Reads a filter; the empty text has no conditions. Fails with `invalidArgument` in MLflow's own words.
    package static func parse(_ text: String, for entity: SearchEntity) throws(GatehouseError) -> SearchFilter {
        guard !text.isEmpty else { return SearchFilter([]) }
        guard text.utf8.count <= textBytesMax else {
            throw GatehouseError(
                .invalidArgument, "The filter has \(text.utf8.count) bytes; \(textBytesMax) are allowed.",
                hint: "Ask for less at once.")
        }
        let tokens = SearchLexer.tokens(text)
        guard !tokens.isEmpty else {
            throw GatehouseError(.invalidArgument, "Invalid filter '\(text.prefix(200))'. Could not be parsed.")
        }
        var parser = SearchFilterParser(entity: entity, text: text, tokens: tokens)
        return SearchFilter(try parser.comparisons())
    }
}

/// Reads comparisons from tokens. Like MLflow it takes an `AND` too few or too many.
private struct SearchFilterParser {
    let entity: SearchEntity
    let text: String
    let tokens: [SearchToken]
    private var position = 0

    init(entity: SearchEntity, text: String, tokens: [SearchToken]) {
        self.entity = entity
        self.text = text
        self.tokens = tokens
    }

    mutating func comparisons() throws(GatehouseError) -> [SearchComparison] {
        var comparisons: [SearchComparison] = []
        while position < tokens.count {
            if tokens[position].isKeyword("AND") {
                position += 1
                continue
            }
            guard comparisons.count < SearchFilter.comparisonsMax else {
                throw GatehouseError(
                    .invalidArgument, "A filter has at most \(SearchFilter.comparisonsMax) comparisons.",
                    hint: "Use IN with a list of values.")
            }
            comparisons.append(try comparison())
        }
        return comparisons
    }

    private mutating func comparison() throws(GatehouseError) -> SearchComparison {
        let start = position
        let key = tokens[position]
        position += 1
        guard let comparator = comparator() else { throw invalidClause(from: start) }
        guard key.kind == .word, !key.isKeyword("OR"), !key.isKeyword("NOT") else {
            throw GatehouseError(
                .invalidArgument, "Invalid comparison clause. Expected 'Identifier' found '\(key.raw.prefix(200))'",
                hint: "Write the key first, and in back-ticks when it has other characters than letters, digits, '_' and '.'.")
        }
        let subject = try SearchKey(key.raw).subject(in: entity)
        if comparator == SearchComparator.isAbsent.rawValue || comparator == SearchComparator.isPresent.rawValue {
            return SearchComparison(subject.subject, try allowed(comparator, subject))
        }
        let operand = try operand(of: subject, from: start)
        return SearchComparison(subject.subject, try allowed(comparator, subject), try checked(operand, comparator))
    }

    /// The comparator at the place, in upper case; whether the grammar knows it is found out later.
    private mutating func comparator() -> String? {
        guard position < tokens.count else { return nil }
        let token = tokens[position]
        if token.kind == .comparator {
            position += 1
            return token.raw
        }
        if take(["IS", "NOT", "NULL"]) { return SearchComparator.isPresent.rawValue }
        if take(["IS", "NULL"]) { return SearchComparator.isAbsent.rawValue }
        for word in ["IN", "LIKE", "ILIKE", "RLIKE"] {
            if take(["NOT", word]) { return "NOT \(word)" }
            if take([word]) { return word }
        }
        return nil
    }

    private mutating func take(_ words: [String]) -> Bool {
        guard position + words.count <= tokens.count else { return false }
        for (offset, word) in words.enumerated() where !tokens[position + offset].isKeyword(word) { return false }
        position += words.count
        return true
    }

    private func allowed(_ text: String, _ key: ResolvedSearchKey) throws(GatehouseError) -> SearchComparator {
        let allowed = entity.comparators(key.kind, key.attribute)
        if let comparator = SearchComparator(rawValue: text), allowed.contains(comparator) { return comparator }
        if text.hasSuffix("NULL") {
            throw GatehouseError(
                .invalidArgument,
                "IS NULL / IS NOT NULL is only supported for tags and params, not for '\(key.kind)' '\(key.key)'")
        }
        throw GatehouseError(
            .invalidArgument,
            "Invalid comparator '\(text)' not one of '{\(allowed.map { "'\($0.rawValue)'" }.joined(separator: ", "))}'")
    }

    // MARK: - Values

    private mutating func operand(of key: ResolvedSearchKey, from start: Int) throws(GatehouseError) -> SearchOperand {
        guard position < tokens.count else { throw invalidClause(from: start) }
        let token = tokens[position]
        let isValue = [.word, .text, .integer, .decimal, .open].contains(token.kind)
        guard isValue else { throw invalidClause(from: start) }
        if token.kind == .open {
            guard entity.comparators(key.kind, key.attribute).contains(.oneOf) else { throw listRefused(key) }
            let texts = try list()
            guard key.attribute?.values == .identifier else { return .texts(texts) }
            var integers: [Int64] = []
            for text in texts { integers.append(try Self.identifier(text)) }
            return .integers(integers)
        }
        position += 1
        switch key.attribute?.values {
        case .number: return try number(token, "numeric attribute: \(key.key)")
        case .wholeNumber:
            guard case .integer(let integer) = try number(token, "numeric attribute: \(key.key)") else {
                throw notWhole(key, token.raw)
            }
            return .integer(integer)
        case .quotableNumber:
            guard token.kind != .word || token.quoted != nil else { throw notQuoted(key, token) }
            guard let integer = Int64(token.quoted ?? token.raw) else { throw notWhole(key, token.quoted ?? token.raw) }
            return .integer(integer)
        case .identifier: return .integer(try Self.identifier(quoted(token, key)))
        case .text: return .text(try quoted(token, key))
        case nil:
            if key.kind == .metric { return try number(token, "metric") }
            return .text(try quoted(token, key))
        }
    }

    private static func identifier(_ text: String) throws(GatehouseError) -> Int64 {
        guard let id = Int64(text) else {
            throw GatehouseError(.invalidArgument, "Invalid experiment ID '\(text.prefix(80))'; it is a whole number.")
        }
        return id
    }

    private func number(_ token: SearchToken, _ what: String) throws(GatehouseError) -> SearchOperand {
        if token.kind == .integer, let integer = Int64(token.raw) { return .integer(integer) }
        if token.kind == .integer || token.kind == .decimal, let number = Double(token.raw) { return .number(number) }
        throw GatehouseError(.invalidArgument, "Expected numeric value type for \(what). Found \(token.raw.prefix(200))")
    }

    /// Logged models take a bare value for what it says; everything else wants quotes.
    private func quoted(_ token: SearchToken, _ key: ResolvedSearchKey) throws(GatehouseError) -> String {
        if let text = token.quoted { return text }
        if entity == .loggedModels { return token.raw }
        throw notQuoted(key, token)
    }

    /// `('a', "b")`; texts side by side are one, as in Python.
    private mutating func list() throws(GatehouseError) -> [String] {
        position += 1
        var texts: [String] = []
        var current: String?
        while position < tokens.count {
            let token = tokens[position]
            position += 1
            switch token.kind {
            case .close:
                if let current { texts.append(current) }
                guard !texts.isEmpty else { throw Self.badList("expected a non-empty list of string values, but got empty list") }
                return texts
            case .comma:
                guard let text = current else { throw Self.illFormedList }
                texts.append(text)
                current = nil
            case .text, .word:
                guard let text = token.quoted else { throw Self.illFormedList }
                current = (current ?? "") + text
            case .integer, .decimal: throw Self.badList("expected string value, but got \(token.raw.prefix(80))")
            case .comparator, .open, .other: throw Self.illFormedList
            }
            guard texts.count < SearchFilter.listEntriesMax else {
                throw GatehouseError(
                    .invalidArgument, "A list in a filter has at most \(SearchFilter.listEntriesMax) values.",
                    hint: "Ask in several searches.")
            }
        }
        throw Self.illFormedList
    }

    private func checked(_ operand: SearchOperand, _ comparator: String) throws(GatehouseError) -> SearchOperand {
        let isList = comparator == SearchComparator.oneOf.rawValue || comparator == SearchComparator.noneOf.rawValue
        switch operand {
        case .texts, .integers:
            guard isList else {
                throw GatehouseError(.invalidArgument, "A list stands behind IN or NOT IN, not behind '\(comparator)'.")
            }
        case .text(let text):
            guard !isList else { throw Self.illFormedList }
            guard !comparator.hasSuffix("LIKE") || text.utf8.count <= SearchFilter.patternBytesMax else {
                throw GatehouseError(
                    .invalidArgument, "A pattern has at most \(SearchFilter.patternBytesMax) bytes, not \(text.utf8.count).")
            }
        case .integer, .number, .nothing:
            guard !isList else { throw Self.illFormedList }
        }
        return operand
    }

    // MARK: - Words

    private func invalidClause(from start: Int) -> GatehouseError {
        var end = start
        while end < tokens.count, !tokens[end].isKeyword("AND"), end - start < 8 { end += 1 }
        let isKeyword = tokens[start].isKeyword("OR") || tokens[start].isKeyword("NOT")
        let raws = tokens[start..<(isKeyword ? start + 1 : max(end, start + 1))].map { String($0.raw.prefix(80)) }
        if raws.first == ";", start + 1 < tokens.count {
            return GatehouseError(
                .invalidArgument,
                "Search filter contained multiple expression '\(text.prefix(200))'. Provide AND-ed expression list.")
        }
        let hint = "Comparisons such as name = 'x' joined by AND; OR and parentheses are not part of the grammar."
        switch entity {
        case .runs:
            let shown = raws.map { "'\($0)'" }.joined(separator: ", ")
            return GatehouseError(.invalidArgument, "Invalid clause(s) in filter string: \(shown)", hint: hint)
        case .experiments, .registeredModels, .modelVersions:
            return GatehouseError(
                .invalidArgument, "Invalid clause(s) in filter string: \(raws.joined(separator: ", "))", hint: hint)
        case .loggedModels:
            return GatehouseError(
                .invalidArgument,
                "Invalid filter string: '\(text.prefix(200))'. Expected a list of comparisons separated by 'AND' (e.g. 'metrics.loss > 0.1 AND params.lr = 0.01').",
                hint: "Not understood: \(raws.joined(separator: " "))")
        }
    }

    private func notQuoted(_ key: ResolvedSearchKey, _ token: SearchToken) -> GatehouseError {
        if token.kind == .word {
            return GatehouseError(
                .invalidArgument,
                "Parameter value is either not quoted or unidentified quote types used for string value \(token.raw.prefix(200)). Use either single or double quotes."
            )
        }
        let what = key.kind == .attribute ? "attributes" : key.kind.rawValue
        return GatehouseError(
            .invalidArgument, "Expected a quoted string value for \(what) (e.g. 'my-value'). Got value \(token.raw.prefix(200))")
    }

    private func notWhole(_ key: ResolvedSearchKey, _ value: String) -> GatehouseError {
        GatehouseError(.invalidArgument, "Invalid value for numeric attribute '\(key.key)': '\(value.prefix(80))'")
    }

    private func listRefused(_ key: ResolvedSearchKey) -> GatehouseError {
        guard key.kind == .attribute else {
            return GatehouseError(
                .invalidArgument, "Expected a quoted string value for \(key.kind.rawValue) (e.g. 'my-value'). Got a list.")
        }
        let names = entity.attributes.filter { $0.value.takesList }.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
        return GatehouseError(
            .invalidArgument, "Only [\(names)] attributes support comparison with a list of quoted string values.")
    }

    private static var illFormedList: GatehouseError {
        badList("expected a non-empty list of string values, but got ill-formed list.")
    }

    private static func badList(_ what: String) -> GatehouseError {
        GatehouseError(.invalidArgument, "While parsing a list in the query, \(what)")
    }
}
