package import GatehouseCore

/// The fields of an `application/x-www-form-urlencoded` body (WHATWG URL, section 5), which is how Slack sends commands and
/// interactions. The first of two fields of one name counts.
package struct SlackForm: Sendable {
    package static let fieldsMax = 100

    private let fields: [String: String]

    /// Fails with `invalidArgument` for what is no such form, `tooLarge` above `fieldsMax`.
    package init(_ body: [UInt8]) throws(GatehouseError) {
        var fields: [String: String] = [:]
        let parts = body.split(separator: UInt8(ascii: "&"))
        guard parts.count <= Self.fieldsMax else {
            throw GatehouseError(.tooLarge, "The form has more than \(Self.fieldsMax) fields.")
        }
        for part in parts {
            let halves = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(halves[0]), let value = Self.decoded(halves.count == 2 ? halves[1] : []) else {
                throw GatehouseError(.invalidArgument, "The body is no form: a field is not percent-encoded UTF-8.")
            }
            if fields[name] == nil { fields[name] = value }
        }
        self.fields = fields
    }

    package subscript(name: String) -> String? { fields[name] }

    /// Fails with `invalidArgument` naming the field.
    package func required(_ name: String) throws(GatehouseError) -> String {
        guard let value = fields[name], !value.isEmpty else {
            throw GatehouseError(.invalidArgument, "The form has no '\(name)'.")
        }
        return value
    }

    private static func decoded(_ bytes: ArraySlice<UInt8>) -> String? {
        var plain: [UInt8] = []
        plain.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == UInt8(ascii: "%") {
                guard bytes.distance(from: index, to: bytes.endIndex) > 2, let high = digit(bytes[index + 1]),
                    let low = digit(bytes[index + 2])
                else { return nil }
                plain.append(high << 4 | low)
                index += 3
            } else {
                plain.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                index += 1
            }
        }
        return String(validating: plain, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
