import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL

/// A model server that answers as a test says, over real TCP. Each request with Content-Length, or without a body, is handed
/// to the script with its number from 0; the script says what happens on that connection.
final class ScriptedUpstream: Sendable {
    enum Reply: Sendable {
        case bytes(String)
        /// The bytes one at a time, so many milliseconds apart.
        case drip(String, milliseconds: Int64)
        case bytesThenClose(String)
        case close
        case hang
    }

    let port: Int
    private let channel: any Channel
    private let seen: NIOLockedValueBox<[String]>
    private let opened: NIOLockedValueBox<Int>

    /// With `tls` it speaks HTTPS.
    init(port: Int = 0, tls: NIOSSLContext? = nil, _ script: @escaping @Sendable (Int, String) -> Reply) async throws {
        let seen = NIOLockedValueBox<[String]>([])
        let opened = NIOLockedValueBox(0)
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    opened.withLockedValue { $0 += 1 }
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(Handler(seen: seen, script: script))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        self.port = channel.localAddress?.port ?? 0
        self.seen = seen
        self.opened = opened
    }

    /// Connections that were made to it.
    var connections: Int { opened.withLockedValue { $0 } }
    var requests: [String] { seen.withLockedValue { $0 } }
    func close() async throws { try await channel.close() }

    static func ok(_ body: String) -> Reply {
        .bytes("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let seen: NIOLockedValueBox<[String]>
        private let script: @Sendable (Int, String) -> Reply
        private var text = ""

        init(seen: NIOLockedValueBox<[String]>, script: @escaping @Sendable (Int, String) -> Reply) {
            self.seen = seen
            self.script = script
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            while let request = nextRequest() {
                let number = seen.withLockedValue {
                    $0.append(request)
                    return $0.count - 1
                }
                reply(script(number, request), context)
            }
        }

        private func nextRequest() -> String? {
            let bytes = Array(text.utf8)
            let parts = text.components(separatedBy: "\r\n\r\n")
            guard parts.count > 1 else { return nil }
            let head = parts[0]
            var length = 0
            for line in head.components(separatedBy: "\r\n") where line.lowercased().hasPrefix("content-length:") {
                length = Int(line.dropFirst(15).trimmingPrefix(while: { $0 == " " })) ?? 0
            }
            if head.lowercased().contains("transfer-encoding: chunked") {
                guard let end = text.range(of: "0\r\n\r\n") else { return nil }
                let whole = String(text[..<end.upperBound])
                text = String(text[end.upperBound...])
                return whole
            }
            let count = head.utf8.count + 4 + length
            guard bytes.count >= count else { return nil }
            text = String(decoding: bytes[count...], as: UTF8.self)
            return String(decoding: bytes[..<count], as: UTF8.self)
        }

        private func reply(_ reply: Reply, _ context: ChannelHandlerContext) {
            switch reply {
            case .hang: return
            case .close: context.close(promise: nil)
            case .bytes(let text): context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            case .bytesThenClose(let text):
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
                context.close(promise: nil)
            case .drip(let text, let milliseconds):
                let channel = context.channel
                for (index, byte) in text.utf8.enumerated() {
                    context.eventLoop.scheduleTask(in: .milliseconds(milliseconds * Int64(index))) {
                        channel.writeAndFlush(ByteBuffer(bytes: [byte]), promise: nil)
                    }
                }
            }
        }
    }
}
