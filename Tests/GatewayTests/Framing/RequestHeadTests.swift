import NIOCore
import Testing

@testable import Gateway

@Suite("Request heads")
struct RequestHeadTests {
    /// What a sender of `bytes`, cut into `pieces`, is told: a head, a refusal, or nil for "go on".
    static func read(_ bytes: [UInt8], pieces: [Int]) -> Result<RequestHead, FramingRefusal>? {
        var buffer = ByteBuffer()
        var scanned = 0
        var at = 0
        for piece in pieces + [bytes.count] {
            let end = min(bytes.count, at + piece)
            buffer.writeBytes(bytes[at..<end])
            at = end
            guard let stop = Byte.headEnd(buffer.readableBytesUInt8Span, scanned: &scanned) else { continue }
            var head = RequestHead()
            do throws(FramingRefusal) {
                try head.parse(buffer.readableBytesUInt8Span.extracting(first: stop))
                return .success(head)
            } catch {
                return .failure(error)
            }
        }
        return nil
    }

    static func read(_ text: String) -> Result<RequestHead, FramingRefusal>? { read(Array(text.utf8), pieces: []) }

    @Test("a plain request is read, with its target, its length and what it says about the connection")
    func plain() throws {
        let head = try #require(
            try Self.read("POST /endpoints/x/invocations?a=1 HTTP/1.1\r\nHost: h:1\r\nContent-Length: 12\r\n\r\n")?.get())
        #expect(head.method == .post && head.body == .length(12) && head.keepsAlive)
        #expect(head.target == 5..<33 && head.pathEnd == 29)
        let old = try #require(try Self.read("GET / HTTP/1.0\r\n\r\n")?.get())
        #expect(old.keepsAlive == false && old.isVersion10)
    }

    @Test(
        "what two programs could read differently is refused",
        arguments: [
            ("both lengths", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", 400),
            ("two lengths", "Content-Length: 3\r\nContent-Length: 4\r\n", 400),
            ("a list of lengths", "Content-Length: 3, 3\r\n", 400),
            ("a signed length", "Content-Length: +3\r\n", 400),
            ("a negative length", "Content-Length: -3\r\n", 400),
            ("an empty length", "Content-Length:\r\n", 400),
            ("a length beyond 64 bits", "Content-Length: 99999999999999999999\r\n", 400),
            ("a blank before the colon", "Content-Length : 3\r\n", 400),
            ("a folded line", "X-A: b\r\n c\r\n", 400),
            ("a bare LF", "X-A: b\nX-C: d\r\n", 400),
            ("a bare CR", "X-A: b\rX-C: d\r\n", 400),
            ("a NUL", "X-A: b\0\r\n", 400),
            ("no name", ": b\r\n", 400),
            ("no colon", "abc\r\n", 400),
            ("two hosts", "Host: other\r\n", 400),
            ("two codings", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400),
            ("another coding", "Transfer-Encoding: gzip, chunked\r\n", 501),
            ("a coding in disguise", "Transfer-Encoding: xchunked\r\n", 501),
            ("another expectation", "Expect: tea\r\n", 417),
        ])
    func smuggling(name: String, fields: String, status: Int) throws {
        let answer = try #require(Self.read("POST / HTTP/1.1\r\nHost: h\r\n\(fields)\r\n"))
        guard case .failure(let refusal) = answer else { return #expect(Bool(false), "\(name) was taken") }
        #expect(refusal.status == status, "\(name): \(refusal.reason)")
    }

    @Test(
        "a request line that is none is refused",
        arguments: [
            ("GET  / HTTP/1.1", 400), ("GET /", 400), ("GET / HTTP/1.1 ", 400), (" GET / HTTP/1.1", 400), ("GET / http/1.1", 400),
            ("GET / HTTP/2.0", 505), ("GET a HTTP/1.1", 400), ("GET /\u{7F} HTTP/1.1", 400), ("GET /a#b HTTP/1.1", 400),
            ("G@T / HTTP/1.1", 400), ("GET /\tx HTTP/1.1", 400), ("GET http:///x HTTP/1.1", 400), ("CONNECT h:1 HTTP/1.1", 400),
        ])
    func requestLines(line: String, status: Int) throws {
        let answer = try #require(Self.read("\(line)\r\nHost: h\r\n\r\n"))
        guard case .failure(let refusal) = answer else { return #expect(Bool(false), "\(line) was taken") }
        #expect(refusal.status == status)
    }

    @Test("HTTP/1.1 without a host, and more fields than the limit, are refused")
    func limits() throws {
        #expect(Self.read("GET / HTTP/1.1\r\n\r\n").map { (try? $0.get()) == nil } == true)
        let many = String(repeating: "A: b\r\n", count: GatewayLimits.headersMax)
        guard case .failure(let refusal) = try #require(Self.read("GET / HTTP/1.1\r\nHost: h\r\n\(many)\r\n")) else {
            return #expect(Bool(false))
        }
        #expect(refusal.status == 431)
    }

    @Test("fields of one hop, those that Connection names, and those in the gateway's own name stay behind")
    func hops() throws {
        let text =
            "POST / HTTP/1.1\r\nHost: h\r\nX-Keep: 1\r\nConnection: x-drop, close\r\nX-Drop: 2\r\nX-Gatehouse-Arm: champion\r\n"
            + "Keep-Alive: 5\r\nTE: trailers\r\nAccept: */*\r\nContent-Length: 0\r\n\r\n"
        let head = try #require(try Self.read(text)?.get())
        var out = ByteBuffer()
        out.write(room: text.utf8.count) { message in
            ByteBuffer(string: text).withUnsafeReadableBytes { head.fields.writeForwarded(from: $0, into: &message) }
        }
        #expect(String(buffer: out) == "X-Keep: 1\r\nAccept: */*\r\n")
        #expect(head.keepsAlive == false)
    }

    @Test("any split of the bytes into reads gives the same head or the same refusal")
    func splits() {
        let pieces = [
            "POST /endpoints/x/invocations HTTP/1.1\r\n", "GET / HTTP/1.0\r\n", "\n", "\r", "\r\n", "Host: h\r\n", "A: b\r\n",
            " folded\r\n",
            "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "\u{0}", "é: x\r\n", "Connection: a, b\r\n", "\r\n\r\n",
        ]
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for _ in 0..<3_000 {
            let text = (0..<(1 + next(7))).map { _ in pieces[next(pieces.count)] }.joined() + "\r\n"
            let bytes = Array(text.utf8)
            let whole = Self.read(bytes, pieces: [])
            let ones = Self.read(bytes, pieces: Array(repeating: 1, count: bytes.count))
            let cuts = Self.read(bytes, pieces: (0..<bytes.count).map { _ in 1 + next(9) })
            #expect(Self.told(whole) == Self.told(ones), "\(text.debugDescription)")
            #expect(Self.told(whole) == Self.told(cuts), "\(text.debugDescription)")
        }
    }

    private static func told(_ answer: Result<RequestHead, FramingRefusal>?) -> String {
        switch answer {
        case nil: "more"
        case .success(let head): "\(head)"
        case .failure(let refusal): "\(refusal)"
        }
    }
}
