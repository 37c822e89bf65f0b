import Foundation
import GatehouseCore
import Hummingbird
import NIOCore

/// The fields of a form as a browser sends them (`application/x-www-form-urlencoded`), in their order.
struct Form: Sendable, Equatable {
    static let bytesMax = 256 * 1024
    static let fieldsMax = 1000

    private var fields: [(name: String, value: String)] = []

    init() {}

    /// Fails with `invalidArgument` for text that is not percent-encoded UTF-8, and with `tooLarge`.
    init(encoded text: String) throws(GatehouseError) {
        for pair in text.split(separator: "&") {
            guard fields.count < Self.fieldsMax else {
                throw GatehouseError(.tooLarge, "The form has more than \(Self.fieldsMax) fields.")
            }
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let decoded = halves.map { $0.replacing("+", with: " ").removingPercentEncoding }
            guard let name = decoded[0], let value = decoded.count == 2 ? decoded[1] : "" else {
                throw GatehouseError(.invalidArgument, "The form is not percent-encoded UTF-8.")
            }
            fields.append((name, value))
        }
    }

    static func read(_ request: Request) async throws -> Form {
        do {
            let body = try await request.body.collect(upTo: bytesMax)
            return try Form(encoded: String(buffer: body))
        } catch is NIOTooManyBytesError {
            throw GatehouseError(.tooLarge, "The form is larger than \(bytesMax) bytes.")
        }
    }

    /// The first value without outer white space; empty where the field is absent.
    subscript(name: String) -> String {
        (fields.first { $0.name == name }?.value ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Nil where the field is absent or empty.
    func optional(_ name: String) -> String? {
        let value = self[name]
        return value.isEmpty ? nil : value
    }

    /// Fails as `required` does. White space belongs to it.
    func secret(_ name: String, label: String) throws(GatehouseError) -> String {
        _ = try required(name, label: label)
        return optionalSecret(name) ?? ""
    }

    /// Nil where the field is absent or holds nothing but white space.
    func optionalSecret(_ name: String) -> String? {
        optional(name) == nil ? nil : fields.first { $0.name == name }?.value
    }

    /// All values of fields of one name: ticked boxes.
    func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// The names of the fields that begin so, without the prefix: `answer.timing` gives `timing`.
    func names(after prefix: String) -> [String] {
        fields.compactMap { $0.name.hasPrefix(prefix) ? String($0.name.dropFirst(prefix.count)) : nil }
    }

    /// Fails with `invalidArgument` naming the field by its label.
    func required(_ name: String, label: String) throws(GatehouseError) -> String {
        guard let value = optional(name) else {
            throw GatehouseError(.invalidArgument, "\(label) is missing.", hint: "Fill it in and send the form again.")
        }
        return value
    }

    static func == (left: Form, right: Form) -> Bool {
        left.fields.elementsEqual(right.fields) { $0 == $1 }
    }
}
