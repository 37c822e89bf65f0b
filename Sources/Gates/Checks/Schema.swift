import GatehouseCore
import Rendering

/// The model's signature against the schema of the feature pipeline: what the pipeline does not deliver, the model
/// cannot read.
package struct Schema: Gate {
    package static let descriptor = GateDescriptor(
        name: "schema", summary: "The feature pipeline delivers every input of the model, with a type the model can read.",
        needs: .schema,
        parameters: [
            GateParameter(
                "pipeline", .text, "The feature pipeline, 'credit-features' or 'credit-features@7'; else the registered one."),
            GateParameter(
                "current", .choice(["live"]), "Also look at what requests really carried, as gateways saw it, in the last 7 days."
            ),
        ])

    /// How many findings a sentence names; the measurements hold them all.
    static let namedMax = 10
    private static let comparisonsMax = 100_000

    package init(_ settings: GateSettings) {}

    package func judge(_ evidence: Evidence) -> Judgement {
        switch evidence.schema {
        case .missing(let verdict, let reason): Judgement(verdict, reason)
        case .available(let schema):
            switch schema.live {
            case nil: Self.judge(schema)
            case .missing(let verdict, let reason)?: Self.together(Self.judge(schema), Judgement(verdict, reason))
            case .available(let live)?: Self.together(Self.judge(schema), Self.judge(schema.signature, live: live))
            }
        }
    }

    private static func judge(_ schema: SchemaEvidence) -> Judgement {
        let inputs = schema.signature.inputs
        guard !inputs.isEmpty else {
            return Judgement(
                .fail, "The model's signature has no inputs, so nothing can be compared with \(schema.pipelineName).")
        }
        let delivered = Dictionary(schema.pipeline.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let known = Set(inputs.map(\.name))
        let extra = schema.pipeline.filter { !known.contains($0.name) }
        // Comparing every name with every other is only worth it where people read the answer.
        let candidates = inputs.count * extra.count <= comparisonsMax ? extra.map(\.name) : []
        let findings = inputs.map { finding(for: $0, in: delivered, candidates: candidates) }
        let failures = findings.filter { $0.verdict == .fail }
        let count = Measurement(
            "inputs_satisfied", value: Double(inputs.count - failures.count), limit: .atLeast(Double(inputs.count)),
            n: inputs.count, verdict: failures.isEmpty ? .pass : .fail)
        let extras = extra.map { Measurement("extra_column", subject: $0.name, value: nil, reason: "the model does not read it") }
        let measurements = [count] + findings.compactMap(\.measurement) + extras
        let warnings = findings.compactMap(\.warning) + warning(about: extra, pipelineName: schema.pipelineName)
        guard failures.isEmpty else {
            let details = Wording.list(failures.compactMap { $0.measurement?.reason }, max: namedMax, separator: "; ")
            let reason = "\(schema.pipelineName) does not satisfy \(failures.count) of \(inputs.count) inputs: \(details)."
            return Judgement(.fail, reason, measurements: measurements, warnings: warnings)
        }
        return Judgement(
            .pass, "\(schema.pipelineName) delivers all \(inputs.count) inputs of the model with types it can read.",
            measurements: measurements, warnings: warnings)
    }

    private static func warning(about extra: [FieldSchema], pipelineName: String) -> [String] {
        guard !extra.isEmpty else { return [] }
        let names = Wording.list(extra.map { "'\($0.name)'" }, max: namedMax)
        return ["\(pipelineName) also delivers \(names), which the model does not read"]
    }
}

// MARK: - One input

extension Schema {
    private struct Finding {
        let verdict: Verdict
        /// Nil when there is nothing to say about the input.
        var measurement: Measurement?
        var warning: String?
    }

    private static func finding(
        for input: FieldSchema, in delivered: [String: FieldSchema], candidates: [String]
    ) -> Finding {
        guard let column = delivered[input.name] else { return missing(input, candidates: candidates) }
        guard input.type.accepts(column.type) else {
            return failure(
                "type_mismatch", input,
                "'\(input.name)' is \(column.type.rawValue) in the pipeline but \(input.type.rawValue) in the model")
        }
        if input.isRequired, !column.isRequired {
            return failure(
                "optional_in_pipeline", input, "'\(input.name)' is required by the model but optional in the pipeline")
        }
        guard input.type != column.type else { return Finding(verdict: .pass) }
        let words = "'\(input.name)' is widened from \(column.type.rawValue) to \(input.type.rawValue) without loss"
        return Finding(
            verdict: .pass,
            measurement: Measurement("type_widened", subject: input.name, value: nil, verdict: .pass, reason: words))
    }

    private static func missing(_ input: FieldSchema, candidates: [String]) -> Finding {
        guard input.isRequired else {
            let words = "the optional input '\(input.name)' is not delivered"
            return Finding(
                verdict: .pass,
                measurement: Measurement("missing_optional", subject: input.name, value: nil, verdict: .pass, reason: words),
                warning: words)
        }
        let near = Suggestion.nearest(to: input.name, in: candidates)
        return failure(
            "missing_feature", input, "'\(input.name)' is missing" + (near.map { " (the pipeline has '\($0)')" } ?? ""))
    }

    private static func failure(_ metric: String, _ input: FieldSchema, _ words: String) -> Finding {
        Finding(
            verdict: .fail,
            measurement: Measurement(metric, subject: input.name, value: nil, verdict: .fail, reason: words))
    }
}
