import NIOCore
import NIOHPACK

/// The head of a request as a stream has it (RFC 9113, section 8.3), and how it is written for `ClientConnection`. Strict,
/// because a line's end inside a value would make two requests of one.
struct StreamHead {
    let method: String
    let path: String
    let authority: String
    let fields: [(name: String, value: String)]
    let contentLength: Int?
    let contentType: String?

    /// Fields that mean something for one connection only have no place in a stream.
    private static let forbidden: Set<String> = ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"]

    init(_ headers: HPACKHeaders) throws(FramingRefusal) {
        var (method, path, authority) = (String?.none, String?.none, String?.none)
        var (contentLength, contentType) = (Int?.none, String?.none)
        var fields: [(name: String, value: String)] = []
        var cookies: [String] = []
        for (name, value, _) in headers {
            guard Self.isFieldText(value) else { throw .malformed("A header field holds a control character.") }
            switch name {
            case ":method": method = value
            case ":path": path = value
            case ":authority": authority = value
            case ":scheme": continue
            case "host": authority = authority ?? value
            case "cookie": cookies.append(value)
            case "content-length":
                guard contentLength == nil, let length = Self.length(value) else {
                    throw .malformed("Content-Length is there twice or is not a number of bytes.")
                }
                contentLength = length
            default:
                guard Self.isToken(name), Self.forbidden.contains(name) == false else {
                    throw .malformed("A header field has a name that a stream has no place for.")
                }
                if name == "content-type" { contentType = value }
                fields.append((name, value))
            }
        }
        guard let method, Self.isToken(method) else { throw .malformed("The request has no method.") }
        guard let path, path.hasPrefix("/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .malformed("The request's path does not start with a slash or holds a blank.")
        }
        // RFC 9113, section 8.2.3: as one field before they go where fields are lines.
        if cookies.isEmpty == false { fields.append(("cookie", cookies.joined(separator: "; "))) }
        (self.method, self.path, self.authority) = (method, path, authority ?? "")
        (self.fields, self.contentLength, self.contentType) = (fields, contentLength, contentType)
    }

    /// How the body behind the head is framed.
    enum Body: Equatable {
        case none
        case length(Int)
        case chunked
    }

    func bytes(_ body: Body) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(512)
        bytes.writeString(method)
        bytes.writeStaticString(" ")
        bytes.writeString(path)
        // A stream has one request: what stands behind it has done its work with the answer.
        bytes.writeStaticString(" HTTP/1.1\r\nconnection: close\r\nhost: ")
        bytes.writeString(authority)
        bytes.writeStaticString("\r\n")
        for (name, value) in fields {
            bytes.writeString(name)
            bytes.writeStaticString(": ")
            bytes.writeString(value)
            bytes.writeStaticString("\r\n")
        }
        switch body {
        case .none: bytes.writeStaticString("\r\n")
        case .length(let length):
            bytes.writeStaticString("content-length: ")
            bytes.writeDecimal(length)
            bytes.writeStaticString("\r\n\r\n")
        case .chunked: bytes.writeStaticString("transfer-encoding: chunked\r\n\r\n")
        }
        return bytes
    }

    private static func isToken(_ text: String) -> Bool { text.isEmpty == false && text.utf8.allSatisfy(Byte.isToken) }

    private static func isFieldText(_ text: String) -> Bool { text.utf8.allSatisfy(Byte.isFieldText) }

    private static func length(_ text: String) -> Int? {
        guard (1...18).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }
}
