import GatehouseCore

/// One difference between two policies.
package struct PolicyChange: Sendable, Equatable {
    /// What the change does to a version that wants to be promoted.
    package enum Effect: String, Sendable, CaseIterable { case looser, stricter, neutral }

    /// `gates.accuracy.min_absolute_auc`
    package let path: String
    /// Nil when the new policy adds it.
    package let old: String?
    /// Nil when the new policy drops it.
    package let new: String?
    package let effect: Effect

    package init(path: String, old: String?, new: String?, effect: Effect) {
        self.path = path
        self.old = old
        self.new = new
        self.effect = effect
    }
}

/// What changes from one policy to another, defaults included, and whether that asks for more or for less.
package enum PolicyDiff {
    package static func changes(from old: Policy, to new: Policy) -> [PolicyChange] {
        changes(at: "", from: byName(old.json), to: byName(new.json))
    }

    /// Custom checks go by their names, so that a change of order is no change.
    private static func byName(_ policy: JSONValue) -> JSONValue {
        guard case .object(var members) = policy, case .object(var gates)? = members["gates"],
            let checks = gates["custom"]?.arrayValue
        else { return policy }
        let named = checks.map { ($0["name"]?.stringValue ?? "", $0) }
        gates["custom"] = .object(Dictionary(named, uniquingKeysWith: { $1 }))
        members["gates"] = .object(gates)
        return .object(members)
    }

    private static func changes(at path: String, from old: JSONValue?, to new: JSONValue?) -> [PolicyChange] {
        if old == new { return [] }
        let (oldMembers, newMembers) = (old?.objectValue, new?.objectValue)
        // A map is compared key by key when both policies have it; checks also when only one has any.
        guard oldMembers != nil && newMembers != nil || path == "gates.custom" else {
            return [PolicyChange(path: path, old: text(old), new: text(new), effect: effect(at: path, from: old, to: new))]
        }
        return Set(oldMembers.map { Array($0.keys) } ?? []).union(newMembers.map { Array($0.keys) } ?? []).sorted().flatMap {
            changes(at: path.isEmpty ? $0 : "\(path).\($0)", from: oldMembers?[$0], to: newMembers?[$0])
        }
    }

    private static func text(_ value: JSONValue?) -> String? {
        switch value {
        case nil, .null?: nil
        case .string(let text)?: text
        case .array(let items)?: "[\(items.compactMap(text).joined(separator: ", "))]"
        case .object(let members)?:
            "{\(members.sorted { $0.key < $1.key }.map { "\($0.key): \(text($0.value) ?? "null")" }.joined(separator: ", "))}"
        case .some(let other): other.canonicalText
        }
    }
}

// MARK: - Looser or stricter

extension PolicyDiff {
    /// Words from the loosest to the strictest.
    private static let ranks: [String: [String]] = [
        "enforcement": ["off", "warn", "enforce"], "stakes": ["normal", "high"], "inconclusive": ["warn", "block"],
    ]

    private static func effect(at path: String, from old: JSONValue?, to new: JSONValue?) -> PolicyChange.Effect {
        let steps = path.split(separator: ".").map(String.init)
        guard let key = steps.last else { return .neutral }
        let isCheck = steps.first == "gates" && (steps.count == 2 || steps.count == 3 && steps[1] == "custom")
        if isCheck {
            // A check that only warns keeps nothing out, so neither does its absence let anything in.
            let enforced = [old, new].contains { $0?["enforcement"] == "block" }
            return enforced ? (old == nil ? .stricter : .looser) : .neutral
        }
        if path == "stale" { return old == nil ? .stricter : .looser }
        if path == "protected_alias" { return old == "none" ? .stricter : new == "none" ? .looser : .neutral }
        if path == "shadow" || path == "rollout" { return isPresent(new) ? .stricter : .looser }
        if steps.first == "gates", key == "enforcement" {
            return order(rank(old, ["warn", "block"]), rank(new, ["warn", "block"]))
        }
        if let words = ranks[key] { return order(rank(old, words), rank(new, words)) }
        if path == "evaluation.intersections" { return new == true ? .stricter : .looser }
        if ["evaluation.groups", "registration.require", "review.refuse_flagged"].contains(path) { return inclusion(old, new) }
        guard let strict = strictDirection(of: key, at: path) else { return .neutral }
        switch (isPresent(old), isPresent(new)) {
        case (false, true): return .stricter
        case (true, false): return .looser
        case (false, false): return .neutral
        case (true, true):
            let grows = order(magnitude(old), magnitude(new))
            return strict == .up ? grows : grows.reversed
        }
    }

    private enum Direction { case up, down }

    /// Sizes below which a check answers "inconclusive": more makes each answer surer and leaves more without one. And
    /// `min_absolute`, which is the most allowed when the metric is a loss.
    private static let undirected: Set<String> = ["min_group_size", "min_class_size", "min_rows", "min_absolute"]

    /// Which way a number gets stricter. Limits say so by their names: `min_…` grows, `max_…` and budgets shrink.
    private static func strictDirection(of key: String, at path: String) -> Direction? {
        if undirected.contains(key) { return nil }
        if path.hasPrefix("rollout.rollback_on.") { return .down }
        if path.hasPrefix("review.flag_if_faster_than.") { return .up }
        switch path {
        case "review.required", "rollout.step_min_duration", "rollout.step_min_requests", "rollout.bake": return .up
        case "review.expires", "review_by", "review_after_improvement": return .down
        default: break
        }
        if key == "noise" || key.hasPrefix("min_") { return .up }
        return key.hasPrefix("max_") || key.contains("budget") || key == "margin" ? .down : nil
    }

    private static func isPresent(_ value: JSONValue?) -> Bool { value != nil && value != .null }

    private static func rank(_ value: JSONValue?, _ words: [String]) -> Double? {
        value?.stringValue.flatMap { words.firstIndex(of: $0) }.map(Double.init)
    }

    /// A number, a duration in milliseconds or a time in milliseconds.
    private static func magnitude(_ value: JSONValue?) -> Double? {
        if let number = value?.doubleValue { return number }
        guard let text = value?.stringValue else { return nil }
        if let duration = Duration(text: text) { return Double(duration.milliseconds) }
        return (try? Timestamp(parsing: text)).map { Double($0.milliseconds) }
    }

    /// Stricter when the second is greater.
    private static func order(_ old: Double?, _ new: Double?) -> PolicyChange.Effect {
        guard let old, let new, old != new else { return .neutral }
        return new > old ? .stricter : .looser
    }

    private static func inclusion(_ old: JSONValue?, _ new: JSONValue?) -> PolicyChange.Effect {
        let before = Set(old?.arrayValue ?? [])
        let after = Set(new?.arrayValue ?? [])
        if after.isStrictSuperset(of: before) { return .stricter }
        return after.isStrictSubset(of: before) ? .looser : .neutral
    }
}

extension PolicyChange.Effect {
    fileprivate var reversed: PolicyChange.Effect {
        switch self {
        case .looser: .stricter
        case .stricter: .looser
        case .neutral: .neutral
        }
    }
}
