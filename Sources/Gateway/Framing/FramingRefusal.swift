/// Why a message is not taken, and the status that says so to a client.
struct FramingRefusal: Error, Equatable {
    let status: Int
    let reason: String

    private init(_ status: Int, _ reason: String) {
        self.status = status
        self.reason = reason
    }

    static func malformed(_ reason: StaticString) -> Self { Self(400, "\(reason)") }
    static let headTooLarge = Self(431, "The head of the request is longer than \(GatewayLimits.headBytesMax) bytes.")
    static let tooManyFields = Self(431, "The request has more than \(GatewayLimits.headersMax) header fields.")
    static let version = Self(505, "This gateway speaks HTTP/1.1.")
    static let coding = Self(501, "The only transfer coding this gateway takes is chunked.")
    static let expectation = Self(417, "The only expectation this gateway meets is 100-continue.")
    static func bodyTooLarge(_ bytesMax: Int) -> Self { Self(413, "The body is longer than the \(bytesMax) bytes taken here.") }
}
