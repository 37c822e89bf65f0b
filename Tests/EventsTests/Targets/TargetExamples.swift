import GatehouseCore
import Testing

@testable import Events

/// Events as targets get them, and what came of them.
enum TargetExamples {
    /// As markup in every format that is sent somewhere.
    static let hostile = "a`*b*_<!channel>&[x](//evil.example)$CI_JOB_TOKEN{{DATE(2026)}}${y}\"%\né"

    static let time = Timestamp(milliseconds: 1_767_225_600_000)

    static func moved(_ name: String = "credit-risk", reason: String = "reviewed", test: Bool = false) -> EventNotice {
        notice(
            .stageTransitioned,
            [
                "name": .string(name), "version": "2", "from_stage": "Staging", "to_stage": "Production",
                "reason": .string(reason),
                "previous_version": "1", "displaced_versions": ["1"], "displaced_by": nil,
            ], test ? ["test": true] : ["sequence": 7, "audit_index": 12, "actor": "user:ada"])
    }

    static func notice(_ type: EventType, _ data: JSONValue, _ own: [String: JSONValue]) -> EventNotice {
        EventNotice(id: "dlv_1", type: type, body: EventBody.bytes(type, at: time, data: data, gatehouse: own))
    }

    static func place(
        _ url: String, _ settings: [String: String] = [:], authorization: String? = nil
    ) throws -> TargetPlace {
        TargetPlace(id: "hook-1", url: try WebhookURL(url), settings: settings, authorization: authorization)
    }
}

extension TargetRequest {
    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    func json() throws -> JSONValue { try JSONParser.parse(body) }

    var text: String { String(decoding: body, as: UTF8.self) }
}

@Suite("Event summaries")
struct EventSummaryTests {
    @Test("a move reads as one line with its stages, facts in their order, and who did it")
    func move() throws {
        let summary = try EventSummary(TargetExamples.moved())
        #expect(summary.title == "credit-risk v2: stage transitioned, Staging → Production")
        #expect(summary.facts.map(\.name) == ["from stage", "to stage", "previous version", "displaced versions"])
        #expect(summary.facts.map(\.value) == ["Staging", "Production", "1", "1"])
        #expect((summary.reason, summary.actor, summary.auditEntry) == ("reviewed", "user:ada", 12))
    }

    @Test("a test says that it is one; what is about no model is about the server")
    func odd() throws {
        #expect(try EventSummary(TargetExamples.moved(test: true)).title.hasPrefix("Test: credit-risk v2: "))
        let none = TargetExamples.notice(.budgetPolicyExceeded, ["amount": 3.5], [:])
        #expect(try EventSummary(none).title == "Gatehouse: budget policy exceeded")
        #expect(try EventSummary(none).facts == [.init(name: "amount", value: "3.5")])
    }

    @Test("a thousand members and long texts are cut short")
    func long() throws {
        var data = Dictionary(
            uniqueKeysWithValues: (0..<1000).map { ("m\($0)", JSONValue.string(String(repeating: "é", count: 5000))) })
        data["name"] = "m"
        let summary = try EventSummary(TargetExamples.notice(.modelVersionTagSet, .object(data), [:]))
        #expect(summary.facts.count == EventSummary.factsMax)
        #expect(summary.facts.allSatisfy { $0.value.count == EventSummary.valueCharactersMax && $0.value.hasSuffix("…") })
    }

    @Test("a stored event that is no document is an integrity error")
    func broken() {
        let notice = EventNotice(id: "dlv_1", type: .stageTransitioned, body: Array("{".utf8))
        let error = #expect(throws: GatehouseError.self) { try EventSummary(notice) }
        #expect(error?.code == .integrity)
    }
}
