package import Attestations
import Foundation
package import GatehouseCore
import Secrets
package import Serving

/// The last good route table on disk, as it was signed: what a gateway starts from while the registry is away.
package struct LastGoodRoutes: Sendable {
    static let fileName = "routes.dsse.json"

    private let path: String
    private let keys: Set<VerificationKey>

    /// `directory` exists.
    package init(directory: String, keys: Set<VerificationKey>) {
        path = "\(directory)/\(Self.fileName)"
        self.keys = keys
    }

    /// Nil when none was kept. Fails with `invalidArgument` when what is there was not signed by the registry, and with
    /// `unavailable` when it cannot be read.
    package func load() throws(GatehouseError) -> RouteTable? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let file = FileHandle(forReadingAtPath: path) else { throw unreadable }
        defer { try? file.close() }
        let bytes: Data
        do {
            bytes = try file.read(upToCount: RouteTable.bytesMax + 1) ?? Data()
        } catch {
            throw unreadable
        }
        return try RouteTable(verifying: [UInt8](bytes), by: keys)
    }

    /// Keeps the bytes, whole or not at all. Fails with `unavailable`.
    package func save(_ bytes: [UInt8]) throws(GatehouseError) {
        try PrivateFile(path).write(bytes)
    }

    private var unreadable: GatehouseError {
        GatehouseError(
            .unavailable, "The route table '\(path)' cannot be read.", hint: "Look at the folder's rights.")
    }
}

extension RouteTable {
    /// Reads a plain table that an operator wrote, for a gateway without a registry. Fails with `notFound`, or with
    /// `invalidArgument` for what is no route table.
    package init(file path: String) throws(GatehouseError) {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw GatehouseError(.notFound, "There is no readable route table '\(path)'.")
        }
        guard bytes.count <= Self.bytesMax else {
            throw GatehouseError(.tooLarge, "The route table '\(path)' has more than \(Self.bytesMax) bytes.")
        }
        let table: RouteTable
        do {
            table = try JSONDecoder().decode(RouteTable.self, from: bytes)
        } catch {
            throw GatehouseError(.invalidArgument, "'\(path)' is no route table: \(error)", cause: error)
        }
        guard table.format == Self.currentFormat else {
            throw GatehouseError(
                .invalidArgument, "The route table '\(path)' has form \(table.format); this gateway knows \(Self.currentFormat).")
        }
        guard table.endpoints.count <= Self.endpointsMax else {
            throw GatehouseError(.invalidArgument, "The route table '\(path)' has more than \(Self.endpointsMax) endpoints.")
        }
        self = table
    }
}
