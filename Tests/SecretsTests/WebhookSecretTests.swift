import GatehouseCore
import Secrets
import Testing

@Suite("Signatures of requests")
struct WebhookSecretTests {
    private let text = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    private let body = Array(#"{"test": 2432232314}"#.utf8)

    /// The vector that the libraries of Standard Webhooks 1.0.0 share.
    @Test("a secret in the standard's form signs as the standard's own vector")
    func standard() throws {
        let secret = try WebhookSecret(parsing: text)
        #expect(
            secret.signature(id: id, timestampSeconds: 1_614_265_330, body: body)
                == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    /// Computed with Python's hmac by MLflow's rule: the key is the text itself.
    @Test("the same text as a key of bytes signs as MLflow does")
    func mlflow() {
        let secret = WebhookSecret(bytesOf: text)
        #expect(
            secret.signature(id: id, timestampSeconds: 1_614_265_330, body: body)
                == "v1,TcxlhK9b6UD6iVI1ZU2tTqp8PEVfYRseNNfa6b+LcUg=")
    }

    @Test("a secret of random bytes reads back in the standard's form")
    func made() throws {
        let made = WebhookSecret.text(random: Array(0..<32))
        #expect(made == "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
        _ = try WebhookSecret(parsing: made)
    }
}
