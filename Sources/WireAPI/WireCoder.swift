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
            return try decoder(of: data).decode(type, from: data)
        } catch let error as GatehouseError {
            throw GatehouseError(
                .invalidArgument, "The body cannot be read. \(error.message)",
                hint: "Send the JSON body that docs/api.md describes.")
        } catch let error as DecodingError {
            throw GatehouseError(.invalidArgument, explain(error), hint: "Send the JSON body that docs/api.md describes.")
        } catch {
            throw GatehouseError(.invalidArgument, "The body is not JSON.", cause: error)
        }
    }

    /// One that reads values of any kind in this text in linear time.
    static func decoder(of data: Data) -> JSONDecoder {
        let decoder = JSONDecoder()
        if let key = JSONDocument.key { decoder.userInfo[key] = JSONDocument(data) }
        return decoder
    }

    private static func explain(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context): "\(subject(context.codingPath + [key])) is missing."
        case .valueNotFound(_, let context): "\(subject(context.codingPath)) is null."
        case .typeMismatch(let type, let context): "\(subject(context.codingPath)) is not \(kind(type))."
        case .dataCorrupted(let context):
            context.codingPath.isEmpty ? "The body is not JSON." : "\(subject(context.codingPath)) cannot be read."
        @unknown default: "The body cannot be read."
        }
    }

    /// `The field 'files[0].digest'`.
    private static func subject(_ path: [any CodingKey]) -> String {
        guard !path.isEmpty else { return "The body" }
        let text = path.reduce("") { text, key in
            if let index = key.intValue { return "\(text)[\(index)]" }
            return text.isEmpty ? key.stringValue : "\(text).\(key.stringValue)"
        }
        return "The field '\(text.prefix(200))'"
    }

    /// What JSON calls a type of Swift's.
    private static func kind(_ type: Any.Type) -> String {
        switch type {
        case is String.Type: "text"
        case is Bool.Type: "true or false"
        case is any BinaryInteger.Type: "a whole number"
        case is any BinaryFloatingPoint.Type: "a number"
        case is [Any].Type: "a list"
        default: "an object"
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
