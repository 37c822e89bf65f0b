import Foundation
package import GatehouseCore

/// Where evaluations lay out the files they run on. What a killed process left behind is removed at the next start.
package struct WorkDirectory: Sendable {
    private let path: String

    /// Fails with `unavailable` when the folder cannot be made.
    package init(path: String) throws(GatehouseError) {
        self.path = path
        do {
            try? FileManager.default.removeItem(atPath: path)
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw GatehouseError(
                .unavailable, "The working folder \(path) cannot be made.", hint: "Is the disk full, or the folder read-only?",
                cause: error)
        }
    }

    /// Runs `body` with the path of a new folder, and removes the folder afterwards.
    func withFolder<Result: Sendable>(named name: String, _ body: (String) async throws -> Result) async throws -> Result {
        let folder = "\(path)/\(name)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await body(folder)
    }
}
