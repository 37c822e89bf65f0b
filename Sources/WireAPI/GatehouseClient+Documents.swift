import AsyncHTTPClient
import Foundation
import NIOCore

extension GatehouseClient {
    /// An answer that is no JSON of ours: a signature, an envelope, lines of them. Not a byte of it changes.
    package func bytes(_ path: [String], query: [(String, String)] = []) async throws -> [UInt8] {
        [UInt8](try await send("GET", path, query: query).body)
    }

    /// Lines of JSON, one document each.
    package func post<Answer: Decodable & Sendable>(
        _ path: [String], lines: [UInt8], as type: Answer.Type = Answer.self
    ) async throws -> Answer {
        try await decode(send("POST", path, body: .bytes(ByteBuffer(bytes: lines)), type: "application/jsonl"))
    }
}

extension WireCoder {
    /// A segment of a path as it stands in a URL.
    package static func segment(_ text: String) -> String { GatehouseClient.encoded(text) }
}

extension GatehouseClient {
    /// One of a version's sealed files, as a whole; up to `answerBytesMax`.
    package func file(_ path: String, of model: String, version: Int64) async throws -> [UInt8] {
        let query = [("name", model), ("version", "\(version)"), ("path", path)]
        return [UInt8](try await send("GET", prefix: "", ["model-versions", "get-artifact"], query: query).body)
    }
}
