package import GatehouseCore

/// Check results as the object that answers carry: by name, each with `index`, its place in the policy, and `waived_by`, the
/// waiver for whose time it keeps nothing out.
package enum CheckAnswers {
    /// `waivers` by the name of the check.
    package static func byName(_ results: [CheckResult], waivers: [String: String] = [:]) -> [String: JSONValue] {
        var answers: [String: JSONValue] = [:]
        for (index, result) in results.enumerated() {
            guard case .object(var members) = result.json else { continue }
            members["index"] = .integer(Int64(index))
            members["waived_by"] = waivers[result.name].map { .string($0) } ?? .null
            answers[result.name] = .object(members)
        }
        return answers
    }

    /// The way back, in the policy's order. Fails with `invalidArgument` when one is not a check result.
    package static func results(_ answers: [String: JSONValue]) throws(GatehouseError) -> [CheckResult] {
        let sorted = answers.values.sorted { ($0["index"]?.integerValue ?? 0) < ($1["index"]?.integerValue ?? 0) }
        var results: [CheckResult] = []
        for answer in sorted { results.append(try CheckResult(json: answer)) }
        return results
    }

    /// The waivers by the name of the check.
    package static func waivers(_ answers: [String: JSONValue]) -> [String: String] {
        answers.compactMapValues { $0["waived_by"]?.stringValue }
    }
}
