import NIOCore
import Testing

@testable import Gateway

@Suite("Chunked bodies")
struct ChunkedBodyTests {
    /// The data, whether the body has ended, what is left, or the refusal; `cut` bytes come at a time.
    static func read(_ bytes: [UInt8], cut: Int) -> String {
        var decoder = ChunkedBody()
        var buffer = ByteBuffer()
        var data: [UInt8] = []
        var at = 0
        do throws(FramingRefusal) {
            while true {
                switch try decoder.next(&buffer) {
                case .data(let piece): data += Array(piece.readableBytesView)
                case .end:
                    let left = Array(buffer.readableBytesView) + bytes[at...]
                    return "ended \(String(decoding: data, as: UTF8.self)) left \(String(decoding: left, as: UTF8.self))"
                case .needsMore:
                    guard at < bytes.count else { return "more \(String(decoding: data, as: UTF8.self))" }
                    let end = min(bytes.count, at + cut)
                    buffer.writeBytes(bytes[at..<end])
                    at = end
                }
            }
        } catch {
            return "refused \(error.status)"
        }
    }

    static func read(_ text: String) -> String { read(Array(text.utf8), cut: .max / 2) }

    @Test("data, extensions and trailers are told apart, and what follows is left alone")
    func plain() {
        #expect(Self.read("3\r\nabc\r\n0\r\n\r\nGET") == "ended abc left GET")
        #expect(Self.read("A;x=\"y;z\"\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n") == "ended 0123456789 left ")
        #expect(Self.read("003\r\nabc\r\n") == "more abc")
    }

    @Test(
        "a body that two programs could read differently is refused",
        arguments: [
            "3\nabc\r\n0\r\n\r\n", "3\r\nabcd\r\n", "\r\n", "-1\r\n", "0x3\r\nabc\r\n", " 3\r\nabc", "3 \r\nabc", "g\r\n",
            "1234567890ABCDEF\r\n", "3\r\nabc\n0\r\n\r\n", "0\r\n folded\r\n\r\n", "0\r\n\n", "3;\u{0}\r\nabc",
            "0\r\nX: \u{1}\r\n\r\n",
        ])
    func refused(text: String) { #expect(Self.read(text) == "refused 400") }

    @Test("extensions and trailers without end are refused")
    func limits() {
        let long = String(repeating: "x", count: max(GatewayLimits.chunkExtensionBytesMax, GatewayLimits.trailerBytesMax) + 1)
        #expect(Self.read("1;\(long)") == "refused 400")
        #expect(Self.read("0\r\nX: \(long)") == "refused 400")
        // Many small ones as well.
        let many = String(repeating: "1;xxxx\r\na\r\n", count: GatewayLimits.chunkExtensionBytesMax / 4)
        #expect(Self.read(many) == "refused 400")
    }

    @Test("any split of the bytes into reads gives the same data or the same refusal")
    func splits() {
        let pieces = ["3\r\nabc\r\n", "0\r\n", "\r\n", "A;e\r\n0123456789\r\n", "X: y\r\n", "\n", "f", "1\r\n\r\r\n", ";"]
        var state: UInt64 = 42
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for _ in 0..<3_000 {
            let bytes = Array((0..<(1 + next(6))).map { _ in pieces[next(pieces.count)] }.joined().utf8)
            let whole = Self.read(bytes, cut: bytes.count)
            for cut in 1...4 { #expect(Self.read(bytes, cut: cut) == whole) }
        }
    }
}
