import GatehouseCore
import Testing

@testable import Events

@Suite("GitHub dispatches")
struct GitHubDispatchTests {
    @Test("an event is a repository_dispatch with at most ten members, and the token in its header")
    func dispatch() throws {
        let place = try TargetExamples.place(
            "https://github.example.com/api/v3", ["repository": "acme/deploy ments"], authorization: "ghp_secret")
        let request = try WebhookTarget.github.request(for: TargetExamples.moved(), at: place)
        #expect(request.url.text == "https://github.example.com/api/v3/repos/acme/deploy%20ments/dispatches")
        #expect(
            request.headers == [
                .init("Content-Type", "application/json"), .init("Accept", "application/vnd.github+json"),
                .init("X-GitHub-Api-Version", "2022-11-28"), .init("Authorization", "Bearer ghp_secret"),
            ])
        let expected: JSONValue = [
            "event_type": "gatehouse",
            "client_payload": [
                "event": "model_version.stage_transitioned", "id": "dlv_1", "model": "credit-risk", "version": "2",
                "timestamp": "2026-01-01T00:00:00.000000+00:00",
                "data": [
                    "name": "credit-risk", "version": "2", "from_stage": "Staging", "to_stage": "Production",
                    "reason": "reviewed", "previous_version": "1", "displaced_versions": ["1"], "displaced_by": nil,
                ],
                "gatehouse": ["sequence": 7, "audit_index": 12, "actor": "user:ada"],
            ],
        ]
        #expect(try request.json() == expected)
        #expect(!request.text.contains("ghp_secret") && !request.isSigned)
    }

    @Test("a payload above GitHub's limit is shortened and says so")
    func long() throws {
        let place = try TargetExamples.place(
            "https://github.example.com", ["repository": "a/b", "event_type": "moved"], authorization: "t")
        let notice = TargetExamples.moved(reason: String(repeating: "\"", count: 60_000))
        let request = try WebhookTarget.github.request(for: notice, at: place)
        #expect(request.body.count < 65_536)
        let payload = try #require(try request.json()["client_payload"]?.objectValue)
        #expect(payload.count <= 10 && payload["shortened"] == true && payload["model"] == "credit-risk")
        #expect(try request.json()["event_type"] == "moved")
    }

    @Test("what is no repository is refused before anything is sent", arguments: ["acme", "a/b/c", "/b", "a/", "../b", ""])
    func repositories(_ name: String) {
        #expect(throws: GatehouseError.self) { try WebhookTarget.github.check(["repository": name], isAuthorized: true) }
    }

    @Test("only 204 means that the event was taken")
    func answers() throws {
        try WebhookTarget.github.check(["repository": "a/b"], isAuthorized: true)
        #expect(WebhookTarget.github.accepts(status: 204, body: ""))
        #expect(!WebhookTarget.github.accepts(status: 200, body: "{}"))
    }
}
