package import AsyncHTTPClient
package import GatehouseCore
package import Secrets

/// Asks a custom check that is a URL: a signed POST of one JSON document, answered with one.
///
/// The signature is that of Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`), so that a check can
/// tell our requests from others' with a library that exists. The client is the caller's; make it with
/// `HTTPClient.Configuration.scoring`, which follows no redirects.
package struct URLCheck: Sendable {
    package static let responseBytesMax = 1 << 20

    private let client: HTTPClient

    package init(client: HTTPClient) { self.client = client }

    /// Sends `body` and returns the answer. `id` names this request (the same when it is sent again), `now` dates it.
    ///
    /// Fails with `invalidArgument` when `url` is no URL, redirects or refuses the request (4xx); with `unavailable` when
    /// it does not answer within `timeout`, answers 5xx, more than `responseBytesMax` or no JSON.
    package func run(
        url: String, body: JSONValue, secret: WebhookSecret, id: String, now: Timestamp, timeout: Duration
    ) async throws -> JSONValue {
        let exchange = JSONExchange(
            client: client, address: try ServerAddress(url), what: "check", timeout: timeout,
            responseBytesMax: Self.responseBytesMax)
        let bytes = body.canonicalBytes
        let seconds = now.milliseconds / 1000
        return try await exchange.post(
            bytes,
            headers: [
                ("webhook-id", id), ("webhook-timestamp", String(seconds)),
                ("webhook-signature", secret.signature(id: id, timestampSeconds: seconds, body: bytes)),
            ])
    }
}
