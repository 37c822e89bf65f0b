import NIOCore

/// What the server of a version speaks.
package enum UpstreamDialect: Sendable, Hashable {
    /// HTTP. What is asked is passed on as it came.
    case http
    /// HTTP, and for scoring MLflow's `/invocations` only: `mlflow models serve`.
    case invocations
    /// gRPC only: `inference.GRPCInferenceService`.
    case calls
}

/// Stands on a connection to a server of another dialect, between `UpstreamConnection` and the socket: requests go out and
/// answers come in as that server has them, and whoever asks knows nothing of it.
protocol DialectBridge: AnyObject, SendableMetatype {
    /// The one that was begun last.
    var request: BridgedRequest { get }

    /// What is written next begins a request.
    func begin()
}

extension DialectBridge where Self: ChannelInboundHandler, InboundOut == ByteBuffer {
    /// Answers without the server: later, because whoever asks is still writing, and no more once the next request has begun.
    func answerLater(_ refusal: CallRefusal, _ context: ChannelHandlerContext) {
        let bytes = BridgedAnswer.bytes(refusal, keepsAlive: true, hasBody: request.isHead == false)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.execute { [number = request.number] in
            let (bridge, context) = bound.value
            guard bridge.request.number == number else { return }
            context.fireChannelRead(bridge.wrapInboundOut(bytes))
        }
    }
}
