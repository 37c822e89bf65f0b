package import GatehouseCore

/// The root under which an experiment's artifacts are kept: a URI, or a path on the clients' machines.
package struct ArtifactLocation: Sendable, Hashable {
    package static let charactersMax = 2048
    /// What the server itself keeps.
    package static let proxied = "mlflow-artifacts:/"

    package let text: String

    /// Takes what was stored before.
    init(stored text: String) { self.text = text }

    /// A relative path is one below `directory`. Fails with `invalidArgument` for a fragment, a way out in the query, a `runs:`
    /// reference, and beyond the length.
    package init(parsing text: String, in directory: String) throws(GatehouseError) {
        let fragment = text.drop(while: { $0 != "#" }).dropFirst()
        guard fragment.isEmpty else {
            throw GatehouseError(.invalidArgument, "'artifact_location' URL can't include fragments or params.")
        }
        if let query = Self.split(text).query, query.contains("..") {
            throw GatehouseError(.invalidArgument, "Invalid query string")
        }
        guard !text.hasPrefix("runs:") else {
            throw GatehouseError(.invalidArgument, "Artifact location cannot be a runs:/ URI. Given: '\(text.prefix(200))'")
        }
        guard text.unicodeScalars.count <= Self.charactersMax else {
            throw GatehouseError(
                .invalidArgument,
                "Invalid artifact path length. The length of the artifact path cannot be greater than \(Self.charactersMax) characters."
            )
        }
        let isRelative = !text.hasPrefix("/") && !text.prefix(while: { $0 != "/" }).contains(":")
        self.text = isRelative ? "\(directory)/\(text)" : text
    }

    /// The location with more segments at the end of its path, before a query if there is one.
    func appending(_ segments: String...) -> String {
        let (path, query) = Self.split(text)
        let joined = segments.joined(separator: "/")
        let whole = path.hasSuffix("/") ? path + joined : "\(path)/\(joined)"
        return query.map { "\(whole)?\($0)" } ?? whole
    }

    private static func split(_ text: String) -> (path: String, query: String?) {
        guard let mark = text.firstIndex(of: "?") else { return (text, nil) }
        return (String(text[..<mark]), String(text[text.index(after: mark)...]))
    }
}
