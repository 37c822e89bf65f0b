package import Foundation
package import GatehouseCore

/// JSON on the wire, both ways: one place decides dates, key names and what a malformed body is called.
package enum WireCoder {
    /// A body a client may send that is not an upload.
    package static let bodyBytesMax = 8 * 1024 * 1024
    package static let prefix = "/api/gatehouse/v1"

    package static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }

    /// Fails with `invalidArgument` naming the field.
    package static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws(GatehouseError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch let error as DecodingError {
            throw GatehouseError(.invalidArgument, explain(error), hint: "Send the JSON body that docs/api.md describes.")
        } catch {
            throw GatehouseError(.invalidArgument, "The body is not JSON.", cause: error)
        }
    }

    private static func explain(_ error: DecodingError) -> String {
        func path(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
            (context.codingPath + (key.map { [$0] } ?? [])).map(\.stringValue).joined(separator: ".")
        }
        switch error {
        case .keyNotFound(let key, let context): return "The field '\(path(context, key))' is missing."
        case .valueNotFound(_, let context): return "The field '\(path(context))' is null."
        case .typeMismatch(let type, let context): return "The field '\(path(context))' is not a \(type)."
        case .dataCorrupted(let context):
            return context.codingPath.isEmpty ? "The body is not JSON." : "The field '\(path(context))' cannot be read."
        @unknown default: return "The body cannot be read."
        }
    }
}

/// What every error answer looks like.
package struct ErrorAnswer: Codable, Sendable {
    package let errorCode: String
    /// Ours; MLflow's code is coarser.
    package let code: ErrorCode
    package let message: String
    package let hint: String?
    package let details: [String]

    package init(_ error: GatehouseError) {
        errorCode = error.code.mlflowCode
        code = error.code
        message = error.message
        hint = error.hint
        details = error.details
    }

    package var error: GatehouseError { GatehouseError(code, message, hint: hint, details: details) }

    enum CodingKeys: String, CodingKey {
        case errorCode = "error_code"
        case code, message, hint, details
    }
}
