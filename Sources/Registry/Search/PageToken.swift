import Foundation
import GatehouseCore
import Storage

/// Where the next page of a listing starts: the last row seen, and which question it answers. Opaque to clients; base64 of
/// JSON, as MLflow's are. MLflow's own form, a number of rows to skip, is read too.
package enum PageToken {
    package static let bytesMax = 100_000

    enum Start: Sendable, Hashable {
        case beginning
        case skipping(Int64)
        /// Behind the row with these values of the order's columns.
        case after([SQLValue])
    }

    static func start(_ token: String?, of fingerprint: String) throws(GatehouseError) -> Start {
        guard let token, !token.isEmpty else { return .beginning }
        guard token.utf8.count <= bytesMax, let bytes = Data(base64Encoded: token) else {
            throw invalid("could not base64-decode")
        }
        guard let parsed = try? JSONParser.parse(Array(bytes)), let members = parsed.objectValue else {
            throw invalid("decoded value=\(String(decoding: bytes.prefix(80), as: UTF8.self))")
        }
        if let offset = members["offset"] {
            let number = offset.integerValue ?? offset.stringValue.flatMap { Int64($0) }
            guard let number, number >= 0 else { throw invalid("not stringable \(offset.canonicalText.prefix(80))") }
            return .skipping(number)
        }
        guard let question = members["of"]?.stringValue, let last = members["after"]?.arrayValue else {
            throw invalid("parsed value=\(parsed.canonicalText.prefix(80))")
        }
        guard question == fingerprint else { throw invalid("it belongs to another search") }
        var values: [SQLValue] = []
        for value in last { values.append(try scalar(value)) }
        return .after(values)
    }

    static func text(after last: [SQLValue], of fingerprint: String) -> String {
        let values = last.map(json)
        let token: JSONValue = ["of": .string(fingerprint), "after": .array(values)]
        return Data(token.canonicalBytes).base64EncodedString()
    }

    static func invalid(_ why: String) -> GatehouseError {
        GatehouseError(.invalidArgument, "Invalid page token, \(why)", hint: "Start again without a page token.")
    }

    private static func scalar(_ value: JSONValue) throws(GatehouseError) -> SQLValue {
        switch value {
        case .null: .null
        case .integer(let integer): .integer(integer)
        case .number(let number): .double(number)
        case .string(let text): .text(text)
        case .bool, .array, .object: throw invalid("parsed value=\(value.canonicalText.prefix(80))")
        }
    }

    private static func json(_ value: SQLValue) -> JSONValue {
        switch value {
        case .null, .bytes: .null
        case .integer(let integer): .integer(integer)
        case .double(let double): .number(double)
        case .text(let text): .string(text)
        }
    }
}
