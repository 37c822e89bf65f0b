import GatehouseCore
import NIOHTTP1
import Scoring
import Secrets
import Testing

@Suite("A custom check that is a URL")
struct URLCheckTests {
    private let secretText = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private let now = Timestamp(milliseconds: 1_614_265_330_999)

    private func run(
        timeout: Duration = .seconds(60), _ script: @escaping ScriptedServer.Script
    ) async throws -> (answer: JSONValue, request: ReceivedRequest) {
        var result: (JSONValue, ReceivedRequest)?
        try await ScriptedServer.run(script) { server, url, client in
            let answer = try await URLCheck(client: client).run(
                url: url + "/check", body: ["test": 2_432_232_314], secret: WebhookSecret(parsing: secretText), id: "msg_1",
                now: now, timeout: timeout)
            result = (answer, try #require(server.requests.first))
        }
        return try #require(result)
    }

    /// The example of the Standard Webhooks libraries' own tests.
    @Test("the signature is the one Standard Webhooks' libraries compute")
    func referenceSignature() throws {
        let signature = try WebhookSecret(parsing: secretText).signature(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestampSeconds: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8))
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test("the request carries id, timestamp in seconds and a signature over the very bytes sent")
    func signedRequest() async throws {
        let (answer, request) = try await run { _ in .json(#"{"passed": true, "reason": "fine"}"#) }
        #expect(answer == ["passed": true, "reason": "fine"])
        #expect(request.path == "/check")
        #expect(request.headers["webhook-id"] == ["msg_1"])
        #expect(request.headers["webhook-timestamp"] == ["1614265330"])
        let expected = try WebhookSecret(parsing: secretText).signature(
            id: "msg_1", timestampSeconds: 1_614_265_330, body: request.body)
        #expect(request.headers["webhook-signature"] == [expected])
        #expect(request.json == ["test": 2_432_232_314])
    }

    @Test(
        "an answer that is no verdict is an error with its reason",
        arguments: [
            (ScriptedAnswer.send(status: .badGateway, body: "down"), ErrorCode.unavailable, "answered 502: 'down'"),
            (.send(status: .forbidden, body: "who?"), .invalidArgument, "answered 403: 'who?'"),
            (.send(status: .found, headers: ["location": "http://x/"], body: ""), .invalidArgument, "redirects to http://x/"),
            (.json("passed"), .unavailable, "answered no JSON"),
            (.json("\"" + String(repeating: "x", count: 1 << 20) + "\""), .unavailable, "more than 1048576 bytes"),
        ])
    func noVerdict(answer: ScriptedAnswer, code: ErrorCode, part: String) async throws {
        let error = await #expect(throws: GatehouseError.self) { try await run { _ in answer } }
        #expect(error?.code == code)
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
    }

    @Test("a check that hangs is given up after the timeout")
    func hang() async throws {
        let error = await #expect(throws: GatehouseError.self) {
            try await run(timeout: .milliseconds(300)) { _ in .hang }
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("did not answer within 300ms") == true, "\(error?.message ?? "")")
    }

    @Test(
        "a secret in another form is refused and not repeated",
        arguments: [
            "", "plain-secret", "whsec_", "whsec_c2hvcnQ=", "whsec_not base64 at all !!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ])
    func badSecret(text: String) {
        let error = #expect(throws: GatehouseError.self) { try WebhookSecret(parsing: text) }
        #expect(error?.code == .invalidArgument)
        #expect(text.count <= WebhookSecret.prefix.count || error?.description.contains(text) == false)
    }
}
