import GatehouseCore
import Rendering

/// The model's signature against what requests really carry: a feature that nobody sends, or in another type, breaks a
/// version that its pipeline would have fed well.
extension Schema {
    /// A type in up to so many of the values is a caller's slip, and warns; above that it is how production sends it.
    static let mistypedShareMax = 0.001

    static func judge(_ signature: ModelSignature, live: ObservedInputs) -> Judgement {
        let inputs = signature.inputs
        let seen = Dictionary(live.fields.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let known = Set(inputs.map(\.name))
        let others = live.fields.map(\.name).filter { !known.contains($0) }
        // Requests have rows, and the feature that came most often was in all of them.
        let rows = live.fields.filter { known.contains($0.name) }.map(\.total).max() ?? 0
        let findings = inputs.map { LiveFinding.of($0, seen[$0.name], rows: rows, others: others, live) }
        let failures = findings.filter { $0.verdict == .fail }
        let open = findings.filter { $0.verdict == .inconclusive }
        let good = findings.count - failures.count - open.count
        let count = Measurement(
            "live_inputs_satisfied", value: Double(good), limit: .atLeast(Double(inputs.count)), n: inputs.count,
            verdict: !failures.isEmpty ? .fail : open.isEmpty ? .pass : .inconclusive)
        let measurements = [count] + findings.compactMap(\.measurement)
        let warnings = findings.compactMap(\.warning)
        let bad = failures + open
        guard !bad.isEmpty else {
            return Judgement(
                .pass, "\(live.source) carries all \(inputs.count) inputs in types the model can read.",
                measurements: measurements, warnings: warnings)
        }
        let details = Wording.list(bad.compactMap { $0.measurement?.reason }, max: namedMax, separator: "; ")
        return Judgement(
            failures.isEmpty ? .inconclusive : .fail,
            "\(live.source) does not satisfy \(bad.count) of \(inputs.count) inputs: \(details).", measurements: measurements,
            warnings: warnings)
    }

    /// Both judgements in one: the graver verdict, and everything that was found.
    static func together(_ pipeline: Judgement, _ live: Judgement) -> Judgement {
        let order: [Verdict] = [.fail, .error, .inconclusive, .pass]
        let verdict = order.first { $0 == pipeline.verdict || $0 == live.verdict } ?? .error
        let told = [pipeline, live].filter { verdict == .pass || $0.verdict != .pass }.map(\.reason)
        return Judgement(
            verdict, told.joined(separator: " "), measurements: pipeline.measurements + live.measurements,
            warnings: pipeline.warnings + live.warnings)
    }
}

/// One input of the model in the requests that were seen.
private struct LiveFinding {
    let verdict: Verdict
    var measurement: Measurement?
    var warning: String?

    static func of(
        _ input: FieldSchema, _ seen: ObservedInput?, rows: Int, others: [String], _ live: ObservedInputs
    ) -> LiveFinding {
        guard let seen, seen.total > 0 else { return missing(input, others: others, live) }
        let values = seen.total - seen.null
        let mistyped = values - seen.readable(as: input.type)
        let share = values > 0 ? Double(mistyped) / Double(values) : 0
        if share > Schema.mistypedShareMax {
            let kinds = seen.kinds(except: input.type)
            let words =
                "'\(input.name)' is \(input.type.rawValue) in the model, and \(Wording.percent(share)) of \(Wording.grouped(values)) values were \(kinds)"
            return failure("live_type_mismatch", input, share: share, of: values, words)
        }
        let absent = rows > 0 ? 1 - Double(seen.total) / Double(rows) : 0
        if input.isRequired, absent > Schema.mistypedShareMax {
            let words = "'\(input.name)' is missing in \(Wording.percent(absent)) of the rows"
            return failure("live_missing_share", input, share: absent, of: rows, words)
        }
        let slip = "\(Wording.grouped(mistyped)) values of '\(input.name)' were \(seen.kinds(except: input.type))"
        return LiveFinding(verdict: .pass, warning: mistyped > 0 ? slip : nil)
    }

    private static func missing(_ input: FieldSchema, others: [String], _ live: ObservedInputs) -> LiveFinding {
        guard input.isRequired else {
            return LiveFinding(verdict: .pass, warning: "no request carries the optional input '\(input.name)'")
        }
        // Beyond so many names none is kept, so its absence shows nothing.
        guard live.unnamed == 0 else {
            let words = "'\(input.name)' is not among the names that gateways keep; requests carry more than those"
            return LiveFinding(
                verdict: .inconclusive,
                measurement: Measurement(
                    "live_missing_feature", subject: input.name, value: nil, verdict: .inconclusive, reason: words))
        }
        let near = Suggestion.nearest(to: input.name, in: others).map { " (requests have '\($0)')" } ?? ""
        return LiveFinding(
            verdict: .fail,
            measurement: Measurement(
                "live_missing_feature", subject: input.name, value: nil, n: live.requests, verdict: .fail,
                reason: "no request carries '\(input.name)'\(near)"))
    }

    private static func failure(
        _ metric: String, _ input: FieldSchema, share: Double, of n: Int, _ words: String
    ) -> LiveFinding {
        LiveFinding(
            verdict: .fail,
            measurement: Measurement(
                metric, subject: input.name, value: share, limit: .atMost(Schema.mistypedShareMax), n: n, verdict: .fail,
                reason: words))
    }
}

extension ObservedInput {
    /// Values that the model can read as this type. A missing value is of no type.
    fileprivate func readable(as type: FieldType) -> Int {
        switch type {
        case .boolean: boolean
        case .integer, .long: integer + boolean
        case .float, .double: integer + number + boolean
        case .string, .binary: text
        // As ISO 8601, or as a number of seconds or less.
        case .datetime: text + integer
        }
    }

    fileprivate func kinds(except type: FieldType) -> String {
        let all: [(String, Int)] = [
            ("integers", integer), ("numbers", number), ("booleans", boolean), ("texts", text), ("lists or objects", nested),
        ]
        let readable: Set<String> =
            switch type {
            case .boolean: ["booleans"]
            case .integer, .long: ["integers", "booleans"]
            case .float, .double: ["integers", "numbers", "booleans"]
            case .string, .binary: ["texts"]
            case .datetime: ["texts", "integers"]
            }
        return Wording.list(all.filter { $0.1 > 0 && !readable.contains($0.0) }.map(\.0), separator: " or ")
    }
}
