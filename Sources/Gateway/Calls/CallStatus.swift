import GatehouseCore
import NIOCore

/// The status codes of gRPC that a gateway answers with, and what they are over HTTP.
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

    /// The HTTP status that means the same.
    var http: Int {
        switch self {
        case .ok: 200
        case .cancelled: 499
        case .unknown, .internal: 500
        case .invalidArgument: 400
        case .deadlineExceeded: 504
        case .notFound: 404
        case .permissionDenied: 403
        case .resourceExhausted: 429
        case .failedPrecondition: 412
        case .aborted: 409
        case .unimplemented: 501
        case .unavailable: 503
        case .unauthenticated: 401
        }
    }

    /// What `grpc-status` says; the codes that a gateway never answers with are the nearest of its own.
    init(said text: String) {
        switch Int(text) {
        case 6: self = .aborted
        case 11: self = .invalidArgument
        case 15: self = .internal
        case let code?: self = CallStatus(rawValue: code) ?? .unknown
        case nil: self = .unknown
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

    /// What a `grpc-message` says.
    static func decoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        let said = Array(text.utf8.prefix(messageBytesMax * 3))
        var at = 0
        while at < said.count {
            if said[at] == UInt8(ascii: "%"), at + 2 < said.count, let byte = UInt8(hexadecimal: said[at + 1], said[at + 2]) {
                bytes.append(byte)
                at += 3
            } else {
                bytes.append(said[at])
                at += 1
            }
        }
        return String(decoding: bytes.prefix(messageBytesMax), as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate init?(hexadecimal high: UInt8, _ low: UInt8) {
        guard let high = Character(Unicode.Scalar(high)).hexDigitValue, let low = Character(Unicode.Scalar(low)).hexDigitValue
        else { return nil }
        self = UInt8(high * 16 + low)
    }
}
