import GatehouseCore

// The card as Hugging Face reads it. Every text in the front matter stands in double quotes: YAML then takes nothing in it for
// a number, a date or a key.

extension ModelCard {
    package var markdown: String {
        let head = frontMatter
        return (head.isEmpty ? "" : "---\n\(head)---\n") + body + (body.hasSuffix("\n") || body.isEmpty ? "" : "\n")
    }

    /// Without the lines around it.
    private var frontMatter: String {
        var yaml = YAMLLines()
        yaml.list("language", languages)
        yaml.member("license", license)
        yaml.member("license_name", licenseName)
        yaml.member("license_link", licenseLink)
        yaml.member("library_name", libraryName)
        yaml.member("pipeline_tag", pipelineTag)
        yaml.list("tags", tags)
        yaml.list("datasets", datasets)
        yaml.list("metrics", metrics)
        yaml.list("base_model", baseModels)
        yaml.member("base_model_relation", baseModelRelation)
        if modelName != nil || !results.isEmpty {
            yaml.line(0, "model-index:")
            yaml.line(0, "- name: \(YAMLLines.quoted(modelName ?? ""))")
            yaml.line(1, results.isEmpty ? "results: []" : "results:")
            for result in results { result.write(to: &yaml) }
        }
        return yaml.text
    }
}

extension ModelCardResult {
    fileprivate func write(to yaml: inout YAMLLines) {
        // An entry needs a first member; the task is the one every entry has.
        yaml.line(1, "- task:")
        yaml.members(4, [("type", taskType ?? ""), ("name", taskName)])
        let dataset = [
            ("type", datasetType), ("name", datasetName), ("config", datasetConfig), ("split", datasetSplit),
            ("revision", datasetRevision),
        ]
        if dataset.contains(where: { $0.1 != nil }) {
            yaml.line(2, "dataset:")
            yaml.members(3, dataset)
        }
        if !metrics.isEmpty { yaml.line(2, "metrics:") }
        for metric in metrics {
            yaml.line(2, "- type: \(YAMLLines.quoted(metric.type))")
            yaml.members(3, [("name", metric.name)])
            yaml.line(3, "value: \(YAMLLines.scalar(metric.value))")
        }
        if sourceName != nil || sourceURL != nil {
            yaml.line(2, "source:")
            yaml.members(3, [("name", sourceName), ("url", sourceURL)])
        }
    }
}

/// YAML in block style, written line by line.
struct YAMLLines {
    private(set) var text = ""

    mutating func line(_ depth: Int, _ content: String) {
        text += String(repeating: "  ", count: depth) + content + "\n"
    }

    mutating func member(_ key: String, _ value: String?) { members(0, [(key, value)]) }

    mutating func members(_ depth: Int, _ members: [(String, String?)]) {
        for (key, value) in members { if let value { line(depth, "\(key): \(Self.quoted(value))") } }
    }

    mutating func list(_ key: String, _ values: [String]) {
        guard !values.isEmpty else { return }
        line(0, "\(key):")
        for value in values { line(0, "- \(Self.quoted(value))") }
    }

    static func scalar(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): quoted(text)
        case .null, .bool, .number, .integer, .array, .object: value.canonicalText
        }
    }

    /// A double-quoted scalar (YAML 1.2.2, 7.3.1). What the reader would refuse or fold is written as an escape.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case _ where needsEscape(scalar):
                let digits = String(scalar.value, radix: 16, uppercase: true)
                quoted += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
            case _: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    private static func needsEscape(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: false
        case _: true
        }
    }
}
