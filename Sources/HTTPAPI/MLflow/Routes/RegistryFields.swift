import GatehouseCore
import Registry
import WireAPI

/// The fields that calls about models and versions share, refused in MLflow's words.
extension MLflowFields {
    func modelName(_ field: String = "name") throws -> ModelName {
        let text = try requiredText(field)
        guard !text.allSatisfy(\.isWhitespace) else {
            throw GatehouseError(.invalidArgument, "Missing value for required parameter '\(field)'.")
        }
        guard !text.contains("/"), !text.contains(":") else {
            throw GatehouseError(
                .invalidArgument, "Invalid model name '\(text.prefix(300))'. Names cannot contain '/' or ':'.")
        }
        guard text != ".", !text.hasPrefix("..") else {
            throw GatehouseError(
                .invalidArgument,
                "Invalid value \"\(text.prefix(300))\" for parameter 'name' supplied: Names may be treated as files in certain cases, and must not resolve to other names when treated as such."
            )
        }
        return try ModelName(text)
    }

    /// A number as text. One that no version can have is answered as a version that is not there.
    func versionNumber(of model: ModelName) throws -> VersionNumber {
        try versionNumber(requiredText("version"), of: model)
    }

    func versionNumber(_ text: String, of model: ModelName) throws -> VersionNumber {
        let digits = text.trimmingPrefix { $0 == "-" || $0 == "+" }
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), text.count - digits.count <= 1 else {
            throw GatehouseError(.invalidArgument, "Parameter 'version' must be an integer, got '\(text.prefix(100))'.")
        }
        guard let value = Int64(text), let number = try? VersionNumber(value) else {
            throw GatehouseError(.notFound, "Model Version (name=\(model), version=\(text.prefix(100))) not found")
        }
        return number
    }

    /// MLflow's four stages in any letter case.
    func stage(_ text: String) throws -> Stage {
        guard let stage = Stage.allCases.first(where: { $0.rawValue.lowercased() == text.lowercased() }) else {
            let stages = Stage.allCases.map(\.rawValue).joined(separator: ", ")
            throw GatehouseError(
                .invalidArgument, "Invalid Model Version stage: \(text.prefix(100)). Value must be one of \(stages).")
        }
        return stage
    }

    /// A tag's key: what may be a file's name for MLflow.
    func tagKey() throws -> TagKey { try tagKey(requiredText("key")) }

    func tagKey(_ text: String) throws -> TagKey {
        let shown = text.prefix(300)
        guard text.unicodeScalars.allSatisfy(Self.isNameCharacter) else {
            throw GatehouseError(
                .invalidArgument,
                "Invalid value \"\(shown)\" for parameter 'key' supplied: Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/)."
            )
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard !text.isEmpty, !parts.contains(""), !parts.contains("."), !parts.contains(".."), !text.hasPrefix("..") else {
            throw GatehouseError(
                .invalidArgument,
                "Invalid value \"\(shown)\" for parameter 'key' supplied: Names may be treated as files in certain cases, and must not resolve to other names when treated as such."
            )
        }
        guard text.unicodeScalars.count <= TagKey.charactersMax else {
            throw GatehouseError(
                .invalidArgument, "'key' exceeds the maximum length of \(TagKey.charactersMax) characters")
        }
        return try TagKey(text)
    }

    /// The tags of something that is made; of two with one key the last one counts.
    func tags() throws -> [String: String] {
        var tags: [String: String] = [:]
        for entry in try objects("tags") {
            let tag = try MLflowTag(entry)
            tags[try tagKey(tag.key).text] = tag.value
        }
        return tags
    }

    /// How many a page may hold. A number over the most is refused as it was given.
    func pageSize(default fallback: Int, max most: Int) throws -> Int {
        guard let given = try integer("max_results") else { return fallback }
        guard given <= most else { throw try invalid("max_results", value("max_results") ?? .null) }
        guard given >= 1 else {
            throw GatehouseError(
                .invalidArgument, "Invalid value for max_results. It must be a positive integer, but got \(given)")
        }
        return Int(given)
    }

    /// `[/\w.\- :]`, as Python reads it.
    private static func isNameCharacter(_ scalar: Unicode.Scalar) -> Bool {
        if "/_.- :".unicodeScalars.contains(scalar) { return true }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber:
            return true
        default: return false
        }
    }
}

extension MLflowAnswer {
    static func model(_ model: ModelSummary) -> MLflowAnswer {
        object { json in
            json.key("registered_model")
            MLflowRegisteredModel(model).write(to: &json)
        }
    }

    static func version(_ version: VersionSummary) -> MLflowAnswer {
        object { json in
            json.key("model_version")
            MLflowModelVersion(version).write(to: &json)
        }
    }
}
