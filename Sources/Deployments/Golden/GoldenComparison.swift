package import GatehouseCore

/// Whether an answer is the one that was expected: objects may have more members, lists may not have more elements, numbers may
/// lie `tolerance` apart.
package enum GoldenComparison {
    /// The first difference, with its place; nil: there is none.
    package static func difference(
        _ expected: JSONValue, _ answer: JSONValue, tolerance: Double, at place: String = ""
    ) -> String? {
        switch expected {
        case .object(let members):
            guard let others = answer.objectValue else { return words(place, "an object", answer) }
            for (key, member) in members.sorted(by: { $0.key < $1.key }) {
                let inner = place.isEmpty ? key : "\(place).\(key)"
                guard let other = others[key] else { return "\(inner): absent" }
                if let found = difference(member, other, tolerance: tolerance, at: inner) { return found }
            }
            return nil
        case .array(let elements):
            guard let others = answer.arrayValue else { return words(place, "a list", answer) }
            guard others.count == elements.count else {
                return "\(named(place)): \(others.count) elements where \(elements.count) were expected"
            }
            for (index, pair) in zip(elements, others).enumerated() {
                if let found = difference(pair.0, pair.1, tolerance: tolerance, at: "\(place)[\(index)]") { return found }
            }
            return nil
        case .number, .integer: return numbers(expected, answer, tolerance, place)
        case .string, .bool, .null: return expected == answer ? nil : words(place, expected.canonicalText, answer)
        }
    }

    private static func numbers(_ expected: JSONValue, _ answer: JSONValue, _ tolerance: Double, _ place: String) -> String? {
        // Whole numbers beyond 2^53 are compared as what they are.
        if case .integer(let wanted) = expected, case .integer(let got) = answer, wanted == got { return nil }
        guard let wanted = expected.doubleValue, let got = answer.doubleValue else {
            return words(place, expected.canonicalText, answer)
        }
        let isNear = abs(wanted - got) <= tolerance
        return isNear ? nil : words(place, "\(expected.canonicalText) ± \(tolerance)", answer)
    }

    private static func words(_ place: String, _ expected: String, _ answer: JSONValue) -> String {
        "\(named(place)): \(answer.canonicalText.prefix(80)) where \(expected.prefix(80)) was expected"
    }

    private static func named(_ place: String) -> String { place.isEmpty ? "the answer" : place }
}
