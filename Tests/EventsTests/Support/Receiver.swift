import GatehouseCore
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// What a receiver was sent.
struct Received: Sendable {
    /// Counts from 0.
    let number: Int
    let target: String
    let headers: HTTPHeaders
    let body: [UInt8]

    var json: JSONValue? { try? JSONParser.parse(body) }
    var id: String { headers.first(name: "webhook-id") ?? "" }
    /// The name of the model in an event of MLflow's, with a tag's value where there is one.
    var subject: String {
        [json?["data"]?["name"]?.stringValue, json?["data"]?["value"]?.stringValue].compactMap { $0 }.joined(separator: " ")
    }
}

enum Reply: Sendable {
    case status(Int, headers: HTTPHeaders = [:], body: String = "ok")
    /// Never.
    case hang
    /// Ends the connection without a word.
    case hangUp
}

/// A real HTTP server on a free port of the loopback. A class because its connections share it.
final class Receiver: Sendable {
    typealias Script = @Sendable (Received) -> Reply

    let arrivals: AsyncStream<Received>
    private let arrived: AsyncStream<Received>.Continuation
    private let script: Script
    private let log = Mutex<[Received]>([])

    private init(script: @escaping Script) {
        self.script = script
        (arrivals, arrived) = AsyncStream.makeStream(of: Received.self)
    }

    var received: [Received] { log.withLock { $0 } }

    /// Waits until so many requests have arrived.
    func first(_ count: Int) async -> [Received] {
        var found: [Received] = []
        for await one in arrivals {
            found.append(one)
            if found.count == count { break }
        }
        return found
    }

    func reply(target: String, headers: HTTPHeaders, body: [UInt8]) -> Reply {
        let one = log.withLock { log in
            let one = Received(number: log.count, target: target, headers: headers, body: body)
            log.append(one)
            return one
        }
        arrived.yield(one)
        return script(one)
    }

    /// Runs `body` with a receiver and its address, `http://127.0.0.1:PORT`.
    static func run(_ script: @escaping Script, _ body: (Receiver, String) async throws -> Void) async throws {
        let receiver = Receiver(script: script)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(ReceiverHandler(receiver: receiver))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(receiver, "http://127.0.0.1:\(channel.localAddress?.port ?? 0)"))
        } catch {
            result = .failure(error)
        }
        try await channel.close().get()
        try result.get()
    }
}

private final class ReceiverHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let receiver: Receiver
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(receiver: Receiver) { self.receiver = receiver }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let part): body += part.readableBytesView
        case .end:
            guard let head else { return }
            write(receiver.reply(target: head.uri, headers: head.headers, body: body), context)
        }
    }

    private func write(_ reply: Reply, _ context: ChannelHandlerContext) {
        switch reply {
        case .hang: break
        case .hangUp: context.close(promise: nil)
        case .status(let status, var headers, let text):
            headers.replaceOrAdd(name: "content-length", value: "\(text.utf8.count)")
            let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
            // As most servers do when the request says `connection: close`.
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
        }
    }
}
