import Events
import GatehouseCore
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Secrets

/// Where Slack sends commands, buttons, windows and events. Open to everybody: a request is believed by its signature, which
/// is looked at before anything else is.
struct SlackRoutes {
    static let bodyBytesMax = 1 << 20

    let desk: SlackDesk?

    func add(open router: Router<APIContext>) {
        router.post("slack/commands") { request, _ in try await command(signed(request)) }
        router.post("slack/interactions") { request, context in
            try await interaction(signed(request), context.logger)
        }
        router.post("slack/events") { request, _ in try await event(signed(request)) }
    }

    private struct Signed {
        let desk: SlackDesk
        let body: [UInt8]
        let signature: String
    }

    /// Fails with `notFound` without Slack, `tooLarge`, and `unauthenticated`.
    private func signed(_ request: Request) async throws -> Signed {
        guard let desk else {
            throw GatehouseError(
                .notFound, "This server is not connected to Slack.",
                hint: "Start it with --slack-channel; docs/slack.md says what else it takes.")
        }
        let body: [UInt8]
        do {
            body = Array(try await request.body.collect(upTo: Self.bodyBytesMax).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw GatehouseError(.tooLarge, "The body is larger than \(Self.bodyBytesMax) bytes.")
        }
        let signature = request.headers[.slackSignature]
        try desk.secret.check(
            signature: signature, timestamp: request.headers[.slackTimestamp], body: body, at: desk.services.now())
        return Signed(desk: desk, body: body, signature: signature ?? "")
    }

    /// What cannot be read is said at once; the rest is done after the acknowledgement.
    private func command(_ signed: Signed) async throws -> Response {
        let form = try SlackForm(signed.body)
        guard form["ssl_check"] != "1" else { return Self.received }
        let call = try SlackCommandCall(form)
        let command: SlackCommand
        do {
            command = try SlackCommand(call.command, text: call.text)
        } catch {
            return Self.json(["response_type": "ephemeral", "text": .string(SlackText.escaped(error.description))])
        }
        guard try await signed.desk.isNew(signature: signed.signature, key: "trigger:\(call.trigger)") else {
            return Self.received
        }
        let isTaken = signed.desk.queue.add(
            .command(command, call.identity, trigger: call.trigger, responseURL: call.responseURL))
        return isTaken ? Self.received : Self.json(["response_type": "ephemeral", "text": .string(Self.busy)])
    }

    private func interaction(_ signed: Signed, _ logger: Logger) async throws -> Response {
        let interaction = try SlackInteraction(SlackForm(signed.body))
        let desk = signed.desk
        let key = interaction.trigger.isEmpty ? "signature:\(signed.signature)" : "trigger:\(interaction.trigger)"
        let isNew = try await desk.isNew(signature: signed.signature, key: key)
        switch interaction.kind {
        case .pressed(let action, let value, let isInWindow):
            guard isNew else { return Self.received }
            let isTaken = desk.queue.add(
                .pressed(
                    action, interaction.identity, review: value, isInWindow: isInWindow, trigger: interaction.trigger,
                    responseURL: interaction.responseURL))
            guard isTaken else { throw GatehouseError(.tooManyRequests, Self.busy, retryAfterSeconds: 5) }
            return Self.received
        case .submitted(let window, let review, let state):
            guard isNew else {
                return Self.json(desk.answers.answer(for: key, at: desk.services.now()) ?? SlackDesk.alreadyReceived)
            }
            let answer = await desk.submitted(window, interaction.identity, review: review, state, logger)
            desk.answers.keep(answer, for: key, at: desk.services.now())
            return Self.json(answer)
        case .other: return Self.received
        }
    }

    /// Only the handshake means anything yet; other events are acknowledged.
    private func event(_ signed: Signed) async throws -> Response {
        let json = try JSONParser.parse(signed.body)
        guard json["type"]?.stringValue == "url_verification" else {
            _ = try await signed.desk.isNew(
                signature: signed.signature, key: "event:\(json["event_id"]?.stringValue ?? signed.signature)")
            return Self.received
        }
        guard let challenge = json["challenge"]?.stringValue else {
            throw GatehouseError(.invalidArgument, "The handshake has no 'challenge'.")
        }
        return Self.json(["challenge": .string(challenge)])
    }

    private static let busy = "Gatehouse is busy. Try again in a moment."
    private static var received: Response { Response(status: .ok) }

    private static func json(_ value: JSONValue) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(bytes: value.canonicalBytes)))
    }
}

extension HTTPField.Name {
    // Both are names, so neither is ever nil.
    fileprivate static let slackSignature = HTTPField.Name("X-Slack-Signature") ?? .server
    fileprivate static let slackTimestamp = HTTPField.Name("X-Slack-Request-Timestamp") ?? .server
}
