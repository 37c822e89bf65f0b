import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import NIOSSL

/// A client of HTTP/2 that is NIOHTTP2's and not the gateway's: streams that a test opens, fills, resets and reads.
struct StreamClient: Sendable {
    struct Answer: Sendable {
        var fields = HPACKHeaders()
        var body = ByteBuffer()
        var trailers = HPACKHeaders()
        /// Whether the stream ended in good order.
        var isWhole = false

        var status: String? { fields.first(name: ":status") }
        var text: String { String(buffer: body) }
    }

    let channel: any Channel
    private let streams: NIOHTTP2Handler.StreamMultiplexer

    init(port: Int, tls: NIOSSLContext? = nil) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        channel = try await ClientBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let handler = try NIOSSLClientHandler(context: tls, serverHostname: "localhost")
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    var connection = NIOHTTP2Handler.ConnectionConfiguration()
                    // What a test sends on purpose is not checked before it leaves.
                    connection.headerBlockValidation = .disabled
                    connection.contentLengthValidation = .disabled
                    _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
                        mode: .client, connectionConfiguration: connection, streamConfiguration: .init()
                    ) { $0.eventLoop.makeSucceededVoidFuture() }
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        streams = try await channel.pipeline.handler(type: NIOHTTP2Handler.self).flatMap { $0.multiplexer }.get()
    }

    /// Opens a stream and sends what is given; `ends` closes the request's side.
    func open(_ fields: [(String, String)], _ pieces: [ByteBuffer] = [], ends: Bool = true) async throws -> Stream {
        let promise = channel.eventLoop.makePromise(of: Answer.self)
        let stream: any Channel
        do {
            stream = try await streams.createStreamChannel { stream in
                stream.eventLoop.makeCompletedFuture {
                    try stream.pipeline.syncOperations.addHandler(Reader(promise))
                }
            }.get()
        } catch {
            // The connection has ended: nobody else answers for the stream.
            promise.fail(error)
            throw error
        }
        let isEmpty = pieces.isEmpty && ends
        stream.write(HTTP2Frame.FramePayload.headers(.init(headers: HPACKHeaders(fields), endStream: isEmpty)), promise: nil)
        for (index, piece) in pieces.enumerated() {
            let isLast = ends && index == pieces.count - 1
            stream.write(HTTP2Frame.FramePayload.data(.init(data: .byteBuffer(piece), endStream: isLast)), promise: nil)
        }
        stream.flush()
        return Stream(channel: stream, answer: promise.futureResult)
    }

    struct Stream: Sendable {
        let channel: any Channel
        fileprivate let answer: EventLoopFuture<Answer>

        /// What came until the stream ended.
        func read() async throws -> Answer { try await answer.get() }
        func reset() { channel.close(promise: nil) }
    }

    /// One request and its answer.
    func ask(
        _ method: String = "POST", path: String = "/endpoints/x/invocations", body: String? = "{}",
        fields: [(String, String)] = []
    ) async throws -> Answer {
        let head = [(":method", method), (":scheme", "http"), (":authority", "gateway"), (":path", path)] + fields
        return try await open(head, body.map { [ByteBuffer(string: $0)] } ?? []).read()
    }

    func close() async { try? await channel.close() }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = HTTP2Frame.FramePayload

        private let promise: EventLoopPromise<Answer>
        private var answer = Answer()

        init(_ promise: EventLoopPromise<Answer>) { self.promise = promise }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .headers(let headers):
                if answer.fields.isEmpty || answer.status == "100" {
                    answer.fields = headers.headers
                } else {
                    answer.trailers = headers.headers
                }
                answer.isWhole = answer.isWhole || headers.endStream
            case .data(let data):
                if case .byteBuffer(var bytes) = data.data { answer.body.writeBuffer(&bytes) }
                answer.isWhole = answer.isWhole || data.endStream
            default: return
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {}
        func channelInactive(context: ChannelHandlerContext) { promise.succeed(answer) }
    }
}
