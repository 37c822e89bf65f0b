package import GatehouseCore

extension ModelCard {
    /// The card for Google's Model Card Toolkit (schema 0.0.2). What nobody stated is left out.
    package func toolkitJSON(with facts: MeasuredFacts) -> JSONValue {
        let document = CardDocument(body)
        func described(_ texts: [String]) -> JSONValue { .array(texts.map { .object(["description": .string($0)]) }) }
        func list(_ field: String) -> [String] {
            document.text(of: field).split(whereSeparator: \.isNewline).map { line in
                ["- ", "* ", "+ "].first { line.hasPrefix($0) }.map { String(line.dropFirst($0.count)) } ?? String(line)
            }
        }
        var version: [String: JSONValue] = ["name": .string(String(facts.version))]
        if let created = facts.created { version["date"] = .string(String(created.description.prefix(10))) }
        var details: [String: JSONValue] = ["name": .string(facts.model), "version": .object(version)]
        if !facts.description.isEmpty { details["overview"] = .string(facts.description) }
        if !body.isEmpty { details["documentation"] = .string(body) }
        if let license { details["licenses"] = .array([.object(["identifier": .string(license)])]) }
        let owners = list("owner")
        if !owners.isEmpty { details["owners"] = .array(owners.map { .object(["name": .string($0)]) }) }
        if let licenseLink { details["references"] = .array([.object(["reference": .string(licenseLink)])]) }

        var considerations: [String: JSONValue] = [:]
        if !knownLimitations.isEmpty { considerations["limitations"] = described(knownLimitations) }
        let uses = list("intended_use")
        if !uses.isEmpty { considerations["use_cases"] = described(uses) }

        let data = (datasets + [facts.trainingData, facts.evaluation?.dataset].compactMap { $0 })
        return .object([
            "schema_version": "0.0.2", "model_details": .object(details),
            "model_parameters": .object(["data": .array(data.map { .object(["name": .string($0)]) })]),
            "quantitative_analysis": .object(["performance_metrics": .array(facts.performanceMetrics)]),
            "considerations": .object(considerations),
        ])
    }
}

extension MeasuredFacts {
    /// The schema has no place for "not defined": a measurement without a value is left out.
    fileprivate var performanceMetrics: [JSONValue] {
        (evaluation?.results ?? []).flatMap(\.judgement.measurements).compactMap { measurement in
            guard let value = measurement.value, value.isFinite else { return nil }
            var metric: [String: JSONValue] = ["type": .string(measurement.metric), "value": .number(value)]
            if let subject = measurement.subject { metric["slice"] = .string(subject) }
            if let lower = measurement.lower, let upper = measurement.upper {
                metric["confidence_interval"] = .object([
                    "lower_bound": .number(orNull: lower), "upper_bound": .number(orNull: upper),
                ])
            }
            return .object(metric)
        }
    }
}
