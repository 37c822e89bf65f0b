package import AsyncHTTPClient
import Foundation
package import GatehouseCore
package import NIOCore
import NIOHTTP1

extension HTTPClient {
    /// The connections to Gatehouse servers, open until the process ends. A refused connection is an answer: waiting for
    /// the deadline does not start a server. No redirects, because they would carry the token to another host.
    package static let gatehouse: HTTPClient = {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(GatehouseClient.connectSecondsMax)))
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()
}

/// Talks to a Gatehouse server. A refusal comes back as the `GatehouseError` the server raised; a server that cannot be
/// reached is `unreachable`, one that takes a call and does not answer it in time is `unavailable`.
package struct GatehouseClient: Sendable {
    package static let connectSecondsMax: Int64 = 10
    package static let deadlineSeconds: Int64 = 60
    package static let uploadHoursMax: Int64 = 6
    package static let answerBytesMax = 64 * 1024 * 1024

    package let server: String
    private let authorization: String?
    private let http: HTTPClient
    private let deadline: TimeAmount

    /// `server` is an http or https URL without a path; `user` signs in with a password where there is no token; `deadline`
    /// is how long a call may take that is no upload.
    package init(
        server: String, token: String?, user: (name: String, password: String)? = nil, http: HTTPClient,
        deadline: TimeAmount = .seconds(deadlineSeconds)
    ) throws(GatehouseError) {
        let trimmed = server.hasSuffix("/") ? String(server.dropLast()) : server
        guard let url = URL(string: trimmed), ["http", "https"].contains(url.scheme ?? ""), url.host != nil else {
            throw GatehouseError(
                .invalidArgument, "'\(server)' is not the address of a server.", hint: "Write it as http://127.0.0.1:5000.")
        }
        self.server = trimmed
        authorization =
            token.map { "Bearer \($0)" }
            ?? user.map { "Basic " + Data("\($0.name):\($0.password)".utf8).base64EncodedString() }
        self.http = http
        self.deadline = deadline
    }

    /// Path segments of a call, percent-encoded one by one.
    package func get<Answer: Decodable & Sendable>(
        _ path: [String], query: [(String, String)] = [], as type: Answer.Type = Answer.self
    ) async throws -> Answer {
        try await decode(send("GET", path, query: query))
    }

    package func post<Answer: Decodable & Sendable>(
        _ path: [String], _ body: some Encodable & Sendable, as type: Answer.Type = Answer.self
    ) async throws -> Answer {
        try await decode(send("POST", path, body: .bytes(ByteBuffer(bytes: WireCoder.encode(body)))))
    }

    package func put<Answer: Decodable & Sendable>(
        _ path: [String], _ body: some Encodable & Sendable, as type: Answer.Type = Answer.self
    ) async throws -> Answer {
        try await decode(send("PUT", path, body: .bytes(ByteBuffer(bytes: WireCoder.encode(body)))))
    }

    package func patch<Answer: Decodable & Sendable>(
        _ path: [String], _ body: some Encodable & Sendable, as type: Answer.Type = Answer.self
    ) async throws -> Answer {
        try await decode(send("PATCH", path, body: .bytes(ByteBuffer(bytes: WireCoder.encode(body)))))
    }

    /// For calls that answer with nothing.
    package func put(_ path: [String], sending body: some Encodable & Sendable) async throws {
        _ = try await send("PUT", path, body: .bytes(ByteBuffer(bytes: WireCoder.encode(body))))
    }

    /// All pages of a list. A list longer than `itemsMax` ends there.
    package func all<Item: Codable & Sendable>(_ path: [String], itemsMax: Int = 10_000) async throws -> [Item] {
        var items: [Item] = []
        var token: String?
        repeat {
            let page: PageAnswer<Item> = try await get(path, query: token.map { [("page_token", $0)] } ?? [])
            items += page.items
            token = page.nextPageToken
        } while token != nil && items.count < itemsMax
        return items
    }

    package func delete(_ path: [String]) async throws { _ = try await send("DELETE", path) }

    /// Whether the server holds a blob already, undamaged: it reads the bytes again to say so.
    package func hasBlob(_ digest: Digest) async throws -> Bool {
        do {
            _ = try await send("HEAD", ["blobs", digest.description], timeout: .hours(Self.uploadHoursMax))
            return true
        } catch let error as GatehouseError where error.code == .notFound {
            return false
        }
    }

    /// Uploads a file in pieces of `pieceBytes`, so that its size never matters to memory.
    package func putBlob<Chunks: AsyncSequence & Sendable>(
        _ digest: Digest, bytes: Int64, chunks: Chunks
    ) async throws -> BlobAnswer where Chunks.Element == ByteBuffer {
        let body = HTTPClientRequest.Body.stream(chunks, length: .known(bytes))
        return try await decode(
            send(
                "PUT", ["blobs", digest.description], body: body, type: "application/octet-stream",
                timeout: .hours(Self.uploadHoursMax)))
    }

    typealias RawAnswer = (status: UInt, body: Data, headers: HTTPHeaders)

    func send(
        _ method: String, prefix: String = WireCoder.prefix, _ path: [String], query: [(String, String)] = [],
        body: HTTPClientRequest.Body? = nil, type: String = "application/json", timeout: TimeAmount? = nil
    ) async throws -> RawAnswer {
        var request = HTTPClientRequest(url: url(prefix, path, query))
        request.method = .init(rawValue: method)
        if let authorization { request.headers.add(name: "Authorization", value: authorization) }
        if let body {
            request.headers.add(name: "Content-Type", value: type)
            request.body = body
        }
        let answer: RawAnswer
        do {
            let response = try await http.execute(request, timeout: timeout ?? deadline)
            let buffer = try await response.body.collect(upTo: Self.answerBytesMax)
            answer = (response.status.code, Data(buffer.readableBytesView), response.headers)
        } catch {
            throw failure(error, timeout ?? deadline)
        }
        guard (200..<300).contains(answer.status) else { throw refusal(method, answer) }
        return answer
    }

    /// What it means that no answer came. What the body's own stream threw says so itself.
    private func failure(_ error: any Error, _ timeout: TimeAmount) -> any Error {
        if error is GatehouseError || error is CancellationError { return error }
        switch error as? HTTPClientError {
        case .cancelled: return CancellationError()
        case .bodyLengthMismatch:
            return GatehouseError(
                .conflict, "The file changed while it was uploaded.", hint: "Repeat it when nobody writes to the file.",
                cause: error)
        case .deadlineExceeded, .readTimeout, .writeTimeout:
            let seconds = timeout.nanoseconds / TimeAmount.seconds(1).nanoseconds
            return GatehouseError(
                .unavailable, "\(server) did not answer within \(seconds) s; it may still have done it.",
                hint: "Look whether it did before you repeat it.", cause: error)
        default:
            return GatehouseError(
                .unreachable, "No Gatehouse server answers at \(server).",
                hint: "Start one with 'gatehouse serve', or name another with --server or GATEHOUSE_SERVER.", cause: error)
        }
    }

    private func refusal(_ method: String, _ answer: RawAnswer) -> GatehouseError {
        if let wire = try? JSONDecoder().decode(ErrorAnswer.self, from: answer.body) { return wire.error }
        if let theirs = MLflowRefusal.error(answer.status, answer.body) { return theirs }
        if method == "HEAD", let known = refusal(withoutBody: answer.status) { return known }
        return GatehouseError(
            answer.status == 404 ? .notFound : .unavailable,
            "\(server) answered \(answer.status) in a form that is not Gatehouse's.",
            hint: "Is it a Gatehouse server?")
    }

    /// An answer to HEAD has no body, so its status is all that says why.
    private func refusal(withoutBody status: UInt) -> GatehouseError? {
        switch status {
        case 401: authorization == nil ? .tokenMissing : .tokenUnknown
        case 403: GatehouseError(.forbidden, "The token does not allow this.", hint: "Ask who runs the server for another token.")
        case 404: GatehouseError(.notFound, "The server does not hold it.")
        case 429: GatehouseError(.tooManyRequests, "The server has too much to do.", hint: "Try again in a minute.")
        case 500...:
            GatehouseError(
                .unavailable, "\(server) answered \(status): its disk, its database or what stands before it failed.",
                hint: "Look into its log; repeat the call when it is well.")
        default: nil
        }
    }

    func decode<Answer: Decodable>(_ answer: RawAnswer) throws -> Answer {
        do {
            return try WireCoder.decoder(of: answer.body).decode(Answer.self, from: answer.body)
        } catch {
            throw GatehouseError(
                .unavailable, "\(server) answered with something this program does not understand.",
                hint: "Are client and server of the same version?", cause: error)
        }
    }

    private func url(_ prefix: String, _ path: [String], _ query: [(String, String)]) -> String {
        let segments = path.map { Self.encoded($0) }.joined(separator: "/")
        let pairs = query.map { "\(Self.encoded($0.0))=\(Self.encoded($0.1))" }.joined(separator: "&")
        return "\(server)\(prefix)/\(segments)" + (pairs.isEmpty ? "" : "?\(pairs)")
    }

    /// Everything but RFC 3986's unreserved characters is escaped.
    static func encoded(_ text: String) -> String {
        var unreserved = CharacterSet(charactersIn: "a"..."z")
        unreserved.insert(charactersIn: "A"..."Z")
        unreserved.insert(charactersIn: "0"..."9")
        unreserved.insert(charactersIn: "-._~")
        return text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? text
    }
}
