import GatehouseCore
import Testing

@testable import Events

@Suite("CloudEvents")
struct CloudEventTests {
    private let url = "https://events.example.com/in?a=b"

    @Test("in structured mode the event is a document whose data is ours")
    func structured() throws {
        let notice = TargetExamples.moved("Credit Risk")
        let request = try WebhookTarget.cloudevents.request(
            for: notice, at: TargetExamples.place(url, ["source": "//models.example.com"], authorization: "Bearer t"))
        #expect(request.url.text == url && request.isSigned)
        #expect(
            request.headers == [
                .init("Authorization", "Bearer t"), .init("Content-Type", "application/cloudevents+json; charset=utf-8"),
            ])
        let expected: JSONValue = [
            "specversion": "1.0", "id": "dlv_1", "source": "//models.example.com",
            "type": "gatehouse.model_version.stage_transitioned", "time": "2026-01-01T00:00:00.000000+00:00",
            "subject": "models/Credit%20Risk/versions/2", "partitionkey": "Credit%20Risk", "datacontenttype": "application/json",
            "data": try notice.document(),
        ]
        #expect(try request.json() == expected)
    }

    @Test("in binary mode the attributes are headers and the body is what a webhook gets")
    func binary() throws {
        let notice = TargetExamples.moved(TargetExamples.hostile)
        let request = try WebhookTarget.cloudevents.request(for: notice, at: TargetExamples.place(url, ["mode": "binary"]))
        #expect(request.body == notice.body)
        #expect(request.header("Content-Type") == "application/json" && request.header("ce-specversion") == "1.0")
        #expect(request.header("ce-id") == "dlv_1" && request.header("ce-source") == "gatehouse")
        #expect(request.header("ce-type") == "gatehouse.model_version.stage_transitioned")
        // The percent signs of the attribute itself are escaped once more, as the HTTP binding asks.
        #expect(request.header("ce-subject")?.hasPrefix("models/a%2560%252Ab%252A_%253C") == true)
        #expect(request.headers.allSatisfy { $0.value.utf8.allSatisfy { (0x20...0x7E).contains($0) } })
    }

    @Test("modes and sources are checked when they are set, and answers count as the specification says")
    func checks() throws {
        try WebhookTarget.cloudevents.check(["mode": "binary", "source": "urn:a"], isAuthorized: false)
        for settings in [["mode": "batched"], ["source": "a b"], ["source": "é"], ["sauce": "x"]] {
            #expect(throws: GatehouseError.self) { try WebhookTarget.cloudevents.check(settings, isAuthorized: false) }
        }
        for status in [200, 201, 202, 204] { #expect(WebhookTarget.cloudevents.accepts(status: status, body: "")) }
        #expect(!WebhookTarget.cloudevents.accepts(status: 206, body: ""))
    }
}
