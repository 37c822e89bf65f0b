import GatehouseCore
import Glibc
import NIOCore
import NIOPosix
import Serving
import Testing

@testable import Gateway

/// A whole gateway over real sockets, with shadows that do what shadows must not: production never notices.
@Suite(.serialized) struct ShadowFaultTests {
    enum Fault: String, CaseIterable, Sendable {
        case answers, refuses, hangs, drips, floods, garbage, hangsUp, neverEnds

        /// Only a deadline ends it.
        var takesForEver: Bool { [.hangs, .drips, .floods, .neverEnds].contains(self) }
    }

    private static let requests = 60

    @Test(
        "A shadow that fails in any way changes no byte of production, and every copy is accounted for", arguments: Fault.allCases
    )
    func faults(fault: Fault) async throws {
        let without = try await run(nil)
        let with = try await run(fault)
        #expect(with.answers == without.answers)
        #expect(with.answers.contains(#"{"predictions": [0.25]}"#))
        #expect(with.counts.eligible == Self.requests)
        #expect(with.counts.eligible == with.counts.mirrored + with.counts.droppedTotal + with.counts.late)
        #expect(with.pairs.count == with.counts.mirrored + with.counts.late + with.counts.dropped["no_connection", default: 0])
        switch fault {
        case .answers:
            #expect(with.counts.mirrored == Self.requests)
            #expect(with.counts.failed == 0)
            #expect(with.pairs.allSatisfy { $0.shadow.predictions == [0.75] })
        case .refuses: #expect(with.counts.dropped == ["no_connection": Self.requests])
        case .hangs, .drips, .neverEnds:
            #expect(with.counts.late > 0)
            #expect(with.counts.mirrored == 0)
        case .floods:
            // Too large an answer, or not the whole of it in time.
            #expect(with.counts.failed + with.counts.late > 0)
            #expect(with.counts.failed == with.counts.mirrored)
        case .garbage, .hangsUp:
            #expect(with.counts.failed > 0)
            #expect(with.counts.failed == with.counts.mirrored)
        }
    }

    private func run(_ fault: Fault?) async throws -> (answers: String, counts: ShadowCounts, pairs: [ShadowPair]) {
        let directory = ScratchDirectory()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let production = try await Self.server(on: group, .answers, #"{"predictions": [0.25]}"#)
        let shadow = try await Self.server(on: group, fault ?? .answers, #"{"predictions": [0.75]}"#)
        let shadowPort = try #require(shadow.localAddress?.port)
        if fault == .refuses { try await shadow.close() }
        let desk = try await RecordDesk.open(
            .init(spoolDirectory: directory.path, unitKey: [UInt8](0..<32)), on: group.next(), now: { 1_700_000_000_000 })
        var settings = GatewayServer.Settings()
        settings.port = 0
        settings.drainMilliseconds = 1_000
        let gateway = try await GatewayServer(
            settings, pages: GatewayPages(version: "test"),
            roots: .init(milliseconds: { 1_700_000_000_000 }, randomNumber: { 1 }),
            recorder: { LoopRecorder(for: desk, on: $0, loops: 1) })
        let withShadow = try Self.table(
            1, production: try #require(production.localAddress?.port), shadow: fault == nil ? nil : shadowPort,
            deadlineMilliseconds: fault?.takesForEver == true ? 200 : 20_000)
        try await gateway.swap(to: withShadow)
        let port = gateway.port
        let answers = try await NIOThreadPool.singleton.runIfActive { Self.exchange(port: port, times: Self.requests) }
        // Copies that hang end by their deadline of 200 ms; a client that asks again finds the loop alive meanwhile.
        for _ in 0..<40 {
            let more = try await NIOThreadPool.singleton.runIfActive { Self.health(port: port) }
            #expect(more.hasPrefix("HTTP/1.1 200"))
            try await group.next().scheduleTask(in: .milliseconds(25)) {}.futureResult.get()
        }
        _ = try await gateway.drain()
        try await desk.close()
        var counts = ShadowCounts()
        var pairs: [ShadowPair] = []
        while let batch = try await desk.oldest() {
            for record in try ServingRecord.read(lines: batch.lines) {
                switch record {
                case .window(let window): counts.add(window.shadow)
                case .shadow(let pair): pairs.append(pair)
                case .exposure: break
                }
            }
            try await desk.acknowledge(batch.number)
        }
        try await group.shutdownGracefully()
        return (answers, counts, pairs)
    }

    private static func table(
        _ number: Int64, production: Int, shadow: Int?, deadlineMilliseconds: Int
    ) throws -> ActiveRoutes {
        func served(_ version: Int64, _ port: Int) throws -> ServedVersion {
            ServedVersion(
                version: try VersionNumber(version), digest: Digest(bytes: [UInt8](repeating: 7, count: 32)),
                upstream: .url("http://127.0.0.1:\(port)"))
        }
        var segment = SegmentRoute(segment: "default", champion: try served(1, production))
        if let shadow {
            var route = ShadowRoute(version: try served(2, shadow), buckets: Bucketing.total, salt: "s")
            route.limits.deadlineMilliseconds = deadlineMilliseconds
            route.limits.concurrencyMax = 16
            route.limits.pauseAboveP95Ratio = 0
            segment.shadow = route
        }
        var rules = EndpointRules()
        rules.accessLogEvery = 0
        let endpoint = EndpointRoute(
            name: "credit", model: try ModelName("credit-risk"), environment: "prod", rules: rules, segments: [segment])
        return try ActiveRoutes(RouteTable(number: number, createdAt: Timestamp(milliseconds: 0), endpoints: [endpoint]))
    }

    // MARK: - Sockets

    private static func server(on group: MultiThreadedEventLoopGroup, _ fault: Fault, _ body: String) async throws -> any Channel
    {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FaultyServer(fault, body))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    /// All bytes that so many requests on one connection were answered with.
    private static func exchange(port: Int, times: Int) -> String {
        let body = #"{"instances": [[1, 2]]}"#
        return talk(
            port: port,
            (0..<times).map { number in
                "POST /endpoints/credit/invocations HTTP/1.1\r\nhost: x\r\nx-request-id: r\(number)\r\n"
                    + "content-type: application/json\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
            })
    }

    private static func health(port: Int) -> String { talk(port: port, ["GET /v2/health/live HTTP/1.1\r\nhost: x\r\n\r\n"]) }

    private static func talk(port: Int, _ requests: [String]) -> String {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { return "no connection" }
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var all: [UInt8] = []
        for request in requests {
            let bytes = Array(request.utf8)
            guard send(socket, bytes, bytes.count, 0) == bytes.count else { return "no request" }
            var answer: [UInt8] = []
            // Every answer here ends in a closing brace and has one JSON object of one level.
            while answer.last != UInt8(ascii: "}") {
                var piece = [UInt8](repeating: 0, count: 4_096)
                let count = recv(socket, &piece, piece.count, 0)
                guard count > 0 else { return String(decoding: all + answer, as: UTF8.self) + "[cut off]" }
                answer += piece[..<count]
            }
            all += answer
        }
        return String(decoding: all, as: UTF8.self)
    }
}

/// Answers each request it sees in its own way.
private final class FaultyServer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let fault: ShadowFaultTests.Fault
    private let body: String
    private var received = ""

    init(_ fault: ShadowFaultTests.Fault, _ body: String) {
        self.fault = fault
        self.body = body
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += String(buffer: unwrapInboundIn(data))
        while let end = received.range(of: "]]}") {
            received = String(received[end.upperBound...])
            answer(context)
        }
    }

    private func answer(_ context: ChannelHandlerContext) {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
        switch fault {
        case .answers, .refuses: write(head + "\(body.utf8.count)\r\n\r\n" + body, context)
        case .hangs: break
        case .drips:
            write(head + "100000\r\n\r\n", context)
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.scheduleRepeatedTask(initialDelay: .milliseconds(5), delay: .milliseconds(5)) { task in
                let (server, context) = bound.value
                if context.channel.isActive { server.write("x", context) } else { task.cancel() }
            }
        case .floods: write(head + "90000000\r\n\r\n" + String(repeating: "x", count: 4 << 20), context)
        case .garbage: write("\u{1}\u{2} nothing that is HTTP\r\n\r\n\r\n", context)
        case .hangsUp: context.close(promise: nil)
        case .neverEnds: write("HTTP/1.1 200 OK\r\nx: " + String(repeating: "y", count: 500), context)
        }
    }

    private func write(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }
}

extension String {
    fileprivate func range(of part: String) -> Range<Index>? { firstRange(of: part) }
}
