import NIOCore

/// The head of a request, as offsets into its bytes.
struct RequestHead: Equatable {
    enum Method: Equatable { case get, head, post, other }

    private(set) var method = Method.get
    private(set) var methodEnd = 0
    /// The target in origin form: path and query.
    private(set) var target = 0..<0
    private(set) var pathEnd = 0
    private(set) var isVersion10 = false
    private(set) var body = BodyFraming.none
    private(set) var bytesCount = 0
    var fields = HeadFields()

    var keepsAlive: Bool { isVersion10 ? fields.saysKeepAlive && !fields.saysClose : !fields.saysClose }

    /// Parses a whole head, the bytes up to and with its empty line.
    mutating func parse(_ bytes: Span<UInt8>) throws(FramingRefusal) {
        // What is refused below must not be answered as the request before it was.
        (method, body, isVersion10) = (.other, .none, false)
        let lineEnd = try parseLine(bytes)
        bytesCount = try fields.read(bytes, from: lineEnd)
        guard bytesCount == bytes.count else { throw .malformed("A line of the head ends without CR.") }
        guard isVersion10 || fields.hasHost else { throw .malformed("A request of HTTP/1.1 needs a Host field.") }
        if fields.isChunked {
            // Both lengths, or a coding that the version does not know: the classic forms of smuggling.
            guard fields.contentLength == nil else {
                throw .malformed("A body has Content-Length or Transfer-Encoding, not both.")
            }
            guard isVersion10 == false else { throw .malformed("HTTP/1.0 knows no Transfer-Encoding.") }
            body = .chunked
        } else if let length = fields.contentLength {
            body = length == 0 ? .none : .length(length)
        } else {
            body = .none
        }
    }

    /// The request line. Returns where the next line starts.
    private mutating func parseLine(_ bytes: Span<UInt8>) throws(FramingRefusal) -> Int {
        let count = bytes.count
        var at = 0
        while at < count, Byte.isToken(bytes[at]) { at += 1 }
        guard (1...16).contains(at), at < count, bytes[at] == Byte.space else {
            throw .malformed("The request line has no method.")
        }
        methodEnd = at
        method = Self.method(bytes, at)
        at += 1
        let start = at
        var query = -1
        while at < count, bytes[at] > 0x20, bytes[at] < 0x7F {
            if query < 0, bytes[at] == UInt8(ascii: "?") { query = at }
            guard bytes[at] != UInt8(ascii: "#") else { throw .malformed("The request's target holds a fragment.") }
            at += 1
        }
        let end = at
        // " HTTP/1.1" and the line's end.
        guard at + 11 <= count, bytes[at] == Byte.space, Byte.equals(bytes, at + 1..<at + 6, "HTTP/"),
            bytes[at + 9] == Byte.cr, bytes[at + 10] == Byte.lf
        else { throw .malformed("The request line is not a method, a target and a version.") }
        guard bytes[at + 6] == 0x31, bytes[at + 7] == 0x2E, bytes[at + 8] == 0x30 || bytes[at + 8] == 0x31 else { throw .version }
        isVersion10 = bytes[at + 8] == 0x30
        let path = try Self.originStart(bytes, start..<end)
        target = path..<end
        pathEnd = query >= path ? query : end
        return at + 11
    }

    private static func method(_ bytes: Span<UInt8>, _ count: Int) -> Method {
        if Byte.equals(bytes, 0..<count, "POST") { return .post }
        if Byte.equals(bytes, 0..<count, "GET") { return .get }
        return Byte.equals(bytes, 0..<count, "HEAD") ? .head : .other
    }

    /// Where the path starts: a server must take the absolute form, too (RFC 9112, section 3.2.2).
    private static func originStart(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(FramingRefusal) -> Int {
        guard range.isEmpty == false else { throw .malformed("The request line has no target.") }
        if bytes[range.lowerBound] == Byte.slash { return range.lowerBound }
        for (scheme, length) in [("http://", 7), ("https://", 8)] as [(StaticString, Int)] where range.count > length {
            guard Byte.matches(bytes, range.lowerBound..<range.lowerBound + length, scheme) else { continue }
            let host = range.lowerBound + length
            var at = host
            while at < range.upperBound, bytes[at] != Byte.slash { at += 1 }
            guard at > host, at < range.upperBound, Byte.isHost(bytes, host..<at) else { break }
            return at
        }
        throw .malformed("The request's target does not start with a slash.")
    }
}
