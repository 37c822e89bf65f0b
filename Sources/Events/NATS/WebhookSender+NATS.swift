import GatehouseCore
import NIOCore

extension WebhookSender {
    /// Of a request: those that a consumer of a stream has a use for.
    private static let headersSent: Set = [
        "content-type", "nats-msg-id", "webhook-id", "webhook-timestamp", "webhook-signature",
    ]

    /// Publishes a request as a message and waits for JetStream's acknowledgement. Never throws: what went wrong is an answer too.
    func publish(_ request: SignedRequest, to stream: NATSStream.Place, verifiesTLS: Bool) async -> ReceiverAnswer {
        let deadline = NIODeadline.now() + limit
        let addresses: [IPAddress]
        do {
            addresses = Array(try await rules.addresses(of: request.url, names).prefix(Self.addressesTriedMax))
        } catch {
            return failure(of: error, at: request.url, by: deadline)
        }
        let url = request.url
        let message = NATSMessage(
            serverName: url.host, isSecure: url.isSecure, verifiesTLS: verifiesTLS,
            authorization: stream.authorization, subject: stream.subject,
            headers: request.headers.filter { Self.headersSent.contains($0.name.lowercased()) }
                .map { (name: $0.name, value: $0.value) },
            body: request.body)
        let late = ReceiverAnswer.failed(reason: "no answer within \(limit.seconds) s", isFinal: false)
        return await NATSThreads.run(interrupted: late) {
            Self.answer(to: message, at: addresses, port: url.port, by: deadline) ?? late
        }
    }

    /// Blocks until the deadline at most; nil: that is over. As with HTTP, the first address that takes the connection is the
    /// one that answers.
    private static func answer(
        to message: NATSMessage, at addresses: [IPAddress], port: Int, by deadline: NIODeadline
    ) -> ReceiverAnswer? {
        func left(atMost seconds: Int64) -> Int64 {
            min(seconds * 1000, (deadline - NIODeadline.now()).nanoseconds / 1_000_000)
        }
        let library: NATSLibrary
        do { library = try NATSLibrary.loaded() } catch {
            // Somebody may install it before the next attempt.
            return .failed(reason: error.message, isFinal: false)
        }
        var last: NATSFailure?
        for address in addresses {
            let (connecting, replying) = (left(atMost: connectSecondsMax), left(atMost: secondsMax))
            guard connecting > 0 else { break }
            do {
                let reply = try library.reply(
                    to: message, from: address, port: port, connectMilliseconds: connecting,
                    replyMilliseconds: max(1, replying - connecting))
                return NATSStream.answer(reply)
            } catch {
                last = error
                // It was connected: another address would be another server, which might take the message a second time.
                if [NATSFailure.timeout, NATSFailure.noResponders].contains(error.status) { break }
            }
        }
        return last.map { .failed(reason: NATSStream.words(for: $0, message.subject), isFinal: false) }
    }
}

extension TimeAmount {
    /// Whole ones.
    var seconds: Int64 { nanoseconds / 1_000_000_000 }
}
