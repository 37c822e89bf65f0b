import Foundation
import NIOCore
import NIOPosix
import NIOSSL

/// Sends requests over one TLS connection, one after another, and reads their answers, which have a Content-Length.
enum SecureClient {
    static func ask(port: Int, _ tls: NIOSSLContext, _ requests: [String]) async throws -> [String] {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        try NIOSSLClientHandler(context: tls, serverHostname: "localhost"))
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var pieces = inbound.makeAsyncIterator()
            var answers: [String] = []
            for request in requests {
                try await outbound.write(ByteBuffer(string: request))
                var read = ""
                while isWhole(read) == false, let piece = try await pieces.next() { read += String(buffer: piece) }
                answers.append(read)
            }
            return answers
        }
    }

    private static func isWhole(_ text: String) -> Bool {
        let parts = text.components(separatedBy: "\r\n\r\n")
        guard parts.count > 1, let start = parts[0].range(of: "content-length: ") else { return false }
        return parts[1].utf8.count == Int(parts[0][start.upperBound...].prefix { $0.isNumber })
    }
}
