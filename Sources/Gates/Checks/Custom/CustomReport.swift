import GatehouseCore

/// What a command prints, a URL answers or CI posts:
/// `{"passed": true, "reason": "…", "verdict": "pass", "measurements": [{"metric": "…", "value": 1.0, …}]}`.
///
/// Read strictly. A report that is not understood, or that contradicts itself, is an error and never a pass.
enum CustomReport {
    static let measurementsMax = 1000
    static let reasonCharactersMax = 2000
    private static let known = ["passed", "verdict", "reason", "measurements"]

    static func judge(_ json: JSONValue) -> Judgement {
        do {
            return try read(json)
        } catch {
            return Judgement(
                .error,
                "The check's report is malformed: \(error.message) Expected {\"passed\": true or false, \"reason\": \"…\"}.")
        }
    }

    private static func read(_ json: JSONValue) throws(GatehouseError) -> Judgement {
        let members = try JSONMembers(json, what: "the report")
        let passed = try members.flag("passed")
        let reason = try members.text("reason")
        guard reason.contains(where: { !$0.isWhitespace }) else {
            throw members.wrong("reason", expected: "a text that says why")
        }
        let verdict = try members.optionalWord("verdict", Verdict.self) ?? (passed ? .pass : .fail)
        guard passed == (verdict == .pass) else {
            throw GatehouseError(.invalidArgument, "'passed' is \(passed) but 'verdict' is '\(verdict.rawValue)'.")
        }
        let entries = try members.list("measurements")
        guard entries.count <= measurementsMax else {
            throw members.wrong("measurements", expected: "a list of at most \(measurementsMax)")
        }
        var measurements: [Measurement] = []
        for entry in entries { measurements.append(try Measurement(json: entry)) }
        if passed, let failed = measurements.first(where: { $0.verdict == .fail }) {
            throw GatehouseError(.invalidArgument, "'passed' is true but the measurement '\(failed.metric)' failed.")
        }
        let stray = members.names.filter { !known.contains($0) }
        let warnings =
            stray.isEmpty ? [] : ["the report also holds \(stray.prefix(10).joined(separator: ", ")), which is not read"]
        return Judgement(
            verdict, String(reason.prefix(reasonCharactersMax)), measurements: measurements, warnings: warnings)
    }
}
