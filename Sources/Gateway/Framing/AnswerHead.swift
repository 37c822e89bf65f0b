import NIOCore

/// The head of a model server's answer, as offsets into its bytes.
struct AnswerHead: Equatable {
    private(set) var status = 0
    /// Status code and reason, without the line's end.
    private(set) var statusText = 0..<0
    private(set) var body = BodyFraming.none
    private(set) var keepsAlive = false
    private(set) var bytesCount = 0
    private(set) var fields = HeadFields()

    /// Parses a whole head. `hasBody` is false for what answers a HEAD request.
    mutating func parse(_ bytes: Span<UInt8>, hasBody: Bool) throws(FramingRefusal) {
        let count = bytes.count
        guard count >= 13, Byte.matches(bytes, 0..<7, "http/1."), bytes[7] == 0x30 || bytes[7] == 0x31, bytes[8] == Byte.space
        else {
            throw .malformed("The answer does not begin with HTTP/1.1.")
        }
        let isVersion10 = bytes[7] == 0x30
        var code = 0
        for at in 9..<12 {
            let digit = bytes[at] &- 0x30
            guard digit < 10 else { throw .malformed("The answer has no status of three digits.") }
            code = code * 10 + Int(digit)
        }
        guard (100..<600).contains(code), bytes[12] == Byte.space || bytes[12] == Byte.cr else {
            throw .malformed("The answer has no status of three digits.")
        }
        status = code
        var at = 12
        while at < count, Byte.isFieldText(bytes[at]) { at += 1 }
        guard at + 1 < count, bytes[at] == Byte.cr, bytes[at + 1] == Byte.lf else {
            throw .malformed("The status line does not end.")
        }
        statusText = 9..<at
        bytesCount = try fields.read(bytes, from: at + 2)
        guard bytesCount == count else { throw .malformed("A line of the head ends without CR.") }
        guard fields.isChunked == false || fields.contentLength == nil else { throw .malformed("The answer has two lengths.") }
        if hasBody == false || code < 200 || code == 204 || code == 304 {
            body = .none
        } else if fields.isChunked {
            body = .chunked
        } else if let length = fields.contentLength {
            body = .length(length)
        } else {
            body = .untilClose
        }
        keepsAlive = (isVersion10 ? fields.saysKeepAlive : true) && fields.saysClose == false && body != .untilClose
    }
}
