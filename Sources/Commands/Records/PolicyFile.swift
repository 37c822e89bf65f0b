import Foundation
import GatehouseCore
import Gates

enum PolicyFile {
    static func text(_ path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw GatehouseError(.notFound, "There is no readable file '\(path)'.")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw GatehouseError(.invalidArgument, "'\(path)' is not UTF-8 text.")
        }
        return text
    }

    /// Fails with `invalidArgument` and one line per problem.
    static func read(_ path: String) throws -> Policy {
        let yaml = try text(path)
        do { return try PolicyParser.parse(yaml, file: path) } catch { throw error.error }
    }
}
