import GatehouseCore
import NIOHTTP1
import Secrets

/// One event and one webhook, with the webhook's secrets still sealed: everything that a request is made of.
struct TargetCall: Sendable {
    let webhook: Webhook
    let sealed: SealedSecrets
    let notice: EventNotice

    init(_ webhook: Webhook, _ sealed: SealedSecrets, _ notice: EventNotice) {
        self.webhook = webhook
        self.sealed = sealed
        self.notice = notice
    }

    /// Sends it. Never throws: what went wrong is an answer too.
    func made(by sender: WebhookSender, _ key: ServerKey, at time: Timestamp) async -> ReceiverAnswer {
        let request: SignedRequest
        do {
            request = try signed(key, at: time)
        } catch {
            // A key that is put right makes it work again; what a target cannot be told will never be told.
            return .failed(reason: error.message, isFinal: error.code == .invalidArgument)
        }
        let answer = await sender.send(request, verifiesTLS: webhook.verifiesTLS)
        guard case .answered(let answered) = answer, (200..<300).contains(answered.status),
            !webhook.target.accepts(status: answered.status, body: answered.body)
        else { return answer }
        return .failed(
            reason: "it answered \(answered.status) without taking the event: \(answered.body.prefix(200))", isFinal: false)
    }

    private func signed(_ key: ServerKey, at time: Timestamp) throws(GatehouseError) -> SignedRequest {
        let authorization = try sealed.authorization.map { (bytes) throws(GatehouseError) in
            try key.open(bytes, of: SealedSecrets.authorizationOwner(webhook.id))
        }
        let place = TargetPlace(
            id: webhook.id, url: try WebhookURL(webhook.url, schemes: webhook.target.schemes), settings: webhook.settings,
            authorization: authorization)
        let request = try webhook.target.request(for: notice, at: place)
        guard request.isSigned else { return SignedRequest(request) }
        var secrets: [String] = []
        if let bytes = sealed.secret { secrets.append(try key.open(bytes, of: webhook.id)) }
        if let bytes = sealed.oldSecret, let until = webhook.oldSecretUntil, time < until {
            secrets.append(try key.open(bytes, of: webhook.id))
        }
        var signed = SignedRequest(request, id: notice.id, secrets: secrets, at: time)
        if webhook.target == .registry, let oldest = secrets.last {
            signed.headers.add(
                name: "X-Databricks-Signature", value: WebhookSecret(bytesOf: oldest).bodySignature(request.body))
        }
        return signed
    }
}
