package import AsyncHTTPClient
import Foundation
package import GatehouseCore
package import NIOCore
import NIOHTTP1

/// Talks to a tracking server of MLflow's, or to one that speaks like it. Calls that read are repeated when a server in trouble
/// does not answer them; those that change something are not, so that nothing happens twice.
package struct MLflowClient: Sendable {
    package static let answerBytesMax = 256 * 1024 * 1024
    package static let deadlineSeconds: Int64 = 120
    package static let downloadHoursMax: Int64 = 6
    static let attemptsMax = 4
    static let retryMilliseconds: Int64 = 500

    package let server: String
    private let authorization: String?
    private let http: HTTPClient
    /// What to do where the server wants to know who asks.
    private let signInHint: String

    package static let importHint =
        "Set GATEHOUSE_IMPORT_USERNAME and GATEHOUSE_IMPORT_PASSWORD, or GATEHOUSE_IMPORT_TOKEN."

    /// `server` is an http or https URL, with a path where MLflow is not at the root; `authorization` is the header's value.
    package init(
        server: String, authorization: String?, http: HTTPClient, signInHint: String = importHint
    ) throws(GatehouseError) {
        var trimmed = server
        while trimmed.hasSuffix("/") { trimmed.removeLast() }
        guard let url = URL(string: trimmed), ["http", "https"].contains(url.scheme ?? ""), url.host != nil else {
            throw GatehouseError(
                .invalidArgument, "'\(server)' is not the address of a server.", hint: "Write it as http://127.0.0.1:5000.")
        }
        guard url.user == nil, url.password == nil else {
            throw GatehouseError(
                .invalidArgument, "A password in an address can be read by everybody on this machine.",
                hint: signInHint)
        }
        self.server = trimmed
        self.signInHint = signInHint
        self.authorization = authorization
        self.http = http
    }

    /// The fields of an answer. `path` is below the server's address. Fails with `notFound` where the server says so.
    package func get(_ path: String, _ query: [(String, String)] = []) async throws -> MLflowFields {
        try await fields("GET", path, query, body: nil)
    }

    package func post(_ path: String, _ members: (inout JSONWriter) -> Void) async throws -> MLflowFields {
        try await fields("POST", path, [], body: JSONWriter.object { members(&$0) })
    }

    /// A call that changes something, and so is not repeated.
    package func change(_ path: String, _ members: (inout JSONWriter) -> Void) async throws -> MLflowFields {
        let body = JSONWriter.object { members(&$0) }
        do {
            let response = try await http.execute(
                request("POST", path, [], body), timeout: .seconds(Self.deadlineSeconds))
            let bytes = try await response.body.collect(upTo: Self.answerBytesMax)
            return try fields(response.status.code, Data(bytes.readableBytesView), path)
        } catch let error as GatehouseError {
            throw error
        } catch {
            throw unreachable(error)
        }
    }

    /// Uploads a file in pieces.
    package func upload<Chunks: AsyncSequence & Sendable>(
        _ path: String, bytes: Int64, chunks: Chunks
    ) async throws where Chunks.Element == ByteBuffer {
        var request = request("PUT", path, [], nil)
        request.headers.add(name: "Content-Type", value: "application/octet-stream")
        request.body = .stream(chunks, length: .known(bytes))
        do {
            let response = try await http.execute(request, timeout: .hours(Self.downloadHoursMax))
            let body = try await response.body.collect(upTo: 1 << 20)
            guard response.status == .ok else { throw refusal(response.status.code, Data(body.readableBytesView), path) }
        } catch let error as GatehouseError {
            throw error
        } catch {
            throw unreachable(error)
        }
    }

    /// A file of a server, to be read piece by piece.
    package func download(_ path: String, _ query: [(String, String)]) async throws -> HTTPClientResponse {
        let response = try await repeated {
            try await http.execute(request("GET", path, query, nil), timeout: .hours(Self.downloadHoursMax))
        }
        guard response.status == .ok else {
            let body = try? await response.body.collect(upTo: 1 << 20)
            throw refusal(response.status.code, Data(body.map { Array($0.readableBytesView) } ?? []), path)
        }
        return response
    }

    private func fields(
        _ method: String, _ path: String, _ query: [(String, String)], body: [UInt8]?
    ) async throws -> MLflowFields {
        let (status, bytes) = try await repeated {
            let response = try await http.execute(request(method, path, query, body), timeout: .seconds(Self.deadlineSeconds))
            return (response.status.code, try await response.body.collect(upTo: Self.answerBytesMax))
        }
        return try fields(status, Data(bytes.readableBytesView), path)
    }

    private func fields(_ status: UInt, _ bytes: Data, _ path: String) throws -> MLflowFields {
        guard status == 200 else { throw refusal(status, bytes, path) }
        do {
            return MLflowFields(body: try JSONParser.parse(bytes, allowsNonFinite: true))
        } catch {
            throw GatehouseError(
                .unavailable, "\(server) answered /\(path) with something that is not JSON.", hint: "Is it an MLflow server?",
                cause: error)
        }
    }

    private func request(_ method: String, _ path: String, _ query: [(String, String)], _ body: [UInt8]?) -> HTTPClientRequest {
        let pairs = query.map { "\(GatehouseClient.encoded($0.0))=\(GatehouseClient.encoded($0.1))" }.joined(separator: "&")
        var request = HTTPClientRequest(url: "\(server)/\(path)" + (pairs.isEmpty ? "" : "?\(pairs)"))
        request.method = .init(rawValue: method)
        if let authorization { request.headers.add(name: "Authorization", value: authorization) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        return request
    }

    /// A busy server closes connections and times out; one that is not there stays so.
    private func repeated<Answer>(_ ask: () async throws -> Answer) async throws -> Answer {
        for attempt in 1... {
            do {
                return try await ask()
            } catch {
                if error is CancellationError || (error as? HTTPClientError) == .cancelled { throw CancellationError() }
                guard attempt < Self.attemptsMax else { throw unreachable(error) }
                try await Task.sleep(for: .milliseconds(Self.retryMilliseconds * Int64(attempt)))
            }
        }
        throw CancellationError()
    }

    private func unreachable(_ error: any Error) -> GatehouseError {
        GatehouseError(
            .unreachable, "\(server) does not answer.", hint: "Is it running? Run this again when it is.", cause: error)
    }

    private func refusal(_ status: UInt, _ body: Data, _ path: String) -> GatehouseError {
        if let error = MLflowRefusal.error(status, body) { return error }
        switch status {
        case 401, 403:
            return GatehouseError(
                .unauthenticated, "\(server) wants to know who asks.",
                hint: signInHint)
        case 404: return GatehouseError(.notFound, "\(server) has no /\(path).", hint: "Is it an MLflow server?")
        default: return GatehouseError(.unavailable, "\(server) answered /\(path) with \(status).")
        }
    }
}

/// An error as MLflow answers it.
struct MLflowRefusal: Decodable {
    let errorCode: String
    let message: String?

    enum CodingKeys: String, CodingKey {
        case errorCode = "error_code"
        case message
    }

    static func error(_ status: UInt, _ body: Data) -> GatehouseError? {
        guard let refusal = try? JSONDecoder().decode(MLflowRefusal.self, from: body) else { return nil }
        let code: ErrorCode
        switch status {
        case 401: code = .unauthenticated
        case 403: code = .forbidden
        case 404: code = .notFound
        case 409: code = .conflict
        case 413: code = .tooLarge
        case 429: code = .tooManyRequests
        case 501: code = .notImplemented
        case 500...: code = .unavailable
        default: code = .invalidArgument
        }
        return GatehouseError(code, refusal.message ?? refusal.errorCode)
    }
}
