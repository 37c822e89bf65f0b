import NIOCore
import NIOSSL
import NIOTLS

/// Waits on a new connection to a model server until TLS stands, and leaves. A class, because it is a channel's handler.
final class UpstreamHandshake: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    /// As the handshake names it.
    static let http2 = "h2"

    private let address: UpstreamAddress
    private let log: TLSFailureLog?
    private var promise: EventLoopPromise<Void>?
    private var expiry: Scheduled<Void>?

    /// Fulfilled when the server has proved who it is. Fails with `UpstreamFailure`.
    let done: EventLoopFuture<Void>

    /// `log` is told why it fails.
    init(with address: UpstreamAddress, on eventLoop: any EventLoop, telling log: TLSFailureLog?) {
        self.address = address
        self.log = log
        let promise = eventLoop.makePromise(of: Void.self)
        (self.promise, done) = (promise, promise.futureResult)
    }

    /// Puts TLS and this behind each other. The certificate must be of the address's host; for one in numbers of the address
    /// that was connected to.
    func start(on channel: any Channel, _ context: NIOSSLContext, until deadline: NIODeadline) throws {
        let host = address.host
        let isNumeric = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        let operations = channel.pipeline.syncOperations
        try operations.addHandler(try NIOSSLClientHandler(context: context, serverHostname: isNumeric ? nil : host))
        try operations.addHandler(self)
        let box = NIOLoopBound(self, eventLoop: channel.eventLoop)
        expiry = channel.eventLoop.scheduleTask(deadline: deadline) {
            box.value.fail(TLSFailure(.noAnswer, "the handshake did not end in time"), as: .connect)
            channel.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.handshakeCompleted(let negotiated)) = event as? TLSUserEvent {
            guard address.dialect != .calls || negotiated == Self.http2 else {
                fail(TLSFailure(.noHTTP2, "the server did not choose HTTP/2, which gRPC needs"), as: .tls)
                return context.close(promise: nil)
            }
            end(.success(()))
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is NIOSSLError || error is NIOSSLExtraError {
            let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate()
            let now = log?.nowSeconds ?? 0
            fail(TLSFailure(error, certificate: certificate, host: address.host, atSeconds: now), as: .tls)
        } else {
            end(.failure(.connect))
        }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(.failure(.connect))
        context.fireChannelInactive()
    }

    private func fail(_ reason: TLSFailure, as failure: UpstreamFailure) {
        if promise != nil { log?.note(reason, of: .server(address)) }
        end(.failure(failure))
    }

    private func end(_ result: Result<Void, UpstreamFailure>) {
        expiry?.cancel()
        expiry = nil
        let promise = promise
        self.promise = nil
        switch result {
        case .success: promise?.succeed(())
        case .failure(let failure): promise?.fail(failure)
        }
    }
}
