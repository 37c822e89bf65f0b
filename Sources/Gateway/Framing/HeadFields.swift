import NIOCore

/// Where a field stands in its head: offsets from the head's first byte.
struct HeadField: Equatable {
    let nameStart: Int32
    let nameEnd: Int32
    let valueStart: Int32
    let valueEnd: Int32
    /// Behind the line's CRLF.
    let lineEnd: Int32
    /// Hop-by-hop fields and those that the gateway writes itself stay behind.
    var isForwarded = true

    var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
}

/// How long a body is (RFC 9112, section 6.3).
enum BodyFraming: Equatable {
    case none
    case length(Int)
    case chunked
    /// Answers only.
    case untilClose
}

/// The fields of a request or an answer, and what they say about the connection and the body. Strict where implementations
/// differ, because a difference between two of them is a smuggled request.
struct HeadFields: Equatable {
    private(set) var fields: [HeadField] = []
    private(set) var contentLength: Int?
    private(set) var isChunked = false
    private(set) var saysClose = false
    private(set) var saysKeepAlive = false
    private(set) var hasHost = false
    private(set) var expectsContinue = false
    private(set) var contentType: Range<Int>?
    private(set) var requestID: Range<Int>?
    private(set) var authorization: Range<Int>?
    private(set) var wantedVersion: Range<Int>?
    /// Values of `Connection` that name other fields.
    private var named: [Range<Int>] = []

    /// Reads the fields from `start` to the empty line that ends the head. Returns where the head ends.
    mutating func read(_ bytes: Span<UInt8>, from start: Int) throws(FramingRefusal) -> Int {
        reset()
        var at = start
        while true {
            guard at + 1 < bytes.count else { throw .malformed("The head ends too early.") }
            if bytes[at] == Byte.cr, bytes[at + 1] == Byte.lf {
                at += 2
                break
            }
            guard fields.count < GatewayLimits.headersMax else { throw .tooManyFields }
            at = try readField(bytes, at)
        }
        for range in named { dropFields(named: range, bytes) }
        return at
    }

    private mutating func reset() {
        fields.removeAll(keepingCapacity: true)
        if named.isEmpty == false { named.removeAll() }
        contentLength = nil
        isChunked = false
        (saysClose, saysKeepAlive, hasHost, expectsContinue) = (false, false, false, false)
        (contentType, requestID, authorization, wantedVersion) = (nil, nil, nil, nil)
    }

    private mutating func readField(_ bytes: Span<UInt8>, _ start: Int) throws(FramingRefusal) -> Int {
        var at = start
        let count = bytes.count
        at = Byte.tokenEnd(bytes, from: at)
        let nameEnd = at
        guard nameEnd > start else {
            throw Byte.isBlank(bytes[start])
                ? .malformed("A header field goes on over a line's end.") : .malformed("A header field has no name.")
        }
        guard at < count, bytes[at] == Byte.colon else { throw .malformed("A header field's name is not followed by a colon.") }
        at += 1
        while at < count, Byte.isBlank(bytes[at]) { at += 1 }
        let valueStart = at
        at = Byte.fieldTextEnd(bytes, from: at)
        guard at + 1 < count, bytes[at] == Byte.cr, bytes[at + 1] == Byte.lf else {
            throw .malformed("A header field holds a control character or a line's end that is not CR LF.")
        }
        var valueEnd = at
        while valueEnd > valueStart, Byte.isBlank(bytes[valueEnd - 1]) { valueEnd -= 1 }
        var field = HeadField(
            nameStart: Int32(start), nameEnd: Int32(nameEnd), valueStart: Int32(valueStart), valueEnd: Int32(valueEnd),
            lineEnd: Int32(at + 2))
        field.isForwarded = try interpret(bytes, name: start..<nameEnd, value: valueStart..<valueEnd)
        fields.append(field)
        return at + 2
    }

    /// Takes what a field means for the gateway. Returns whether the field is passed on.
    private mutating func interpret(
        _ bytes: Span<UInt8>, name: Range<Int>, value: Range<Int>
    ) throws(FramingRefusal) -> Bool {
        func isNamed(_ text: StaticString) -> Bool { Byte.matches(bytes, name, text) }
        switch name.count {
        case 2: return isNamed("te") == false
        case 4:
            guard isNamed("host") else { return true }
            guard hasHost == false, Byte.isHost(bytes, value) else {
                throw .malformed("The Host field is there twice or is no host.")
            }
            hasHost = true
            return false
        case 6:
            guard isNamed("expect") else { return true }
            guard Byte.matches(bytes, value, "100-continue") else { throw .expectation }
            expectsContinue = true
            return false
        case 7: return isNamed("trailer") == false && isNamed("upgrade") == false
        case 10:
            if isNamed("connection") {
                readConnection(bytes, value)
                return false
            }
            return isNamed("keep-alive") == false
        case 12:
            if isNamed("content-type") {
                contentType = value
            } else if isNamed("x-request-id") {
                requestID = value
                return false
            }
            return true
        case 13:
            if isNamed("authorization") { authorization = value }
            return true
        case 14:
            guard isNamed("content-length") else { return true }
            try readLength(bytes, value)
            return false
        case 16: return isNamed("proxy-connection") == false
        case 17:
            guard isNamed("transfer-encoding") else { return true }
            guard isChunked == false else { throw .malformed("Transfer-Encoding is there twice.") }
            guard Byte.matches(bytes, value, "chunked") else { throw .coding }
            isChunked = true
            return false
        case 18, 19, 20, 21, 22:
            if isNamed("proxy-authorization") || isNamed("proxy-authenticate") { return false }
            fallthrough
        default:
            // Nobody outside speaks in the gateway's name.
            guard name.count > 12, Byte.matches(bytes, name.lowerBound..<name.lowerBound + 12, "x-gatehouse-") else {
                return true
            }
            if isNamed("x-gatehouse-version") { wantedVersion = value }
            return false
        }
    }

    private mutating func readLength(_ bytes: Span<UInt8>, _ value: Range<Int>) throws(FramingRefusal) {
        // Eighteen digits cannot overflow.
        guard (1...18).contains(value.count) else { throw .malformed("Content-Length is not a number of bytes.") }
        var length = 0
        for at in value {
            let digit = bytes[at] &- 0x30
            guard digit < 10 else { throw .malformed("Content-Length is not a number of bytes.") }
            length = length * 10 + Int(digit)
        }
        guard contentLength == nil || contentLength == length else { throw .malformed("Two Content-Length fields differ.") }
        contentLength = length
    }

    private mutating func readConnection(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        var at = value.lowerBound
        while at < value.upperBound {
            var end = at
            while end < value.upperBound, bytes[end] != Byte.comma { end += 1 }
            var (first, last) = (at, end)
            while first < last, Byte.isBlank(bytes[first]) { first += 1 }
            while last > first, Byte.isBlank(bytes[last - 1]) { last -= 1 }
            if Byte.matches(bytes, first..<last, "close") {
                saysClose = true
            } else if Byte.matches(bytes, first..<last, "keep-alive") {
                saysKeepAlive = true
            } else if last > first, named.count < GatewayLimits.headersMax {
                named.append(first..<last)
            }
            at = end + 1
        }
    }

    private mutating func dropFields(named range: Range<Int>, _ bytes: Span<UInt8>) {
        for index in fields.indices where Int(fields[index].nameEnd - fields[index].nameStart) == range.count {
            let start = Int(fields[index].nameStart)
            if (0..<range.count).allSatisfy({ Byte.lower(bytes[start + $0]) == Byte.lower(bytes[range.lowerBound + $0]) }) {
                fields[index].isForwarded = false
            }
        }
    }

    /// The value of the first field of this name, which is lower case.
    func value(of name: [UInt8], in bytes: Span<UInt8>) -> Range<Int>? {
        for field in fields where Int(field.nameEnd - field.nameStart) == name.count {
            let start = Int(field.nameStart)
            if name.indices.allSatisfy({ Byte.lower(bytes[start + $0]) == name[$0] }) { return field.value }
        }
        return nil
    }

    mutating func drop(valueAt range: Range<Int>) {
        for index in fields.indices where fields[index].value == range { fields[index].isForwarded = false }
    }

    /// Writes the fields that are passed on as they stand in `head`, neighbours in one piece.
    func writeForwarded(from head: UnsafeRawBufferPointer, into message: inout MessageWriter) {
        var runStart: Int32 = -1
        var runEnd: Int32 = -1
        for field in fields {
            if field.isForwarded {
                if runStart < 0 { runStart = field.nameStart }
                runEnd = field.lineEnd
            } else if runStart >= 0 {
                message.append(Int(runStart)..<Int(runEnd), of: head)
                runStart = -1
            }
        }
        if runStart >= 0 { message.append(Int(runStart)..<Int(runEnd), of: head) }
    }
}
