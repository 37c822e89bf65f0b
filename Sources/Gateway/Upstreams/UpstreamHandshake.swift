import NIOCore
import NIOSSL
import NIOTLS

/// Waits on a new connection to a model server until TLS stands, and leaves. A class, because it is a channel's handler.
final class UpstreamHandshake: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private var promise: EventLoopPromise<Void>?
    private var expiry: Scheduled<Void>?

    /// Fulfilled when the server has proved who it is. Fails with `UpstreamFailure`.
    let done: EventLoopFuture<Void>

    init(on eventLoop: any EventLoop) {
        let promise = eventLoop.makePromise(of: Void.self)
        (self.promise, done) = (promise, promise.futureResult)
    }

    /// Puts TLS and this behind each other. `host` is what the certificate must be of; for an address in numbers the one that
    /// was connected to.
    func start(on channel: any Channel, _ context: NIOSSLContext, host: String, until deadline: NIODeadline) throws {
        let isNumeric = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        let operations = channel.pipeline.syncOperations
        try operations.addHandler(try NIOSSLClientHandler(context: context, serverHostname: isNumeric ? nil : host))
        try operations.addHandler(self)
        let box = NIOLoopBound(self, eventLoop: channel.eventLoop)
        expiry = channel.eventLoop.scheduleTask(deadline: deadline) {
            box.value.end(.failure(.connect))
            channel.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.handshakeCompleted) = event as? TLSUserEvent {
            end(.success(()))
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(.failure(error is NIOSSLError || error is NIOSSLExtraError ? .tls : .connect))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(.failure(.connect))
        context.fireChannelInactive()
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
