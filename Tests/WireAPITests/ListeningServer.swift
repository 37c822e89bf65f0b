import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A request as it arrived.
struct ArrivedRequest: Sendable {
    let method: String
    let uri: String
    let headers: HTTPHeaders
    let body: [UInt8]
}

/// A real HTTP server on a free port of the loopback; it keeps what arrives and answers as it is told.
/// A class because its connections share what arrived.
final class ListeningServer: Sendable {
    typealias Answer = @Sendable (ArrivedRequest) -> (status: HTTPResponseStatus, body: String)

    private let answer: Answer
    private let log = Mutex<[ArrivedRequest]>([])

    private init(answer: @escaping Answer) { self.answer = answer }

    var arrived: [ArrivedRequest] { log.withLock { $0 } }

    /// Listens while `body` runs, which is handed the address.
    static func run(_ answer: @escaping Answer, body: (ListeningServer, String) async throws -> Void) async throws {
        let server = ListeningServer(answer: answer)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Connection(server: server))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(server, "http://127.0.0.1:\(channel.localAddress?.port ?? 0)"))
        } catch {
            result = .failure(error)
        }
        try await channel.close().get()
        try result.get()
    }

    fileprivate func handle(_ request: ArrivedRequest) -> (status: HTTPResponseStatus, body: String) {
        log.withLock { $0.append(request) }
        return answer(request)
    }
}

private final class Connection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: ListeningServer
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(server: ListeningServer) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let piece):
            body += piece.readableBytesView
        case .end:
            guard let head else { return }
            let (status, text) = server.handle(
                ArrivedRequest(method: head.method.rawValue, uri: head.uri, headers: head.headers, body: body))
            // An answer to HEAD has no body, whatever it says about its length.
            let isHead = head.method == .HEAD
            let headers: HTTPHeaders = ["content-length": "\(isHead ? 0 : text.utf8.count)"]
            context.write(
                wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
            if !isHead { context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil) }
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
