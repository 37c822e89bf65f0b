package import GatehouseCore
import Scoring
import Statistics

/// The inputs of a version under review as somebody can fill them in, with what is usual for each.
package struct TrialForm: Sendable, Equatable {
    package static let fieldsMax = 1000
    package static let valueBytesMax = 1000
    /// Of all values together, as canonical JSON.
    package static let rowBytesMax = 60_000
    /// Of a row on its way: texts may be escaped there.
    package static let bodyBytesMax = 4 * rowBytesMax
    /// Mistakes that are named; the others can wait until these are corrected.
    private static let problemsMax = 20

    package struct Field: Sendable, Equatable {
        package let name: String
        package let type: FieldType
        package let isRequired: Bool
        /// The version under review does not read it, only the champion does.
        package let isChampionsOnly: Bool
        /// A median or the most frequent value; null where none is known.
        package var usual: JSONValue = .null
    }

    package var fields: [Field]
    /// Where the usual values are from: `the training data`, `credit-holdout@3`; nil where none is known.
    package var usualFrom: String?
}

/// What a panel of trials can offer: a form, or the reason why there is none.
package enum TrialOffer: Sendable, Equatable {
    case form(TrialForm)
    /// A sentence.
    case impossible(because: String)
}

/// A row to try.
package enum TrialInput: Sendable {
    /// A value for every field; null is a missing one.
    case values([String: JSONValue])
    /// As it was typed, by the field's name; nothing typed is a missing value.
    case typed([String: String])
}

// MARK: - Reading a row

extension TrialForm {
    /// A value per field, as the field's type holds it. Fails with `invalidArgument` naming every field that is unknown, is
    /// not given or is not of its type, and with `tooLarge`.
    func row(_ input: TrialInput) throws(GatehouseError) -> [String: JSONValue] {
        let given: [String: JSONValue]
        switch input {
        case .values(let values): given = values
        case .typed(let texts):
            given = Dictionary(
                texts.map { name, text in (name, fields.first { $0.name == name }?.value(typed: text) ?? .string(text)) },
                uniquingKeysWith: { first, _ in first })
        }
        var problems = unknown(given.keys.sorted())
        var row: [String: JSONValue] = [:]
        for field in fields {
            guard let value = given[field.name] else {
                problems.append("'\(field.name)' is not given; null stands for a missing value")
                continue
            }
            guard value.canonicalText.utf8.count <= Self.valueBytesMax else {
                problems.append("the value of '\(field.name)' is longer than \(Self.valueBytesMax) bytes")
                continue
            }
            guard let held = field.held(value) else {
                problems.append("'\(field.name)' must be \(field.type.words), not \(value.canonicalText.prefix(40))")
                continue
            }
            row[field.name] = held
        }
        guard problems.isEmpty else {
            throw GatehouseError(
                .invalidArgument, "The row does not fit the inputs: \(problems[0]).",
                hint: "Nothing was tried. Correct the row and send it again.", details: Array(problems.prefix(Self.problemsMax)))
        }
        guard JSONValue.object(row).canonicalBytes.count <= Self.rowBytesMax else {
            throw GatehouseError(.tooLarge, "The row is longer than \(Self.rowBytesMax) bytes.", hint: "Shorten its texts.")
        }
        return row
    }

    private func unknown(_ names: [String]) -> [String] {
        let known = fields.map(\.name)
        return names.filter { !known.contains($0) }.prefix(Self.problemsMax).map { name in
            "there is no input '\(name.prefix(80))'"
                + (Suggestion.nearest(to: name, in: known).map { "; did you mean '\($0)'?" } ?? "")
        }
    }

    /// The row as an evaluation would have read it from a file. `textColumns` are those that the model knows as text.
    func table(_ row: [String: JSONValue], textColumns: Set<String>) -> Table {
        Table(
            rowCount: 1,
            columns: fields.map { field in
                let value = row[field.name] ?? .null
                return TableColumn(
                    name: field.name,
                    values: field.type.isText || textColumns.contains(field.name) ? Self.text(value) : Self.number(value))
            })
    }

    private static func text(_ value: JSONValue) -> TableColumn.Values {
        switch value {
        case .null: .categorical(codes: [-1], categories: [])
        case .string(let text): .categorical(codes: [0], categories: [text])
        case .bool, .number, .integer, .array, .object: .categorical(codes: [0], categories: [value.canonicalText])
        }
    }

    private static func number(_ value: JSONValue) -> TableColumn.Values {
        .numeric([value.boolValue.map { $0 ? 1 : 0 } ?? value.doubleValue ?? .nan])
    }
}

extension TrialForm.Field {
    /// What a text stands for: nothing typed for a missing value, else a number, `true`, `false` or the text itself.
    func value(typed text: String) -> JSONValue {
        guard !text.isEmpty else { return .null }
        if type.isText { return .string(text) }
        // JSON writes neither a plus sign nor a bare point.
        return (try? JSONParser.parse(text)) ?? .string(text)
    }

    /// The value as the type holds it; nil when it cannot.
    fileprivate func held(_ value: JSONValue) -> JSONValue? {
        if value == .null { return value }
        switch type {
        case .boolean:
            switch value.integerValue {
            case 0?: return .bool(false)
            case 1?: return .bool(true)
            default: return value.boolValue.map { .bool($0) }
            }
        case .integer: return value.integerValue.flatMap { Int32(exactly: $0) }.map { .integer(Int64($0)) }
        case .long: return value.integerValue.map { .integer($0) }
        case .float, .double: return value.doubleValue.flatMap { $0.isFinite ? .number($0) : nil }
        case .string, .datetime: return value.stringValue.map { .string($0) }
        case .binary: return nil
        }
    }
}

extension FieldType {
    var isText: Bool {
        switch self {
        case .string, .datetime, .binary: true
        case .boolean, .integer, .long, .float, .double: false
        }
    }

    /// What to write into a field of this type: `a whole number`.
    package var words: String {
        switch self {
        case .boolean: "true or false"
        case .integer, .long: "a whole number"
        case .float, .double: "a number"
        case .string: "text"
        case .datetime: "a date and time"
        case .binary: "bytes"
        }
    }
}

// MARK: - What is usual

extension TrialForm {
    /// The same form with the usual values that statistics of its inputs tell; `from` names what they were computed on.
    func usual(_ statistics: FeatureStatistics, from: String) -> TrialForm {
        let profiles = Dictionary(statistics.features.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var form = self
        form.fields = fields.map { field in
            var field = field
            field.usual = profiles[field.name].flatMap { field.held($0.usual(for: field.type)) } ?? .null
            return field
        }
        form.usualFrom = form.fields.contains { $0.usual != .null } ? from : nil
        return form
    }
}

extension FeatureProfile {
    /// Half of the rows lie below a median; edges are deciles, whose counts are even only about that much.
    private static let middle = 0.55

    /// A category is offered when it stands for many: a name or an address of somebody's training data is nobody's usual value.
    private static let categoryRowsMin = 5
    private static let categoryShareMin = 0.05

    /// The median, to a decile, or the most frequent category, the first by name among equals; null where none is frequent.
    fileprivate func usual(for type: FieldType) -> JSONValue {
        switch buckets {
        case .numeric(let edges, let counts):
            var below = 0
            for (edge, count) in zip(edges, counts) {
                below += count
                guard Double(below) > Self.middle * Double(self.count) else { continue }
                switch type {
                case .boolean, .integer, .long: return .number(edge.rounded(.down))
                case .float, .double: return .number(edge)
                case .string, .datetime, .binary: return .string(JSONValue.number(edge).canonicalText)
                }
            }
            return .null
        case .categorical(let counts):
            let most = counts.filter { $0.key != FeatureStatistics.otherCategories }
                .max { ($0.value, $1.key) < ($1.value, $0.key) }
            guard let most, most.value >= Self.categoryRowsMin,
                Double(most.value) >= Self.categoryShareMin * Double(self.count)
            else { return .null }
            return .string(most.key)
        }
    }
}

// MARK: - As JSON

extension TrialOffer {
    var json: JSONValue {
        switch self {
        case .impossible(let because): .object(["impossible": .string(because)])
        case .form(let form):
            .object([
                "usual_from": form.usualFrom.map { .string($0) } ?? .null,
                "fields": .array(
                    form.fields.map { field in
                        .object([
                            "name": .string(field.name), "type": .string(field.type.rawValue),
                            "required": .bool(field.isRequired), "champions_only": .bool(field.isChampionsOnly),
                            "usual": field.usual,
                        ])
                    }),
            ])
        }
    }

    /// Fails with `integrity` for what this program does not write.
    init(json: JSONValue) throws(GatehouseError) {
        if let because = json["impossible"]?.stringValue {
            self = .impossible(because: because)
            return
        }
        let entries = json["fields"]?.arrayValue ?? []
        let fields = entries.compactMap { entry -> TrialForm.Field? in
            guard let name = entry["name"]?.stringValue, let type = entry["type"]?.stringValue.flatMap(FieldType.init(rawValue:)),
                let isRequired = entry["required"]?.boolValue, let isChampionsOnly = entry["champions_only"]?.boolValue
            else { return nil }
            return TrialForm.Field(
                name: name, type: type, isRequired: isRequired, isChampionsOnly: isChampionsOnly, usual: entry["usual"] ?? .null)
        }
        guard !fields.isEmpty, fields.count == entries.count else {
            throw GatehouseError(.integrity, "A form of trials is not in the form that this program writes.")
        }
        self = .form(TrialForm(fields: fields, usualFrom: json["usual_from"]?.stringValue))
    }
}
