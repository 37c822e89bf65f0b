import AsyncHTTPClient
import Demo
import GatehouseCore
import NIOCore
import NIOHTTP1
import WireAPI

extension StoryGateway {
    private static let deadline = TimeAmount.seconds(10)
    private static let answerBytesMax = 1 << 20

    /// The gateway at an address, asked as its clients ask it.
    init(at url: String) {
        self.init(
            url: url,
            score: { endpoint, unit, body in
                let (_, headers, answer) = try await Self.ask(url, endpoint, body, ["x-customer": unit])
                return Scored(
                    requestID: headers.first(name: "x-gatehouse-request-id"),
                    predictions: try JSONParser.parse(answer)["predictions"]?.arrayValue?.compactMap(\.doubleValue) ?? [],
                    at: ProcessRoots.now())
            },
            served: { endpoint in
                // The empty row may be refused; a version that is still being loaded answers as unavailable.
                let answer = try await Self.ask(url, endpoint, "{}", [:])
                guard answer.status < 500 else { return nil }
                return answer.headers.first(name: "x-gatehouse-version").flatMap { Int64($0) }
            })
    }

    /// The answer, once all of it is there.
    private static func ask(
        _ url: String, _ endpoint: String, _ body: String, _ headers: HTTPHeaders
    ) async throws -> (status: UInt, headers: HTTPHeaders, body: String) {
        var request = HTTPClientRequest(url: "\(url)/endpoints/\(endpoint)/invocations")
        request.method = .POST
        request.headers = headers
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: body))
        let answer = try await HTTPClient.gatehouse.execute(request, timeout: deadline)
        return (answer.status.code, answer.headers, String(buffer: try await answer.body.collect(upTo: answerBytesMax)))
    }
}
