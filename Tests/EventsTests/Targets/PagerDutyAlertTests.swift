import GatehouseCore
import Testing

@testable import Events

@Suite("PagerDuty alerts")
struct PagerDutyAlertTests {
    private let url = "https://events.example.com/v2/enqueue"

    @Test("an event triggers an alert with what is known of it")
    func trigger() throws {
        let place = try TargetExamples.place(url, ["source": "registry-eu", "severity": "warning"], authorization: "R0UT1NG")
        let request = try WebhookTarget.pagerduty.request(for: TargetExamples.moved(), at: place)
        #expect(request.url.text == url && request.headers == [.init("Content-Type", "application/json")])
        let expected: JSONValue = [
            "routing_key": "R0UT1NG", "event_action": "trigger", "dedup_key": "gatehouse:dlv_1", "client": "Gatehouse",
            "payload": [
                "summary": "credit-risk v2: stage transitioned, Staging → Production", "source": "registry-eu",
                "severity": "warning", "timestamp": "2026-01-01T00:00:00.000000+00:00",
                "class": "model_version.stage_transitioned", "component": "credit-risk",
                "custom_details": [
                    "from stage": "Staging", "to stage": "Production", "previous version": "1", "displaced versions": "1",
                    "reason": "reviewed", "actor": "user:ada", "audit entry": 12,
                ],
            ],
        ]
        #expect(try request.json() == expected)
    }

    @Test(
        "an automatic rollback and a question are one alert per rollout, which ends when the rollout goes on or a person ends it")
    func rollouts() throws {
        let place = try TargetExamples.place(url, authorization: "R")
        func event(_ type: EventType, by actor: String = "system:rollouts") throws -> JSONValue {
            let data: JSONValue = [
                "name": "credit-risk", "version": "2", "rollout": "rol_1", "slot": "credit-risk/production/default/champion",
                "because": "error_rate: 0.2 against 0.01",
            ]
            return try WebhookTarget.pagerduty.request(
                for: TargetExamples.notice(type, data, ["actor": .string(actor)]), at: place
            )
            .json()
        }
        let asked = try event(.rolloutNeedsHuman)
        #expect(asked["event_action"] == "trigger" && asked["payload"]?["severity"] == "warning")
        #expect(asked["dedup_key"] == "gatehouse:rol_1")
        #expect(asked["payload"]?["group"] == "credit-risk/production/default/champion")
        #expect(asked["payload"]?["custom_details"]?["reason"] == "error_rate: 0.2 against 0.01")
        let back = try event(.rolloutRolledBack)
        #expect(back["event_action"] == "trigger" && back["payload"]?["severity"] == "critical")
        #expect(back["dedup_key"] == asked["dedup_key"])
        let settled: JSONValue = [
            "routing_key": "R", "event_action": "resolve", "dedup_key": "gatehouse:rol_1", "client": "Gatehouse",
        ]
        #expect(try event(.rolloutRolledBack, by: "user:ada") == settled)
        for type in [EventType.rolloutPromoted, .rolloutAdvanced, .rolloutResumed] { #expect(try event(type) == settled) }
    }

    @Test("a test wakes nobody up as critical, and ends nothing")
    func test() throws {
        let place = try TargetExamples.place(url, ["severity": "critical"], authorization: "R")
        let event = try WebhookTarget.pagerduty.request(for: TargetExamples.moved(test: true), at: place).json()
        #expect(event["event_action"] == "trigger" && event["payload"]?["severity"] == "info")
    }

    @Test("a summary keeps within PagerDuty's limit")
    func long() throws {
        let notice = TargetExamples.moved(String(repeating: "é", count: 5000))
        let event = try WebhookTarget.pagerduty.request(for: notice, at: TargetExamples.place(url, authorization: "R")).json()
        #expect(event["payload"]?["summary"]?.stringValue?.count == 1024)
    }

    @Test("severities are PagerDuty's own, the key is asked for, and only 202 is a success")
    func checks() throws {
        try WebhookTarget.pagerduty.check(["severity": "error"], isAuthorized: true)
        for (settings, isAuthorized) in [(["severity": "loud"], true), ([:], false)] {
            #expect(throws: GatehouseError.self) { try WebhookTarget.pagerduty.check(settings, isAuthorized: isAuthorized) }
        }
        #expect(WebhookTarget.pagerduty.accepts(status: 202, body: "{}"))
        #expect(!WebhookTarget.pagerduty.accepts(status: 200, body: "{}"))
    }
}
