import Foundation
import GatehouseCore

/// What answers at an address.
package enum ServerKind: String, Sendable {
    case gatehouse
    case mlflow
}

extension GatehouseClient {
    /// Asks the server what it is. Fails with `unreachable`, and with `invalidArgument` when it is neither.
    package func kind() async throws -> ServerKind {
        do {
            let answer = try await send("GET", prefix: "", ["openapi.json"])
            if try JSONParser.parse(answer.body)["info"]?["title"]?.stringValue == "Gatehouse" { return .gatehouse }
        } catch let error as GatehouseError where error.code != .unreachable {
            // It has no such document, or keeps it to itself: not one of ours.
        }
        do {
            let answer = try await send("GET", prefix: "", ["version"])
            let text = String(decoding: answer.body.prefix(40), as: UTF8.self)
            if let major = text.split(separator: ".").first, Int(major) != nil, text.contains(".") { return .mlflow }
        } catch let error as GatehouseError where error.code != .unreachable {
            if error.code == .unauthenticated || error.code == .forbidden { throw error }
        }
        throw GatehouseError(
            .invalidArgument, "\(server) is neither a Gatehouse nor an MLflow server.", hint: "Is the address right?")
    }
}
