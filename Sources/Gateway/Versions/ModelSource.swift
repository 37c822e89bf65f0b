import AsyncHTTPClient
package import NIOCore
package import WireAPI

/// Where the files of a pinned version come from.
package struct ModelSource: Sendable {
    /// The list of a version's files.
    package let files: @Sendable (_ model: String, _ version: Int64) async throws -> [ManifestEntry]
    /// The bytes of one of them, piece by piece.
    package let read:
        @Sendable (
            _ path: String, _ model: String, _ version: Int64, _ piece: (ByteBuffer) async throws -> Void
        ) async throws -> Void

    package init(
        files: @escaping @Sendable (String, Int64) async throws -> [ManifestEntry],
        read: @escaping @Sendable (String, String, Int64, (ByteBuffer) async throws -> Void) async throws -> Void
    ) {
        self.files = files
        self.read = read
    }

    /// The registry: the list from its own API, the bytes from the route that gives a version's sealed files.
    package static func registry(_ client: GatehouseClient, downloads: MLflowClient) -> ModelSource {
        ModelSource(
            files: { model, version in
                let answer: VersionAnswer = try await client.get(["models", model, "versions", "\(version)"])
                return answer.files
            },
            read: { path, model, version, piece in
                let response = try await downloads.download(
                    "model-versions/get-artifact", [("name", model), ("version", "\(version)"), ("path", path)])
                for try await buffer in response.body { try await piece(buffer) }
            })
    }
}
