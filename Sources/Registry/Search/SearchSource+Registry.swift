import GatehouseCore
package import Storage

extension SearchFilter {
    /// The tag that makes a registered model a prompt.
    package static let promptTag = "mlflow.prompt.is_prompt"

    /// Prompts are registered models too, and a search does not find them unless it asks for them: a condition on their tag
    /// that says anything else counts as "no prompts".
    var asksForPrompts: Bool {
        let first = comparisons.first { $0.subject == .tag(Self.promptTag) }
        guard let first, case .text(let value) = first.operand else { return false }
        return first.comparator == .equal && value.lowercased() == "true"
            || first.comparator == .notEqual && value.lowercased() == "false"
    }

    var withoutPromptTag: SearchFilter { SearchFilter(comparisons.filter { $0.subject != .tag(Self.promptTag) }) }
}

extension SQLTransaction {
    /// A page of registered models with all that MLflow's answer holds.
    package func searchModels(_ request: SearchRequest) throws -> SearchPage<ModelSummary> {
        let asksForPrompts = request.filter.asksForPrompts
        let page = try search(
            asksForPrompts ? request : request.narrowed(to: request.filter.withoutPromptTag),
            in: .registeredModels(withPrompts: asksForPrompts), ModelSummary.init)
        return try page.map { try complete($0) }
    }

    /// A page of versions with their tags. Aliases are not part of MLflow's answer.
    package func searchVersions(_ request: SearchRequest) throws -> SearchPage<VersionSummary> {
        let asksForPrompts = request.filter.asksForPrompts
        let page = try search(
            asksForPrompts ? request : request.narrowed(to: request.filter.withoutPromptTag),
            in: .modelVersions(withPrompts: asksForPrompts), VersionSummary.init)
        return try page.map { try withTagsAndAliases($0, aliases: false) }
    }
}

extension SearchSource {
    static func registeredModels(withPrompts: Bool) -> SearchSource {
        let prompts: SQLStatement = """
            AND NOT EXISTS (SELECT 1 FROM model_tag p WHERE p.model = m.name AND p.key = \(SearchFilter.promptTag)
                AND p.value = \("true"))
            """
        return SearchSource(
            select: ModelSummary.columns, from: "registered_model m",
            scope: "m.deleted_at IS NULL \(withPrompts ? "" : prompts)",
            columns: SearchColumns(
                properties: ["name": .init("m.name"), "last_updated_timestamp": .init("m.updated_at")],
                tags: .init(table: "model_tag e", owner: "e.model = m.name", key: "e.key")))
    }

    /// A prompt is known by the tag of any of its versions, as in MLflow.
    static func modelVersions(withPrompts: Bool) -> SearchSource {
        let prompts: SQLStatement = """
            AND NOT EXISTS (SELECT 1 FROM version_tag p JOIN model_version w ON w.model = p.model AND w.number = p.version
                WHERE p.model = v.model AND p.key = \(SearchFilter.promptTag) AND p.value = \("true") AND w.deleted_at IS NULL)
            """
        return SearchSource(
            select: VersionSummary.columns, from: "model_version v",
            scope: "v.deleted_at IS NULL \(withPrompts ? "" : prompts)",
            columns: SearchColumns(
                properties: [
                    "name": .init("v.model"), "version_number": .init("v.number"),
                    "run_id": .init("v.run_id", isRequired: false, countsAbsentAsEmpty: true),
                    "source_path": .init("v.source"), "creation_timestamp": .init("v.created_at"),
                    "last_updated_timestamp": .init("v.updated_at"),
                ],
                tags: .init(table: "version_tag e", owner: "e.model = v.model AND e.version = v.number", key: "e.key")))
    }
}
