package import GatehouseCore

/// An edge case that a reviewer tried: a row, and what the version under review and the champion made of it.
package struct ReviewTrial: Sendable, Equatable {
    package static let perReviewMax: Int64 = 50
    static let refusalCharactersMax = 500

    /// What one version made of the row.
    package struct Answer: Sendable, Equatable {
        package let version: VersionNumber
        /// `native lightgbm`, `endpoint http://…`; nil where the version could not be run.
        package let runner: String?
        /// As the model's own library predicts; nil where it gave no answer.
        package let outputs: [Double]?
        /// Why it gave none.
        package let refusal: String?

        init(version: VersionNumber, runner: String?, outputs: [Double]) {
            (self.version, self.runner, self.outputs, refusal) = (version, runner, outputs, nil)
        }

        init(version: VersionNumber, runner: String?, refusal: String) {
            (self.version, self.runner, outputs) = (version, runner, nil)
            self.refusal = String(refusal.prefix(ReviewTrial.refusalCharactersMax))
        }

        /// The answer where it is one number.
        package var score: Double? { outputs.flatMap { $0.count == 1 ? $0[0] : nil } }
    }

    package let id: String
    /// From 1, in the order of the review's trials.
    package let number: Int64
    package let triedAt: Timestamp
    /// By the input's name, null for a missing value; nil once it was erased.
    package let row: [String: JSONValue]?
    package let candidate: Answer
    /// Nil where no version was active in the slot.
    package let champion: Answer?
    /// A score at or above it is a positive decision; nil where the policy decides nothing by a score.
    package let threshold: Double?

    /// The candidate's score less the champion's.
    package var difference: Double? {
        guard let ours = candidate.score, let theirs = champion?.score else { return nil }
        return ours - theirs
    }

    /// Whether the answer of a version is a positive decision.
    package func decision(_ answer: Answer?) -> Bool? {
        guard let threshold, let score = answer?.score else { return nil }
        return score >= threshold
    }

    /// Whether the two versions decide differently; nil where one of them decides nothing.
    package var decisionsDiffer: Bool? {
        guard let ours = decision(candidate), let theirs = decision(champion) else { return nil }
        return ours != theirs
    }
}

// MARK: - In words

extension ReviewTrial {
    /// `2 edge cases were tried; the decision differs from the champion's in 1.`
    package static func summary(_ trials: [ReviewTrial]) -> String {
        guard !trials.isEmpty else { return "No edge case was tried here." }
        let tried = trials.count == 1 ? "1 edge case was tried" : "\(trials.count) edge cases were tried"
        let compared = trials.compactMap(\.decisionsDiffer)
        let refused = trials.count { $0.candidate.outputs == nil }
        var parts = [tried]
        if !compared.isEmpty { parts.append("the decision differs from the champion's in \(compared.count { $0 })") }
        if refused > 0 { parts.append("\(refused) got no answer") }
        return parts.joined(separator: "; ") + "."
    }

    /// `1: 0.8022, champion v1 0.1978: the decisions differ`
    var sentence: String {
        func words(_ answer: Answer) -> String {
            answer.outputs.map { $0.prefix(5).map { JSONValue.number($0).canonicalText }.joined(separator: ", ") }
                ?? "no answer: \(answer.refusal ?? "")"
        }
        var text = "\(number): \(words(candidate))"
        if let champion { text += ", champion v\(champion.version) \(words(champion))" }
        if let differ = decisionsDiffer { text += differ ? ": the decisions differ" : ": the same decision" }
        return text
    }
}

extension ReviewTrial.Answer {
    var json: JSONValue {
        .object([
            "version": .integer(version.value), "runner": runner.map { .string($0) } ?? .null,
            "outputs": outputs.map { .array($0.map { .number($0) }) } ?? .null, "refusal": refusal.map { .string($0) } ?? .null,
        ])
    }

    /// Numbers only, for the log.
    var fact: JSONValue {
        .object([
            "version": .integer(version.value), "outputs": outputs.map { .array($0.prefix(10).map { .number($0) }) } ?? .null,
        ])
    }

    /// Fails with `integrity` for what this program does not write.
    init(json: JSONValue) throws(GatehouseError) {
        guard let version = json["version"]?.integerValue else {
            throw GatehouseError(.integrity, "A trial's answer is not in the form that this program writes.")
        }
        let runner = json["runner"]?.stringValue
        if let outputs = json["outputs"]?.arrayValue {
            self.init(version: try VersionNumber(version), runner: runner, outputs: outputs.compactMap(\.doubleValue))
        } else {
            self.init(version: try VersionNumber(version), runner: runner, refusal: json["refusal"]?.stringValue ?? "")
        }
    }
}
