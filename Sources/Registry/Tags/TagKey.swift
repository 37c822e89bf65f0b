package import GatehouseCore

/// The name of a tag: 1 to 250 characters, none of them a control character.
package struct TagKey: Hashable, Sendable, CustomStringConvertible {
    package static let charactersMax = 250
    /// Written by Gatehouse alone: results mirrored for MLflow's users, which are no evidence but look like it.
    package static let protectedPrefixes = ["gate.", "promotion."]

    package let text: String

    package init(_ text: String) throws(GatehouseError) {
        let isClean = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard !text.isEmpty, text.count <= Self.charactersMax, isClean else {
            throw GatehouseError(
                .invalidArgument, "'\(text.prefix(80))' cannot be the key of a tag.",
                hint: "Use 1 to \(Self.charactersMax) characters without control characters.")
        }
        self.text = text
    }

    package var isProtected: Bool {
        let lowered = text.lowercased()
        return Self.protectedPrefixes.contains { lowered.hasPrefix($0) }
    }

    package var description: String { text }
}

/// Who writes a tag: a person or client, who may not touch protected keys, or Gatehouse itself.
package enum TagWriter: Sendable {
    case client
    case gatehouse
}

enum Tag {
    static let valueCharactersMax = 100_000
    static let perRequestMax = 1000

    /// Fails with `invalidArgument` for a value that is too long.
    static func check(_ key: TagKey, value: String) throws(GatehouseError) {
        // As Python counts them; a text has at most as many characters as bytes.
        guard value.utf8.count > valueCharactersMax, value.unicodeScalars.count > valueCharactersMax else { return }
        throw GatehouseError(
            .invalidArgument, "'value' exceeds the maximum length of \(valueCharactersMax) characters",
            hint: "The value of the tag '\(key)' is too long; log long texts as artifacts.")
    }

    static func isProtected(_ key: TagKey) -> GatehouseError {
        let prefixes = TagKey.protectedPrefixes.map { "'\($0)'" }.joined(separator: " or ")
        return GatehouseError(
            .forbidden, "The tag '\(key)' is written by Gatehouse alone.",
            hint: "Use a key that does not start with \(prefixes).")
    }

    /// Checks all the tags of a request, in order of their keys so that the same request fails the same way.
    static func checked(_ tags: [String: String]) throws(GatehouseError) -> [(key: TagKey, value: String)] {
        guard tags.count <= perRequestMax else {
            throw GatehouseError(.tooLarge, "A request has at most \(perRequestMax) tags, not \(tags.count).")
        }
        var checked: [(key: TagKey, value: String)] = []
        for (text, value) in tags.sorted(by: { $0.key < $1.key }) {
            let key = try TagKey(text)
            try check(key, value: value)
            checked.append((key, value))
        }
        return checked
    }
}
