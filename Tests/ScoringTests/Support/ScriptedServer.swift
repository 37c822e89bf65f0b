import AsyncHTTPClient
import GatehouseCore
import NIOCore
import NIOHTTP1
import NIOPosix
import Scoring
import Synchronization

/// What a test's server was asked.
struct ReceivedRequest: Sendable {
    /// Counts from 0.
    let number: Int
    let path: String
    let headers: HTTPHeaders
    let body: [UInt8]

    var json: JSONValue? { try? JSONParser.parse(body) }
}

/// What it is to answer.
enum ScriptedAnswer: Sendable {
    case send(status: HTTPResponseStatus = .ok, headers: HTTPHeaders = [:], body: String, after: TimeAmount = .zero)
    /// The head of an answer, then nothing more.
    case stallAfterHead
    /// Nothing, ever.
    case hang

    static func json(_ text: String) -> ScriptedAnswer { .send(body: text) }
}

/// A real HTTP server on a free port of the loopback that answers as a test says. A class because its connections share it.
final class ScriptedServer: Sendable {
    typealias Script = @Sendable (ReceivedRequest) -> ScriptedAnswer

    private let script: Script
    private let log = Mutex<[ReceivedRequest]>([])

    private init(script: @escaping Script) { self.script = script }

    var requests: [ReceivedRequest] { log.withLock { $0 } }

    func answer(path: String, headers: HTTPHeaders, body: [UInt8]) -> ScriptedAnswer {
        let request = log.withLock { log in
            let request = ReceivedRequest(number: log.count, path: path, headers: headers, body: body)
            log.append(request)
            return request
        }
        return script(request)
    }

    /// Starts a server and a client as Gatehouse makes them, runs `body` with the server's URL, and stops both.
    static func run(
        _ script: @escaping Script, body: (ScriptedServer, String, HTTPClient) async throws -> Void
    ) async throws {
        let server = ScriptedServer(script: script)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(ScriptedHandler(server: server))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .scoring)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(server, "http://127.0.0.1:\(channel.localAddress?.port ?? 0)", client))
        } catch {
            result = .failure(error)
        }
        try await client.shutdown()
        try await channel.close().get()
        try result.get()
    }
}

private final class ScriptedHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: ScriptedServer
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(server: ScriptedServer) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let part): body += part.readableBytesView
        case .end:
            guard let head else { return }
            write(server.answer(path: head.uri, headers: head.headers, body: body), context: context)
        }
    }

    private func write(_ answer: ScriptedAnswer, context: ChannelHandlerContext) {
        switch answer {
        case .hang: break
        case .stallAfterHead:
            let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["content-length": "100"])
            context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
        case .send(let status, var headers, let text, let delay):
            headers.replaceOrAdd(name: "content-length", value: "\(text.utf8.count)")
            let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            _ = context.eventLoop.scheduleTask(in: delay) {
                let context = bound.value
                context.write(NIOAny(HTTPServerResponsePart.head(head)), promise: nil)
                context.write(NIOAny(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
                context.writeAndFlush(NIOAny(HTTPServerResponsePart.end(nil)), promise: nil)
            }
        }
    }
}
