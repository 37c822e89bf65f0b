import AuditLog
import Foundation
import GatehouseCore
import Registry
import Storage
import Testing

@testable import Events

@Suite("All events")
struct EventCatalogueTests {
    private static let document =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("docs/webhooks.md")

    @Test("each event stands in docs/webhooks.md and has an example", arguments: EventType.allCases)
    func documented(type: EventType) throws {
        let text = try String(contentsOf: Self.document, encoding: .utf8)
        #expect(text.contains("`\(type.rawValue)`"))
        #expect(type.example.objectValue?.isEmpty == false)
        #expect(type.rawValue == "\(type.entity).\(type.action)")
    }

    /// Those that other parts bring are named before their entries exist.
    @Test("an event that reports an entry bears the name of an action")
    func entries() {
        let unknown = EventType.allCases.filter { $0.isEntry && AuditAction(rawValue: $0.rawValue) == nil }
        #expect(Set(unknown).isSubset(of: [.deploymentReported, .versionCopied]))
    }

    private func told(_ action: AuditAction, _ outcome: AuditOutcome, _ facts: JSONValue) async throws -> [JSONValue] {
        var found: [JSONValue] = []
        try await Bench.run { bench in
            try await bench.webhook(
                at: "http://127.0.0.1:9", EventType.allCases.filter { !$0.isMLflow && $0 != .stageTransitioned })
            let name = try await bench.model("m")
            try await bench.store.write { tx in
                _ = try tx.append(
                    AuditDraft(
                        id: "e", time: bench.clock.now, principal: Bench.user, action: action, outcome: outcome, model: name,
                        version: VersionNumber(3), reason: "why", people: ["reviewer": .user("bob")],
                        texts: ["incident": "INC-7", "notes": "private"], facts: facts))
            }
            found = try await bench.bodies()
        }
        return found
    }

    @Test("an entry is told under its name and under that of what it decided")
    func decided() async throws {
        let cases: [(AuditAction, AuditOutcome, JSONValue, [String])] = [
            (.promotionRequested, .recorded, ["promotion": "p", "to": "Production"], ["promotion.requested"]),
            (.promotionWithdrawn, .recorded, ["promotion": "p", "to": "Production"], ["promotion.withdrawn"]),
            (.transitionGranted, .granted, ["promotion": "p", "rollout": "r"], ["promotion.approved", "rollout.started"]),
            (.transitionGranted, .granted, ["promotion": nil], []),
            (.transitionRefused, .refused, ["promotion": "p", "missing": ["x"]], ["promotion.blocked"]),
            (.transitionRefused, .refused, ["missing": ["x"]], ["transition.refused"]),
            (.reviewRejected, .refused, ["review": "r"], ["review.rejected", "promotion.rejected"]),
            (.reviewApproved, .granted, ["review": "r"], ["review.approved"]),
            (.waiverApproved, .refused, ["waiver": "w"], []), (.waiverApproved, .granted, ["waiver": "w"], ["waiver.approved"]),
            (.rolloutNeedsHuman, .recorded, ["rollout": "r"], ["rollout.needs_human"]),
            (.breakGlassUsed, .granted, ["break_glass": "b"], ["break_glass.used"]),
            (.webhookUpdated, .recorded, ["because": nil], []),
            (.webhookUpdated, .recorded, ["because": "410"], ["webhook.disabled"]),
            (.tokenCreated, .recorded, [:], []),
        ]
        for (action, outcome, facts, names) in cases {
            let bodies = try await told(action, outcome, facts)
            #expect(bodies.compactMap { $0["type"]?.stringValue } == names, "\(action)")
        }
    }

    @Test("an event of ours holds the entry's facts, the people in it and no other words")
    func members() async throws {
        let facts: JSONValue = ["evaluation": "ev", "passed": false, "checks": ["fairness": "fail"], "results": [1, 2]]
        let body = try #require(try await told(.evaluationFinished, .recorded, facts).first)
        #expect(
            body["data"] == [
                "name": "m", "version": "3", "outcome": "recorded", "reason": "why", "reviewer": "user:bob",
                "incident": "INC-7", "evaluation": "ev", "passed": false, "checks": ["fairness": "fail"],
            ])
        #expect(body["gatehouse"]?["actor"] == "user:ada")
    }

    @Test("Databricks' names are about the stages that they name, and the most general one asked for is sent")
    func registryEvents() {
        let move: JSONValue = ["to_stage": "Production"]
        func name(_ wanted: String) -> RegistryEvent? {
            RegistryEvent.name(of: .stageTransitioned, move, for: ["events": wanted])
        }
        #expect(name("MODEL_VERSION_TRANSITIONED_TO_PRODUCTION") == .modelVersionTransitionedToProduction)
        #expect(name("MODEL_VERSION_TRANSITIONED_TO_STAGING") == nil)
        #expect(
            name("MODEL_VERSION_TRANSITIONED_TO_PRODUCTION,MODEL_VERSION_TRANSITIONED_STAGE")
                == .modelVersionTransitionedStage)
        #expect(name("COMMENT_CREATED") == nil && name("") == nil && name("x") == nil)
    }

    @Test("a job's request holds the document as a parameter and the delivery as the token of idempotency")
    func job() throws {
        let body = EventBody.bytes(
            .modelVersionCreated, at: Timestamp(milliseconds: 1_800_000_000_123), data: EventType.modelVersionCreated.example)
        let place = TargetPlace(
            id: "hook", url: try WebhookURL("https://workspace.example.com/"),
            settings: ["events": "MODEL_VERSION_CREATED", "job_id": "42"], authorization: "token")
        let request = try WebhookTarget.job.request(
            for: EventNotice(id: "delivery", type: .modelVersionCreated, body: body), at: place)
        #expect(request.url.text == "https://workspace.example.com/api/2.1/jobs/run-now" && !request.isSigned)
        #expect(request.headers.contains(.init("Authorization", "Bearer token")))
        let json = try JSONParser.parse(request.body)
        #expect(json["job_id"] == 42 && json["idempotency_token"] == "delivery")
        let message = try JSONParser.parse(json["notebook_params"]?["event_message"]?.stringValue ?? "")
        #expect(message["event"] == "MODEL_VERSION_CREATED" && message["event_timestamp"] == 1_800_000_000_123)
        #expect(message["model_name"] == "example_model" && message["version"] == "1" && message["webhook_id"] == "hook")
    }

    @Test("settings that a target lacks or does not have are refused by name")
    func settings() {
        for (target, settings, isAuthorized) in [
            (WebhookTarget.webhook, ["ref": "main"], false), (.registry, [:], false),
            (.job, ["events": "COMMENT_CREATED"], true), (.job, ["events": "COMMENT_CREATED", "job_id": "1"], false),
        ] {
            let error = #expect(throws: GatehouseError.self) { try target.check(settings, isAuthorized: isAuthorized) }
            #expect(error?.code == .invalidArgument && error?.message.contains("'\(target.rawValue)'") == true)
        }
        #expect(throws: Never.self) { try WebhookTarget.webhook.check([:], isAuthorized: true) }
    }
}
