import Synchronization

/// The text that a decoder reads, for values of any kind in it. `Decodable` can only try one kind after the other, and each
/// failed try names the whole path: time that grows with the square of the depth. So these are read by our own reader, once
/// for the document, and found by their path.
///
/// A class because all values of a document share what was read.
package final class JSONDocument: Sendable {
    package static let key = CodingUserInfoKey(rawValue: "gatehouse.document")

    private let text: [UInt8]
    private let parsed = Mutex<JSONValue?>(nil)

    package init(_ text: some Collection<UInt8>) { self.text = Array(text) }

    fileprivate func value(at path: [any CodingKey]) throws -> JSONValue {
        let root = try parsed.withLock { parsed in
            if let parsed { return parsed }
            let value = try JSONParser.parse(text)
            parsed = value
            return value
        }
        return try path.reduce(root) { value, key in
            let found: JSONValue? =
                switch value {
                case .array(let elements): key.intValue.flatMap { elements.indices.contains($0) ? elements[$0] : nil }
                case .object(let members): members[key.stringValue]
                case .null, .bool, .integer, .number, .string: nil
                }
            guard let found else {
                throw DecodingError.dataCorrupted(.init(codingPath: path, debugDescription: "It is not in the document."))
            }
            return found
        }
    }
}

extension JSONValue: Codable {
    package init(from decoder: any Decoder) throws {
        if let key = JSONDocument.key, let document = decoder.userInfo[key] as? JSONDocument {
            self = try document.value(at: decoder.codingPath)
            return
        }
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .bool(flag)
        } else if let integer = try? container.decode(Int64.self) {
            self = .integer(integer)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let elements = try? container.decode([JSONValue].self) {
            self = .array(elements)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let flag): try container.encode(flag)
        case .integer(let value): try container.encode(value)
        case .number(let value): if value.isFinite { try container.encode(value) } else { try container.encodeNil() }
        case .string(let text): try container.encode(text)
        case .array(let elements): try container.encode(elements)
        case .object(let members): try container.encode(members)
        }
    }
}
