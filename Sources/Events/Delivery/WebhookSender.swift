import GatehouseCore
package import NIOCore
import NIOHTTP1
import NIOPosix
package import NIOSSL

/// Sends one request to one receiver, on a connection of its own: to exactly the address that was looked up and allowed, so
/// that a name cannot point elsewhere a moment later. Follows no redirect.
package struct WebhookSender: Sendable {
    /// From the look-up to the end of the answer.
    package static let secondsMax: Int64 = 30
    static let connectSecondsMax: Int64 = 10
    static let addressesTriedMax = 4
    /// Of an answer; the rest is read and dropped, up to `answerBytesMax`.
    package static let answerBytesKept = 4096
    static let answerBytesMax = 1 << 20

    let rules: AddressRules
    let names: NameService
    private let tls: @Sendable () throws -> NIOSSLContext
    let limit: TimeAmount

    /// `tls` is asked at the first use: reading the system's roots takes longer than the rest of a start.
    package init(
        rules: AddressRules, names: NameService = .system,
        tls: @escaping @Sendable () throws -> NIOSSLContext = { try NIOSSLContext.verifying.get() },
        limit: TimeAmount = .seconds(secondsMax)
    ) {
        self.rules = rules
        self.names = names
        self.tls = tls
        self.limit = limit
    }

    /// Never throws: what went wrong is an answer too.
    func send(_ request: SignedRequest, verifiesTLS: Bool = true) async -> ReceiverAnswer {
        if let stream = request.stream { return await publish(request, to: stream, verifiesTLS: verifiesTLS) }
        return await post(
            request.body, request.headers, to: request.url, keeping: Self.answerBytesKept, verifiesTLS: verifiesTLS)
    }

    /// Posts a body and keeps so many bytes of the answer. Never throws.
    func post(
        _ body: [UInt8], _ headers: HTTPHeaders, to url: WebhookURL, keeping bytesKept: Int, verifiesTLS: Bool = true
    ) async -> ReceiverAnswer {
        let deadline = NIODeadline.now() + limit
        do {
            let addresses = try await rules.addresses(of: url, names)
            let channel = try await connect(to: addresses.prefix(Self.addressesTriedMax), url, verifiesTLS, deadline)
            return .answered(try await exchange(body, headers, url, over: channel, deadline, keeping: bytesKept))
        } catch {
            return failure(of: error, at: url, by: deadline)
        }
    }

    func failure(of error: any Error, at url: WebhookURL, by deadline: NIODeadline) -> ReceiverAnswer {
        switch error {
        case let refusal as GatehouseError: return .failed(reason: refusal.message, isFinal: true)
        case let failure as ResolutionFailure:
            return .failed(reason: "'\(url.host)' cannot be resolved: \(failure.words)", isFinal: false)
        default:
            let isLate = NIODeadline.now() >= deadline
            return .failed(reason: isLate ? "no answer within \(limit.seconds) s" : Self.words(for: error), isFinal: false)
        }
    }

    private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    /// The first of the addresses that takes the connection.
    private func connect(
        to addresses: ArraySlice<IPAddress>, _ url: WebhookURL, _ verifiesTLS: Bool, _ deadline: NIODeadline
    ) async throws -> Connection {
        var last: any Error = ConnectionEnded()
        for address in addresses {
            let left = deadline - NIODeadline.now()
            guard left > .zero else { break }
            do {
                return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .connectTimeout(min(left, .seconds(Self.connectSecondsMax)))
                    .connect(to: SocketAddress(ipAddress: address.description, port: url.port)) { channel in
                        channel.eventLoop.makeCompletedFuture { try connection(on: channel, url, verifiesTLS) }
                    }
            } catch {
                last = error
            }
        }
        throw last
    }

    private func connection(on channel: any Channel, _ url: WebhookURL, _ verifiesTLS: Bool) throws -> Connection {
        let pipeline = channel.pipeline.syncOperations
        if url.isSecure {
            // The certificate must be that of the name in the URL; an address in the URL is compared with its own.
            let name = url.address == nil ? url.host : nil
            let context = try verifiesTLS ? tls() : NIOSSLContext.trusting.get()
            try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: name))
        }
        try pipeline.addHTTPClientHandlers()
        return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
    }

    private func exchange(
        _ body: [UInt8], _ headers: HTTPHeaders, _ url: WebhookURL, over connection: Connection, _ deadline: NIODeadline,
        keeping bytesKept: Int
    ) async throws -> ReceiverAnswer.Answered {
        let channel = connection.channel
        let alarm = channel.eventLoop.scheduleTask(deadline: deadline) { channel.close(mode: .all, promise: nil) }
        defer { alarm.cancel() }
        return try await connection.executeThenClose { inbound, outbound in
            var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: url.target, headers: headers)
            head.headers.add(name: "Host", value: url.hostHeader)
            // In one go: a receiver may answer and hang up at the last byte, and an end that is written on its own would then
            // find the connection closed.
            try await outbound.write(contentsOf: [
                .head(head), .body(.byteBuffer(ByteBuffer(bytes: body))), .end(nil),
            ])
            return try await Self.answer(from: inbound, keeping: bytesKept)
        }
    }

    private static func answer(
        from inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>, keeping bytesKept: Int
    ) async throws -> ReceiverAnswer.Answered {
        var head: HTTPResponseHead?
        var kept: [UInt8] = []
        var received = 0
        var isWhole = false
        read: for try await part in inbound {
            switch part {
            case .head(let found): head = found
            case .body(let buffer):
                received += buffer.readableBytes
                kept += buffer.readableBytesView.prefix(bytesKept - kept.count)
                if received > answerBytesMax { break read }
            case .end:
                isWhole = true
                break read
            }
        }
        try Task.checkCancellation()
        // Half an answer counts as soon as it says yes or no; a receiver that breaks off before has said neither.
        guard let head, isWhole || received > answerBytesMax else { throw ConnectionEnded() }
        return ReceiverAnswer.Answered(
            status: Int(head.status.code), body: ReceiverAnswer.text(of: kept),
            retryAfter: head.headers.first(name: "Retry-After"))
    }

    private struct ConnectionEnded: Error, CustomStringConvertible {
        let description = "the connection ended before the answer did"
    }

    /// One line that can be shown: an error of the network stack is sometimes a page.
    private static func words(for error: any Error) -> String {
        ReceiverAnswer.text(of: "\(error)".utf8.prefix(300)).replacing("\n", with: " ")
    }
}

extension NIOSSLContext {
    /// The system's trusted roots, certificates always verified.
    package static let verifying = Result { try NIOSSLContext(configuration: .makeClientConfiguration()) }

    /// For the webhooks that say so: any certificate will do. The address rules still hold.
    package static let trusting = Result {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        return try NIOSSLContext(configuration: configuration)
    }
}
