import GatehouseCore
import NIOHTTP1
import Secrets

/// One request to a receiver, in MLflow's convention and in that of Standard Webhooks 1.0.0 at once: the headers have different
/// names, and both sign `id.timestamp.body`.
struct SignedRequest: Sendable {
    let id: String
    let body: [UInt8]
    let headers: HTTPHeaders

    /// The time is that of the attempt: receivers refuse what was signed minutes ago, and a retry may be hours late.
    init(id: String, body: [UInt8], secret: String?, at now: Timestamp) {
        self.id = id
        self.body = body
        let seconds = now.milliseconds / 1000
        var headers: HTTPHeaders = [
            "Content-Type": "application/json", "Content-Length": String(body.count), "User-Agent": "gatehouse",
            "Accept": "*/*", "Connection": "close", "X-MLflow-Delivery-Id": id, "X-MLflow-Timestamp": String(seconds),
            "webhook-id": id, "webhook-timestamp": String(seconds),
        ]
        if let secret {
            let plain = WebhookSecret(bytesOf: secret)
            // A secret in the standard's own form is the key that it spells; any other is its bytes, as in MLflow.
            let standard = (try? WebhookSecret(parsing: secret)) ?? plain
            headers.add(
                name: "X-MLflow-Signature", value: plain.signature(id: id, timestampSeconds: seconds, body: body))
            headers.add(
                name: "webhook-signature", value: standard.signature(id: id, timestampSeconds: seconds, body: body))
        }
        self.headers = headers
    }
}
