/// The name of a registered model: 1 to 256 characters without `/`, `:`, control characters or outer white space.
/// (`@` is allowed, as in MLflow.)
package struct ModelName: Hashable, Sendable, CustomStringConvertible {
    package static let charactersMax = 256
    package let text: String

    package init(_ text: String) throws(GatehouseError) {
        self.text = try Name.checked(text, kind: "model name", forbidden: ["/", ":"])
    }

    package var description: String { text }
}

/// A model version's number. Numbers come from the server, start at 1 and are never reused.
package struct VersionNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let value: Int64

    package init(_ value: Int64) throws(GatehouseError) {
        guard value >= 1 else {
            throw GatehouseError(.invalidArgument, "A version number is a whole number from 1, not \(value).")
        }
        self.value = value
    }

    package init(parsing text: String) throws(GatehouseError) {
        guard text.first != "+", let value = Int64(text) else {
            throw GatehouseError(.invalidArgument, "A version number is a whole number from 1, not '\(text.prefix(80))'.")
        }
        try self.init(value)
    }

    package static func < (left: Self, right: Self) -> Bool { left.value < right.value }
    package var description: String { String(value) }
}

/// A moving name for a version of one model, such as `champion`: letters and digits of any script, `_` and `-`, as in MLflow.
package struct Alias: Hashable, Sendable, CustomStringConvertible {
    package static let charactersMax = 255
    /// What stands for the newest version wherever an alias is looked up.
    package static let latest = "latest"
    package let text: String

    /// An alias that may be set: `latest` and `v<number>` mean something already.
    package init(_ text: String) throws(GatehouseError) {
        try self.init(existing: text)
        let lowered = text.lowercased()
        let isVersionLike = lowered.first == "v" && lowered.count > 1 && lowered.dropFirst().allSatisfy(\.isNumber)
        guard lowered != Self.latest, !isVersionLike else {
            throw GatehouseError(
                .invalidArgument,
                isVersionLike
                    ? "Version alias name '\(text)' is reserved." : "'latest' alias name (case insensitive) is reserved.",
                hint: "'latest' and 'v<number>' already mean something; choose another name.")
        }
    }

    /// An alias that is looked up or taken away.
    package init(existing text: String) throws(GatehouseError) {
        guard text.unicodeScalars.count <= Self.charactersMax else {
            throw GatehouseError(
                .invalidArgument, "'Registered model alias name' exceeds the maximum length of \(Self.charactersMax) characters")
        }
        guard !text.isEmpty, text.unicodeScalars.allSatisfy(Self.isAllowed) else {
            throw GatehouseError(
                .invalidArgument,
                "Invalid alias name: '\(text.prefix(80))'. Names may only contain alphanumerics, underscores (_), and dashes (-).",
                hint: "Use 1 to \(Self.charactersMax) letters, digits, '_' or '-'.")
        }
        self.text = text
    }

    /// What Python calls a word character, and `-`.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return scalar == "_" || scalar == "-" || scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
        }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber:
            return true
        default: return false
        }
    }

    package var description: String { text }
}

/// A name with a version, written `name@7`: a dataset, a feature pipeline. Without a version, the newest is meant.
package struct NamedVersion: Hashable, Sendable, CustomStringConvertible {
    package let name: String
    package let version: VersionNumber?

    package init(name: String, version: VersionNumber?) throws(GatehouseError) {
        self.name = try Name.checked(name, kind: "name", forbidden: ["/", ":", "@"])
        self.version = version
    }

    /// Reads `name` or `name@7`.
    package init(parsing text: String) throws(GatehouseError) {
        guard let at = text.lastIndex(of: "@") else {
            try self.init(name: text, version: nil)
            return
        }
        try self.init(
            name: String(text[..<at]), version: VersionNumber(parsing: String(text[text.index(after: at)...])))
    }

    package var description: String { version.map { "\(name)@\($0)" } ?? name }
}

/// Who did something: a user, a token or a part of the system.
package struct Principal: Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        case user, token, system
    }

    /// `user:ada`
    package let text: String

    /// Nil for a stored form that this version does not know.
    package var kind: Kind? { Kind(rawValue: String(text.prefix { $0 != ":" })) }

    /// Without the kind: `ada`.
    package var name: String { String(text.drop { $0 != ":" }.dropFirst()) }

    package static func user(_ name: String) -> Principal { Principal(text: "user:\(name)") }
    package static func token(_ name: String) -> Principal { Principal(text: "token:\(name)") }
    package static func system(_ service: String) -> Principal { Principal(text: "system:\(service)") }

    /// Restores a principal from its stored form.
    package init(stored text: String) { self.text = text }
    private init(text: String) { self.text = text }
    package var description: String { text }
}

enum Name {
    /// The rule every name shares: it can stand in a path, a `models:/` reference and a terminal without quoting surprises.
    static func checked(_ text: String, kind: String, forbidden: [Unicode.Scalar]) throws(GatehouseError) -> String {
        let charactersMax = ModelName.charactersMax
        let isClean = text.unicodeScalars.allSatisfy {
            !forbidden.contains($0) && $0.properties.generalCategory != .control
        }
        let hasOuterSpace = text.first?.isWhitespace == true || text.last?.isWhitespace == true
        guard !text.isEmpty, text.count <= charactersMax, isClean, !hasOuterSpace, text != ".", text != ".." else {
            let list = forbidden.map { "'\($0)'" }.joined(separator: ", ")
            throw GatehouseError(
                .invalidArgument, "'\(text.prefix(80))' cannot be a \(kind).",
                hint: "Use 1 to \(charactersMax) characters without \(list), control characters or outer spaces.")
        }
        return text
    }
}
