import GatehouseCore

/// What came back from a receiver.
package enum ReceiverAnswer: Sendable, Hashable {
    case answered(Answered)
    /// It took the event, and said so without a status code.
    case taken(String)
    /// Nothing did. `isFinal`: asking again would be answered no better.
    case failed(reason: String, isFinal: Bool)

    var isSuccess: Bool {
        switch self {
        case .answered(let answered): (200..<300).contains(answered.status)
        case .taken: true
        case .failed: false
        }
    }

    package struct Answered: Sendable, Hashable {
        package let status: Int
        /// The first bytes, as text that can be shown and stored.
        package let body: String
        /// The `Retry-After` header as it came.
        package let retryAfter: String?

        package init(status: Int, body: String, retryAfter: String? = nil) {
            self.status = status
            self.body = body
            self.retryAfter = retryAfter
        }
    }

    /// What stays of the bytes of an answer: UTF-8 where it is, control characters as spaces.
    static func text(of bytes: some Sequence<UInt8>) -> String {
        let scalars = String(decoding: Array(bytes), as: UTF8.self).unicodeScalars.map { scalar in
            scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t" ? " " : scalar
        }
        return String(String.UnicodeScalarView(scalars))
    }
}
