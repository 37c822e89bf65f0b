import GatehouseCore

/// An endpoint as a file describes it, YAML of the plain kind that policies use. What it holds is checked by whoever serves it;
/// here only its form is.
package struct EndpointFile: Sendable, Equatable {
    /// A header or a member of the first row.
    package enum Field: Sendable, Equatable {
        case header(String)
        case member(String)
    }

    package var name: String
    package var model: String
    package var environment: String?
    package var upstream: String
    package var versions: [String: String] = [:]
    package var unit: Field?
    package var segment: Field?
    package var noDefault: Bool?
    package var testers: [String] = []
    package var bodyBytesMax: Int?
    package var deadline: Duration?
    package var connectDeadline: Duration?
    package var whenChampionIsDown: String?
    package var liveStatisticsEvery: Int?
    package var accessLogEvery: Int?

    /// Fails with every finding at once, each with line and column.
    package static func parse(_ yaml: String, file: String) throws(PolicyDiagnostics) -> EndpointFile {
        guard yaml.utf8.count <= PolicyParser.policyBytesMax else {
            let message = "the file has \(yaml.utf8.count) bytes, at most \(PolicyParser.policyBytesMax) are allowed"
            throw PolicyDiagnostics(
                file: file, [PolicyDiagnostic(line: 1, column: 1, path: "", message: message)], of: "endpoint")
        }
        var document = PolicyDocument()
        let root = document.read(yaml)
        var reader = PolicyReader(diagnostics: document.diagnostics)
        var endpoint: EndpointFile?
        if let root {
            endpoint = reader.endpoint(PolicyField(path: "", key: "", keyPlace: root.place, node: root))
        }
        guard let endpoint, reader.diagnostics.isEmpty else {
            throw PolicyDiagnostics(file: file, reader.diagnostics, of: "endpoint")
        }
        return endpoint
    }
}

extension PolicyReader {
    private static let endpointKeys = [
        "endpoint", "model", "environment", "upstream", "versions", "unit", "segment", "no_default", "testers",
        "body_bytes_max", "deadline", "connect_deadline", "when_champion_is_down", "live_statistics", "access_log_every",
    ]
    private static let versionsMax = 1_000
    private static let testersMax = 100

    fileprivate mutating func endpoint(_ root: PolicyField) -> EndpointFile? {
        guard let section = section(root, keys: Self.endpointKeys) else { return nil }
        let name = required("endpoint", in: section, example: "credit")
        let model = required("model", in: section, example: "credit-risk")
        let upstream = required("upstream", in: section, example: "http://scoring:8080/{version}")
        // What is missing was reported; the rest is read for what is wrong with it.
        var endpoint = EndpointFile(name: name ?? "", model: model ?? "", upstream: upstream ?? "")
        endpoint.environment = text(section["environment"], example: "production")
        endpoint.versions = versions(section["versions"])
        endpoint.unit = requestField(section["unit"])
        endpoint.segment = requestField(section["segment"])
        endpoint.noDefault = flag(section["no_default"])
        endpoint.testers =
            texts(section["testers"], of: "digests", example: "['sha256:…']", itemsMax: Self.testersMax) ?? []
        endpoint.bodyBytesMax = integer(section["body_bytes_max"], 1...(64 << 20), example: "1048576")
        endpoint.deadline = duration(
            section["deadline"], atLeast: .milliseconds(1), atMost: .seconds(600), example: "10s")
        endpoint.connectDeadline = duration(
            section["connect_deadline"], atLeast: .milliseconds(1), atMost: .seconds(600), example: "1s")
        endpoint.whenChampionIsDown = choice(section["when_champion_is_down"], ["unavailable", "last_known_good"])
        if let live = self.section(section["live_statistics"], keys: ["every"]) {
            endpoint.liveStatisticsEvery = integer(live["every"], 1...1_000_000_000, example: "10") ?? 10
        }
        endpoint.accessLogEvery = integer(section["access_log_every"], 0...1_000_000_000, example: "100")
        return endpoint
    }

    private mutating func required(_ key: String, in section: PolicySection, example: String) -> String? {
        guard let field = section[key] else {
            report(section.place, section.path, "the key '\(key)' is missing", "Add, for example, '\(key): \(example)'.")
            return nil
        }
        return text(field, example: example)
    }

    private mutating func versions(_ field: PolicyField?) -> [String: String] {
        guard let map = map(field) else { return [:] }
        guard map.fields.count <= Self.versionsMax else {
            report(map.place, map.path, "\(map.fields.count) versions, at most \(Self.versionsMax) are allowed")
            return [:]
        }
        var versions: [String: String] = [:]
        for entry in map.fields {
            guard let number = Int64(entry.key), number >= 1, String(number) == entry.key else {
                report(
                    entry.keyPlace, map.path, "\(quoted(entry.key)) is no version number", "Write, for example, '7: http://…'.")
                continue
            }
            versions[entry.key] = text(entry, example: "http://scoring-7:8080")
        }
        return versions
    }

    /// `{header: NAME}` or `{member: NAME}`.
    private mutating func requestField(_ field: PolicyField?) -> EndpointFile.Field? {
        guard let field, let section = section(field, keys: ["header", "member"]) else { return nil }
        switch (section["header"], section["member"]) {
        case (let header?, nil): return text(header, example: "x-customer").map { .header($0) }
        case (nil, let member?): return text(member, example: "customer_id").map { .member($0) }
        case (nil, nil), (.some, .some):
            report(
                field, "expected exactly one of 'header' and 'member'",
                "Write, for example, '\(field.key): {header: x-customer}'.")
            return nil
        }
    }
}
