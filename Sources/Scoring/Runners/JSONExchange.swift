package import AsyncHTTPClient
import GatehouseCore
import NIOCore
import NIOHTTP1

extension HTTPClient.Configuration {
    /// How model servers and checks are called: no redirects (rows and signatures stay with the host that was named), a
    /// refused connection is an answer at once, and idle connections are dropped before uvicorn's five seconds are over.
    package static var scoring: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: Timeout(connect: .seconds(5)))
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.idleTimeout = .seconds(4)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = LoadPlan.inFlightMax
        return configuration
    }
}

/// One POST of a JSON document: one deadline for all of it, a bounded answer, no redirects.
struct JSONExchange: Sendable {
    static let excerptBytesMax = 200

    let client: HTTPClient
    let address: ServerAddress
    /// `model server` or `check`, for sentences.
    let what: String
    let timeout: Duration
    let responseBytesMax: Int

    /// The parsed body of a 2xx answer.
    ///
    /// Fails with `unavailable` naming the URL and what it answered: nothing, too late, 5xx, too much, not JSON; with
    /// `invalidArgument` on a redirect and on 4xx, which trying again will not mend.
    func post(_ body: [UInt8], headers: [(name: String, value: String)] = []) async throws -> JSONValue {
        var request = HTTPClientRequest(url: address.text)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.headers.add(name: "accept", value: "application/json")
        for header in headers { request.headers.add(name: header.name, value: header.value) }
        request.body = .bytes(ByteBuffer(bytes: body))
        let answer = try await answer(to: request)
        return try parsed(answer)
    }

    private struct Answer: Sendable {
        let status: HTTPResponseStatus
        let location: String?
        let wasRedirected: Bool
        let body: ByteBuffer
    }

    private func answer(to request: HTTPClientRequest) async throws -> Answer {
        do {
            let answer = try await withDeadline(timeout) { [client, responseBytesMax] in
                let response = try await client.execute(request, deadline: .distantFuture)
                return Answer(
                    status: response.status, location: response.headers.first(name: "location"),
                    wasRedirected: response.history.count > 1, body: try await response.body.collect(upTo: responseBytesMax))
            }
            if let answer { return answer }
        } catch is NIOTooManyBytesError {
            throw GatehouseError(
                .unavailable, "The \(what) at \(address) answered more than \(responseBytesMax) bytes.")
        } catch {
            guard !Task.isCancelled else { throw CancellationError() }
            throw GatehouseError(
                .unavailable, "The \(what) at \(address) cannot be reached: \(Self.reason(error)).",
                hint: "Look whether it runs and whether this machine may connect to it.", cause: error)
        }
        throw GatehouseError(
            .unavailable, "The \(what) at \(address) did not answer within \(timeout.shortText).",
            hint: "Look whether it is overloaded, or allow it more time.")
    }

    private func parsed(_ answer: Answer) throws(GatehouseError) -> JSONValue {
        let code = Int(answer.status.code)
        if (300..<400).contains(code) || answer.wasRedirected {
            throw GatehouseError(
                .invalidArgument, "The \(what) at \(address) redirects to \(answer.location ?? "another place").",
                hint: "Redirects are not followed: give the final URL.")
        }
        guard (200..<300).contains(code) else {
            let refusesRequest = (400..<500).contains(code) && code != 408 && code != 429
            throw GatehouseError(
                refusesRequest ? .invalidArgument : .unavailable,
                "The \(what) at \(address) answered \(code): \(Self.excerpt(answer.body)).")
        }
        do {
            // NaN is let through here so that the row it stands in can be named.
            return try JSONParser.parse(answer.body.readableBytesView, allowsNonFinite: true)
        } catch {
            throw GatehouseError(
                .unavailable, "The \(what) at \(address) answered no JSON (\(error.message)): \(Self.excerpt(answer.body)).")
        }
    }

    /// The beginning of an answer on one line.
    private static func excerpt(_ body: ByteBuffer) -> String {
        guard body.readableBytes > 0 else { return "an empty body" }
        let start = String(decoding: body.readableBytesView.prefix(excerptBytesMax), as: UTF8.self)
        let line = start.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : String($0) }.joined()
        return "'\(line)\(body.readableBytes > excerptBytesMax ? "…" : "")'"
    }

    private static func reason(_ error: any Error) -> String {
        if let error = error as? HTTPClientError { return error.shortDescription }
        let text = String(describing: error)
        // NIO's connection errors list every address tried; the sentence needs only why.
        for (mark, plain) in [("Connection refused", "connection refused"), ("timed out", "the connection timed out")]
        where text.contains(mark) {
            return plain
        }
        return String(text.prefix(excerptBytesMax))
    }
}
