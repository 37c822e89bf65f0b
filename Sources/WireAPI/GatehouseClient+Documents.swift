import Foundation

extension GatehouseClient {
    /// An answer that is no JSON of ours: a signature, an envelope, lines of them. Not a byte of it changes.
    package func bytes(_ path: [String], query: [(String, String)] = []) async throws -> [UInt8] {
        [UInt8](try await send("GET", path, query: query).body)
    }
}

extension WireCoder {
    /// A segment of a path as it stands in a URL.
    package static func segment(_ text: String) -> String { GatehouseClient.encoded(text) }
}
