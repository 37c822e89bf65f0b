package import GatehouseCore

// The form in which check results are stored, sent and printed. Numbers keep full precision; what is missing is null.

extension Measurement {
    package var json: JSONValue {
        .object([
            "metric": .string(metric), "subject": .text(orNull: subject), "value": .number(orNull: value),
            "lower": .number(orNull: lower), "upper": .number(orNull: upper), "limit": limit?.json ?? .null,
            "n": n.map { .integer(Int64($0)) } ?? .null, "verdict": .text(orNull: verdict?.rawValue),
            "reason": .text(orNull: reason),
        ])
    }

    /// Fails with `invalidArgument` naming the member that is missing or of the wrong type.
    package init(json: JSONValue) throws(GatehouseError) {
        let members = try JSONMembers(json, what: "a measurement")
        self.init(
            try members.text("metric"), subject: try members.optionalText("subject"), value: try members.optionalNumber("value"),
            lower: try members.optionalNumber("lower"), upper: try members.optionalNumber("upper"),
            limit: try members.optional("limit").map { (value) throws(GatehouseError) in try Limit(json: value) },
            n: try members.optionalCount("n"), verdict: try members.optionalWord("verdict", Verdict.self),
            reason: try members.optionalText("reason"))
    }
}

extension Measurement.Limit {
    package var json: JSONValue {
        switch self {
        case .atLeast(let value): .object(["at_least": .number(orNull: value)])
        case .atMost(let value): .object(["at_most": .number(orNull: value)])
        }
    }

    package init(json: JSONValue) throws(GatehouseError) {
        switch (json["at_least"]?.doubleValue, json["at_most"]?.doubleValue) {
        case (let least?, nil): self = .atLeast(least)
        case (nil, let most?): self = .atMost(most)
        case (nil, nil), (.some, .some):
            throw GatehouseError(
                .invalidArgument, "A limit is {\"at_least\": number} or {\"at_most\": number}.",
                hint: "Write, for example, \"limit\": {\"at_most\": 0.05}.")
        }
    }
}

extension CheckResult {
    package var json: JSONValue {
        .object(
            judgement.members.merging([
                "name": .string(name), "gate": .string(gate), "enforcement": .string(enforcement.rawValue),
                "inconclusive_blocks": .bool(inconclusiveBlocks), "duration_ms": .integer(durationMilliseconds),
                "inputs": .object(inputs.mapValues { .string($0.description) }),
            ]) { $1 })
    }

    /// Fails with `invalidArgument` naming the member that is missing or of the wrong type.
    package init(json: JSONValue) throws(GatehouseError) {
        let members = try JSONMembers(json, what: "a check result")
        var inputs: [String: Digest] = [:]
        for (kind, value) in json["inputs"]?.objectValue ?? [:] {
            inputs[kind] = try Digest(parsing: value.stringValue ?? "")
        }
        self.init(
            name: try members.text("name"), gate: try members.text("gate"),
            enforcement: try members.word("enforcement", CheckEnforcement.self),
            inconclusiveBlocks: try members.flag("inconclusive_blocks"), judgement: try Judgement(json: json),
            durationMilliseconds: try members.integer("duration_ms"), inputs: inputs)
    }
}

extension Judgement {
    package var json: JSONValue { .object(members) }

    fileprivate var members: [String: JSONValue] {
        var members: [String: JSONValue] = [
            "verdict": .string(verdict.rawValue), "passed": .bool(verdict == .pass), "reason": .string(reason),
            "measurements": .array(measurements.map(\.json)), "warnings": .array(warnings.map { .string($0) }),
        ]
        // Absent where there is none: results of before keep their bytes, and so their digest.
        if !calibration.isEmpty { members["calibration"] = .array(calibration.map(\.json)) }
        return members
    }

    /// Fails with `invalidArgument` naming the member that is missing or of the wrong type.
    package init(json: JSONValue) throws(GatehouseError) {
        let members = try JSONMembers(json, what: "a judgement")
        var measurements: [Measurement] = []
        for entry in try members.list("measurements") { measurements.append(try Measurement(json: entry)) }
        var warnings: [String] = []
        for entry in try members.list("warnings") {
            guard let warning = entry.stringValue else { throw members.wrong("warnings", expected: "a list of texts") }
            warnings.append(warning)
        }
        var calibration: [CalibrationCurve] = []
        for entry in try members.list("calibration") { calibration.append(try CalibrationCurve(json: entry)) }
        self.init(
            try members.word("verdict", Verdict.self), try members.text("reason"), measurements: measurements,
            warnings: warnings, calibration: calibration)
    }
}

extension JSONValue {
    fileprivate static func text(orNull text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
}
