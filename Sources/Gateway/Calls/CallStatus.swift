import GatehouseCore
import NIOCore

/// The status codes of gRPC that a gateway answers with.
enum CallStatus: Int {
    case ok = 0
    case cancelled = 1
    case unknown = 2
    case invalidArgument = 3
    case deadlineExceeded = 4
    case notFound = 5
    case permissionDenied = 7
    case resourceExhausted = 8
    case failedPrecondition = 9
    case aborted = 10
    case unimplemented = 12
    case `internal` = 13
    case unavailable = 14
    case unauthenticated = 16

    /// What an HTTP status, which is none of 200 to 299, means to a caller.
    init(http status: Int) {
        switch status {
        case 400, 406, 411, 415, 417, 422: self = .invalidArgument
        case 401: self = .unauthenticated
        case 403: self = .permissionDenied
        case 404: self = .notFound
        case 405, 501, 505: self = .unimplemented
        case 408, 504: self = .deadlineExceeded
        case 409: self = .aborted
        case 412: self = .failedPrecondition
        case 413, 429, 431: self = .resourceExhausted
        case 499: self = .cancelled
        case 500: self = .internal
        case 502, 503: self = .unavailable
        default: self = status < 500 ? .unknown : .internal
        }
    }
}

/// Why a call gets no message for an answer.
struct CallRefusal: Error, Equatable {
    static let messageBytesMax = 1_000

    let status: CallStatus
    let message: String

    init(_ status: CallStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    /// As `grpc-message` carries it: whatever is not plain ASCII as percent escapes of its UTF-8 bytes.
    var encodedMessage: String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in message.utf8.prefix(Self.messageBytesMax) {
            if (0x20...0x7E).contains(byte), byte != UInt8(ascii: "%") {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
