import GatehouseCore
import Glibc
import NIOCore
import Scoring

/// A request as a native model sees it: which call of the two protocols it is, and the answer.
struct NativeRequest {
    let request: LocalRequest
    let target: ScoringTarget

    init(_ request: LocalRequest) {
        self.request = request
        target = Self.equals(request.target, "/invocations") ? .invocations : ScoringTarget(request.target)
    }

    /// What `mlflow models serve` answers to `/version`: the version of the protocol that is spoken here.
    static let scoringProtocolVersion = "3.17.2"

    static let live = LocalAnswer(status: 200, body: ByteBuffer(string: #"{"live":true}"#))

    func answer(with scorer: RequestScorer) -> LocalAnswer {
        switch target {
        case .invocations:
            guard isPost else { return Self.notAllowed }
            var body = Self.emptyAnswer
            let status = scorer.invocations(
                request.body.readableBytesView, contentType: contentType, into: &body)
            return LocalAnswer(
                status: status, contentType: status == 415 ? "text/plain; charset=utf-8" : "application/json", body: body)
        case .infer:
            guard isPost else { return Self.notAllowed }
            var body = Self.emptyAnswer
            return LocalAnswer(status: scorer.infer(request.body.readableBytesView, into: &body), body: body)
        case .modelMetadata:
            var body = Self.emptyAnswer
            scorer.metadata(into: &body)
            return LocalAnswer(status: 200, body: body)
        case .serverMetadata:
            return LocalAnswer(status: 200, body: ByteBuffer(string: #"{"name":"gatehouse","version":"1","extensions":[]}"#))
        case .live: return Self.live
        case .ready: return LocalAnswer(status: 200, body: ByteBuffer(string: #"{"ready":true}"#))
        case .ping: return LocalAnswer(status: 200, body: ByteBuffer(string: "\n"))
        case .version: return LocalAnswer(status: 200, body: ByteBuffer(string: Self.scoringProtocolVersion))
        case .unknown: return LocalAnswer(status: 404, body: ByteBuffer(string: #"{"detail":"Not Found"}"#))
        }
    }

    /// The numbers of one row fit without a second allocation.
    private static var emptyAnswer: ByteBuffer { ByteBufferAllocator().buffer(capacity: 256) }

    private static let notAllowed = LocalAnswer(status: 405, body: ByteBuffer(string: #"{"detail":"Method Not Allowed"}"#))

    private var isPost: Bool { Self.equals(request.method, "POST") }

    /// Nil for the type that nearly all requests have, so that no text is made of it.
    private var contentType: String? {
        guard let type = request.contentType, !Self.equals(type, "application/json") else { return nil }
        return String(buffer: type)
    }

    private static func equals(_ bytes: ByteBuffer, _ text: StaticString) -> Bool {
        bytes.withUnsafeReadableBytes { bytes in
            guard bytes.count == text.utf8CodeUnitCount, let first = bytes.baseAddress else { return false }
            return memcmp(first, text.utf8Start, bytes.count) == 0
        }
    }
}
