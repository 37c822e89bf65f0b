import GatehouseCore

/// Starts the workflows of a repository in GitHub that wait for a `repository_dispatch`.
enum GitHubDispatch {
    static let settings = [
        WebhookTarget.Setting(name: "repository", isRequired: true, meaning: "owner and name, such as acme/deployments"),
        WebhookTarget.Setting(
            name: "event_type", isRequired: false, meaning: "what the workflow waits for; 'gatehouse' when left out"),
    ]
    static let authorization = "a token that may write the repository's contents"
    static let eventTypeCharactersMax = 100
    /// Of the payload; GitHub refuses 64 KiB.
    static let payloadBytesMax = 60_000

    static func request(_ notice: EventNotice, _ place: TargetPlace) throws(GatehouseError) -> TargetRequest {
        let token = try place.secret(of: .github)
        let repository = try path(of: place.required("repository", of: .github))
        let body: JSONValue = [
            "event_type": .string(place.settings["event_type"] ?? "gatehouse"), "client_payload": try payload(notice),
        ]
        return TargetRequest(
            url: try place.address(below: "/repos/\(repository)/dispatches"),
            headers: [
                .init("Content-Type", "application/json"), .init("Accept", "application/vnd.github+json"),
                .init("X-GitHub-Api-Version", "2022-11-28"), .init("Authorization", "Bearer \(token)"),
            ],
            body: body.canonicalBytes)
    }

    static func accepts(status: Int) -> Bool { status == 204 }

    /// Fails with `invalidArgument`.
    static func check(_ settings: [String: String]) throws(GatehouseError) {
        if let repository = settings["repository"] { _ = try path(of: repository) }
        guard (settings["event_type"]?.count ?? 1) <= eventTypeCharactersMax else {
            throw GatehouseError(.invalidArgument, "GitHub's event_type has at most \(eventTypeCharactersMax) characters.")
        }
    }

    private static func path(of repository: String) throws(GatehouseError) -> String {
        let parts = repository.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
            throw GatehouseError(
                .invalidArgument, "'\(repository.prefix(80))' is no repository.",
                hint: "Write it as owner/name, such as acme/deployments.")
        }
        return parts.map { PercentEncoded.component($0) }.joined(separator: "/")
    }

    /// At most ten members are allowed.
    private static func payload(_ notice: EventNotice) throws(GatehouseError) -> JSONValue {
        let (document, summary) = (try notice.document(), try EventSummary(notice))
        var payload: [String: JSONValue] = [
            "event": .string(summary.type), "id": .string(notice.id), "model": summary.model.map { .string($0) } ?? .null,
            "version": summary.version.map { .string($0) } ?? .null, "timestamp": .string(summary.time),
            "data": document["data"] ?? .null, "gatehouse": document["gatehouse"] ?? .null,
        ]
        if JSONValue.object(payload).canonicalBytes.count > payloadBytesMax {
            let shown = summary.facts.map { ($0.name, JSONValue.string($0.value)) }
            payload["data"] = .object(Dictionary(shown) { first, _ in first })
            payload["shortened"] = true
        }
        return .object(payload)
    }
}
