package import AsyncHTTPClient
package import GatehouseCore
import NIOCore
import NIOHTTP1
import Scoring

/// One request to what was deployed: one deadline for all of it, a bounded answer, no redirects.
package struct WebExchange: Sendable {
    package static let answerBytesMax = 8 << 20

    package struct Answer: Sendable {
        package let status: Int
        package let body: [UInt8]
        package let headers: [String: String]
    }

    private let client: HTTPClient
    private let address: ServerAddress
    private let headers: [(name: String, value: String)]
    private let limit: Duration

    /// `client` is one of `HTTPClient.Configuration.scoring`, which follows no redirects. Fails with `invalidArgument`.
    package init(
        _ url: String, headers: [(name: String, value: String)] = [], limit: Duration = .seconds(30), client: HTTPClient
    ) throws(GatehouseError) {
        address = try ServerAddress(url)
        self.headers = headers
        self.limit = limit
        self.client = client
    }

    /// Without user, password and query.
    package var name: String { address.description }

    package func get() async throws -> Answer { try await send(nil) }

    package func post(_ body: JSONValue) async throws -> Answer { try await send(body) }

    private func send(_ body: JSONValue?) async throws -> Answer {
        var request = HTTPClientRequest(url: address.text)
        for header in headers { request.headers.add(name: header.name, value: header.value) }
        if let body {
            request.method = .POST
            request.headers.replaceOrAdd(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body.canonicalBytes))
        }
        do {
            let answer = try await withDeadline(limit) { [client, request] in
                let response = try await client.execute(request, deadline: .distantFuture)
                let buffer = try await response.body.collect(upTo: Self.answerBytesMax)
                return Answer(
                    status: Int(response.status.code), body: Array(buffer.readableBytesView),
                    headers: Dictionary(
                        response.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first }))
            }
            if let answer { return answer }
        } catch {
            guard !Task.isCancelled else { throw CancellationError() }
            throw GatehouseError(
                .unavailable, "\(name) cannot be reached: \(String(describing: error).prefix(200))", cause: error)
        }
        throw GatehouseError(.unavailable, "\(name) did not answer within \(limit.shortText).")
    }
}
