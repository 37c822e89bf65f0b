import Access
import Foundation
import GatehouseCore
import HTTPTypes
import Hummingbird
import NIOCore
import WireAPI

/// One MLflow call: its fields, wherever they stood, and who asks.
struct MLflowCall: Sendable {
    /// A body that is not an upload. MLflow's own limit is 1 MB for log-batch only.
    static let bodyBytesMax = 16 * 1024 * 1024

    let fields: MLflowFields
    let caller: Caller
    let context: APIContext
    let request: Request

    init(_ request: Request, _ context: APIContext) async throws {
        self.request = request
        self.context = context
        caller = try context.authenticated()
        let hasQuery = !(request.uri.query ?? "").isEmpty
        if [.get, .head].contains(request.method), hasQuery || request.headers[.contentLength] ?? "0" == "0" {
            fields = MLflowFields(query: try Self.query(request))
        } else {
            fields = MLflowFields(body: try await Self.body(request))
        }
    }

    /// Tells this call from others by its route and query; nil when its fields stand in a body.
    var queryKey: String? {
        guard request.method == .get, !(request.uri.query ?? "").isEmpty else { return nil }
        return request.uri.string
    }

    /// Those of a deletion: Databricks' SDK sends them as a query, its documents and MLflow as a body.
    func deletionFields() throws(GatehouseError) -> MLflowFields {
        (request.uri.query ?? "").isEmpty ? fields : MLflowFields(query: try Self.query(request))
    }

    /// A segment of the path, percent-decoded.
    func segment(_ name: String) throws -> String { try context.segment(name) }

    static func query(_ request: Request) throws(GatehouseError) -> [(key: String, value: String)] {
        var pairs: [(key: String, value: String)] = []
        for pair in (request.uri.query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let key = try decoded(parts[0])
            pairs.append((key, parts.count == 2 ? try decoded(parts[1]) : ""))
        }
        return pairs
    }

    /// Form encoding: `+` is a space.
    private static func decoded(_ text: Substring) throws(GatehouseError) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else { return String(text) }
        guard let decoded = text.replacing("+", with: " ").removingPercentEncoding else {
            throw GatehouseError(.invalidArgument, "The query is not percent-encoded UTF-8.")
        }
        return decoded
    }

    /// Some editors and PowerShell put it before UTF-8.
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// A page of another origin can send a form or plain text without being asked beforehand, but not JSON.
    private static func requireJSON(_ contentType: String?) throws(GatehouseError) {
        guard let contentType else { throw GatehouseError(.invalidArgument, "Bad Request. Content-Type header is missing.") }
        guard contentType.lowercased().hasPrefix("application/json") else {
            throw GatehouseError(.invalidArgument, "Bad Request. Content-Type must be one of ['application/json'].")
        }
    }

    /// What is not JSON counts as an empty object, so that the answer names the first parameter that is missing.
    private static func body(_ request: Request) async throws -> JSONValue {
        let buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: bodyBytesMax)
        } catch is NIOTooManyBytesError {
            throw GatehouseError(.tooLarge, "The body is larger than \(bodyBytesMax) bytes.")
        }
        guard buffer.readableBytes > 0 else { return [:] }
        if request.method != .get { try requireJSON(request.headers[.contentType]) }
        var bytes = buffer.readableBytesView
        if bytes.starts(with: Self.byteOrderMark) { bytes = bytes.dropFirst(Self.byteOrderMark.count) }
        return (try? JSONParser.parse(bytes, allowsNonFinite: true)) ?? [:]
    }
}

/// The bytes of an answer.
struct MLflowAnswer: Sendable {
    let bytes: [UInt8]

    static let empty = MLflowAnswer(bytes: Array("{}".utf8))

    static func object(capacity: Int = 512, _ members: (inout JSONWriter) throws -> Void) rethrows -> MLflowAnswer {
        MLflowAnswer(bytes: try JSONWriter.object(capacity: capacity, members))
    }

    var response: Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"], body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
