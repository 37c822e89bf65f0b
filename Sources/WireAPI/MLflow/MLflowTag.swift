package import GatehouseCore

/// A key and a value: tags of every kind and params look alike on the wire.
package struct MLflowTag: Sendable, Hashable {
    package let key: String
    package let value: String

    package init(key: String, value: String) {
        self.key = key
        self.value = value
    }

    /// Fails with `invalidArgument` without a key; an absent value is the empty text.
    package init(_ fields: MLflowFields) throws(GatehouseError) {
        key = try fields.requiredText("key")
        value = try fields.text("value") ?? ""
    }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.member("key", key)
            $0.member("value", value)
        }
    }
}

extension MLflowTag {
    /// Sorted by key, so that equal states give equal answers.
    package static func list(_ tags: [String: String]) -> [MLflowTag] {
        tags.sorted { $0.key < $1.key }.map { MLflowTag(key: $0.key, value: $0.value) }
    }
}
