package import GatehouseCore

/// The version that is deployed, as templates can name it.
package struct PinnedVersion: Sendable, Equatable {
    package let model: ModelName
    package let version: VersionNumber
    /// Nil where it is not known: a manifest that is rendered without a registry.
    package let artifact: Digest?

    package init(model: ModelName, version: VersionNumber, artifact: Digest?) {
        self.model = model
        self.version = version
        self.artifact = artifact
    }

    private static let names = ["model", "version", "digest", "digest_hex"]

    /// `s3://models/{model}/{version}` with what is in braces put in. Fails with `invalidArgument` for other names in braces, and
    /// for a digest that is not known.
    package func fill(_ template: String) throws(GatehouseError) -> String {
        var text = ""
        var rest = template[...]
        while let open = rest.firstIndex(of: "{") {
            text += rest[..<open]
            rest = rest[rest.index(after: open)...]
            guard let close = rest.firstIndex(of: "}") else { throw Self.failure(template, "a '}' is missing") }
            let name = String(rest[..<close])
            switch name {
            case "model": text += model.text
            case "version": text += String(version.value)
            case "digest": text += try known(template).description
            case "digest_hex": text += try known(template).hex
            default: throw Self.failure(template, "there is no {\(name.prefix(40))}")
            }
            rest = rest[rest.index(after: close)...]
        }
        return text + rest
    }

    private func known(_ template: String) throws(GatehouseError) -> Digest {
        guard let artifact else {
            throw GatehouseError(
                .invalidArgument, "'\(template.prefix(200))' needs the digest of the version.",
                hint: "Add --digest sha256:…; gatehouse version show tells it.")
        }
        return artifact
    }

    private static func failure(_ template: String, _ why: String) -> GatehouseError {
        GatehouseError(
            .invalidArgument, "'\(template.prefix(200))' cannot be filled in: \(why).",
            hint: "Names are: \(names.map { "{\($0)}" }.joined(separator: ", ")).")
    }
}
