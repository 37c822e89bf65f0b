import GatehouseCore
import NIOHTTP1
import Secrets

/// One request to a receiver as it is sent. A signed one is so in MLflow's convention and in that of Standard Webhooks 1.0.0 at
/// once: the headers have different names, and both sign `id.timestamp.body`.
struct SignedRequest: Sendable {
    let url: WebhookURL
    let body: [UInt8]
    var headers: HTTPHeaders
    /// Nil: it goes over HTTP.
    let stream: NATSStream.Place?

    /// One that is not signed.
    init(_ request: TargetRequest) {
        url = request.url
        body = request.body
        stream = request.stream
        var headers = HTTPHeaders(request.headers.map { ($0.name, $0.value) })
        headers.add(name: "Content-Length", value: String(request.body.count))
        headers.add(name: "User-Agent", value: "gatehouse")
        if !headers.contains(name: "Accept") { headers.add(name: "Accept", value: "*/*") }
        headers.add(name: "Connection", value: "close")
        self.headers = headers
    }

    /// `secrets` are the one that signs and, while it is being replaced, the one before it. Standard Webhooks' header holds a
    /// signature with each. MLflow's has place for one: that of the older secret, which is the one that every receiver has
    /// until the time is over.
    ///
    /// The time is that of the attempt: receivers refuse what was signed minutes ago, and a retry may be hours late.
    init(_ request: TargetRequest, id: String, secrets: [String], at now: Timestamp) {
        let plain = SignedRequest(request)
        let seconds = now.milliseconds / 1000
        var headers = plain.headers
        headers.add(name: "X-MLflow-Delivery-Id", value: id)
        headers.add(name: "X-MLflow-Timestamp", value: String(seconds))
        headers.add(name: "webhook-id", value: id)
        headers.add(name: "webhook-timestamp", value: String(seconds))
        if let oldest = secrets.last {
            headers.add(
                name: "X-MLflow-Signature",
                value: WebhookSecret(bytesOf: oldest).signature(id: id, timestampSeconds: seconds, body: plain.body))
            let standard = secrets.map { text in
                // A secret in the standard's own form is the key that it spells; any other is its bytes, as in MLflow.
                ((try? WebhookSecret(parsing: text)) ?? WebhookSecret(bytesOf: text))
                    .signature(id: id, timestampSeconds: seconds, body: plain.body)
            }
            headers.add(name: "webhook-signature", value: standard.joined(separator: " "))
        }
        url = plain.url
        body = plain.body
        stream = plain.stream
        self.headers = headers
    }
}
