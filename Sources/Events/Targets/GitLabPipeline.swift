import GatehouseCore

/// Runs a pipeline in GitLab, by the pipeline trigger API. What happened is in its variables.
enum GitLabPipeline {
    static let settings = [
        WebhookTarget.Setting(
            name: "project", isRequired: true, meaning: "the project's path or number, such as risk/deployments or 42"),
        WebhookTarget.Setting(name: "ref", isRequired: true, meaning: "the branch or tag that is run, such as main"),
    ]
    static let authorization = "the pipeline trigger token of the project, glptt-…"
    /// GitLab's own limit for the value of a variable is higher; whoever needs more asks the API for the audit entry.
    static let valueBytesMax = 4_000

    static func request(_ notice: EventNotice, _ place: TargetPlace) throws(GatehouseError) -> TargetRequest {
        let (token, project) = (try place.secret(of: .gitlab), try place.required("project", of: .gitlab))
        let summary = try EventSummary(notice)
        var fields = [("token", token), ("ref", try place.required("ref", of: .gitlab))]
        for (name, value) in variables(summary, notice) { fields.append(("variables[\(name)]", value)) }
        let form = fields.map { "\(PercentEncoded.component($0))=\(PercentEncoded.component($1))" }.joined(separator: "&")
        return TargetRequest(
            url: try place.address(below: "/api/v4/projects/\(PercentEncoded.component(project))/trigger/pipeline"),
            headers: [.init("Content-Type", "application/x-www-form-urlencoded")], body: Array(form.utf8))
    }

    static func accepts(status: Int) -> Bool { status == 201 }

    private static func variables(_ summary: EventSummary, _ notice: EventNotice) -> [(String, String)] {
        var found: [(String, String?)] = [
            ("GATEHOUSE_EVENT", summary.type), ("GATEHOUSE_EVENT_ID", notice.id), ("GATEHOUSE_MODEL", summary.model),
            ("GATEHOUSE_VERSION", summary.version), ("GATEHOUSE_ACTOR", summary.actor),
            ("GATEHOUSE_AUDIT_ENTRY", summary.auditEntry.map { String($0) }), ("GATEHOUSE_TEST", summary.isTest ? "true" : nil),
            ("GATEHOUSE_FROM_STAGE", summary.fromStage), ("GATEHOUSE_TO_STAGE", summary.toStage),
        ]
        for (name, variable) in [
            ("slot", "SLOT"), ("alias", "ALIAS"),
            ("previous_version", "PREVIOUS_VERSION"), ("rollout", "ROLLOUT"), ("promotion", "PROMOTION"),
            ("verdict", "VERDICT"),
        ] {
            found.append(("GATEHOUSE_\(variable)", summary.data[name]?.stringValue))
        }
        return found.compactMap { name, value in
            guard let value, value.utf8.count <= valueBytesMax else { return nil }
            // GitLab puts variables into the values of variables: a model's name must not read out the pipeline's secrets.
            return (name, value.replacing("$", with: "$$"))
        }
    }
}
